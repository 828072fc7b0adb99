// Sums where they will do, else rows.
#include "executor/cuda/backend/observation.hpp"

#include <algorithm>

namespace kvfoot::cuda {

const AttentionSums* Observation::wanted_sums() const {
  const AttentionSums* sums = observer_ == nullptr ? nullptr : observer_->sums();
  return sums != nullptr && SumRecorder::can(*sums) ? sums : nullptr;
}

Status Observation::record(std::int32_t layer, const MassInput& input, const float* log_sum_exp,
                           std::span<const std::int32_t> entries, std::span<const Ring> rings) {
  if (observer_ == nullptr) {
    return {};
  }
  const AttentionSums* sums = wanted_sums();
  if (sums != nullptr && std::ranges::all_of(rings, [](const Ring& r) { return r.turn == 0; })) {
    return sums_.record(layer, input, log_sum_exp, entries, *sums, *observer_);
  }
  return tiles_.record(layer, input, entries, rings, *observer_);
}

std::span<const float> Observation::key_norms(const LayerPages& cache, std::int64_t rows,
                                              std::int32_t head) {
  if (norms_.empty()) {
    const std::int64_t count = cache.heads * rows;
    norms_.assign(static_cast<std::size_t>(count), 0.0F);
    const Stream stream = device_.compute_stream();
    Buffer<float> norms(buffers_, MemoryClass::kWorkspace, count);
    launch_key_norms(
        {.cache = cache, .last = rows, .longest = rows, .norms = norms.data(), .stride = rows},
        stream);
    device_.copy_out(norms_.data(), norms.data(), norms_.size() * sizeof(float), stream);
    (void)device_.synchronize(stream);  // an error shows when the pass ends
  }
  return std::span(norms_).subspan(static_cast<std::size_t>(head * rows),
                                   static_cast<std::size_t>(rows));
}

void Observation::end_pass() {
  tiles_.end_pass();
  sums_.end_pass();
}

void Observation::reset() {
  tiles_.reset();
  sums_.reset();
  norms_.clear();
}

}  // namespace kvfoot::cuda
