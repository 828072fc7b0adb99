// Inputs, then layer by layer.
#include "executor/cuda/backend/forward.hpp"

namespace kvfoot::cuda {

void Forward::reset(bool reindex, const float* frequency) {
  reindex_ = reindex;
  frequency_ = frequency;
  rotated_.release();
}

bool Forward::prepare(std::int64_t rows, std::int64_t longest) {
  rows_ = rows;
  splits_ = work_.splits(streams_.view(0, nullptr), longest);
  bool moved = work_.take_partial(splits_);  // nothing is taken while work is captured
  if (reindex_) {
    moved = rotated_.fit(longest, streams_.view(0, nullptr), frequency_) || moved;
  }
  return moved;
}

void Forward::begin(const std::int32_t* tokens, const std::int32_t* positions) {
  work_.begin(tokens, reindex_ ? nullptr : positions, frequency_);
}

LayerPages Forward::attend(std::int32_t layer, const std::int32_t* entries, std::int64_t longest) {
  LayerPages cache = streams_.view(layer, entries);
  work_.project(layer, cache);
  if (reindex_) {
    cache = rotated_.enqueue(cache, longest, work_.queries(), rows_, work_.q_heads());
  }
  work_.attend(cache, splits_);
  return cache;
}

}  // namespace kvfoot::cuda
