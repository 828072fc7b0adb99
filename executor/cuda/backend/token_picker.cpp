// Argmax and top-p on the device.
#include "executor/cuda/backend/token_picker.hpp"

#include "executor/cuda/kernels/sampling.hpp"
#include "sim/core/hash.hpp"

namespace kvfoot::cuda {

float* TokenPicker::logits() {
  if (logits_.size() == 0) {
    logits_ = {buffers_, MemoryClass::kLogits, vocab_};
  }
  return logits_.data();
}

Result<std::span<const float>> TokenPicker::read() {
  if (host_logits_.size() == 0) {
    host_logits_ = Array<float>(host_, vocab_);
  }
  device_.copy_out(host_logits_.data(), logits_.data(), host_logits_.bytes(),
                   device_.compute_stream());
  KVFOOT_TRY(device_.synchronize(device_.compute_stream()));
  return std::span<const float>(host_logits_.data(), static_cast<std::size_t>(vocab_));
}

Buffer<std::byte> TokenPicker::scratch(std::size_t bytes) {
  return {buffers_, MemoryClass::kLogits, static_cast<std::int64_t>(bytes)};
}

Result<std::int32_t> TokenPicker::pick(const SamplingOptions& options, std::uint64_t index) {
  const Stream stream = device_.compute_stream();
  if (host_token_.size() == 0) {
    host_token_ = Array<std::int32_t>(host_, 1);
    token_ = Array<std::int32_t>(blocks_, 1);
  }
  Buffer<std::byte> room =
      scratch(options.greedy() ? argmax_scratch_bytes(vocab_) : sample_scratch_bytes(vocab_));
  if (options.greedy()) {
    launch_argmax(
        {.logits = logits_.data(), .vocab = vocab_, .token = token_.data(), .scratch = room.data()},
        stream);
  } else {
    SampleArgs sample;
    sample.logits = logits_.data();
    sample.vocab = vocab_;
    sample.temperature = options.temperature;
    sample.top_k = options.top_k;
    sample.top_p = options.top_p;
    sample.uniform = unit_interval(hash_words(options.seed, index));
    sample.token = token_.data();
    sample.scratch = room.data();
    launch_sample(sample, stream);
  }
  device_.copy_out(host_token_.data(), token_.data(), host_token_.bytes(), stream);
  KVFOOT_TRY(device_.synchronize(stream));
  return host_token_[0];
}

}  // namespace kvfoot::cuda
