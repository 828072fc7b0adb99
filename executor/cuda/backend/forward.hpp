// The steps of a pass over paged streams, enqueued in order: the same whether they are launched one
// by one or captured.
#pragma once

#include <cstdint>

#include "executor/cuda/backend/layer_work.hpp"
#include "executor/cuda/backend/rotated_cache.hpp"
#include "executor/cuda/backend/streams.hpp"

namespace kvfoot::cuda {

class Forward {
 public:
  Forward(LayerWork& work, RotatedCache& rotated, Streams& streams)
      : work_(work), rotated_(rotated), streams_(streams) {}

  // reindex: keys are rotated at their index in the cache.
  void reset(bool reindex, const float* frequency);
  // Memory for attending streams of up to `longest` entries, beside that of LayerWork. True if
  // something that captured work refers to has moved. Throws std::bad_alloc.
  bool prepare(std::int64_t rows, std::int64_t longest);

  // Tokens and positions (rows) on the device.
  void begin(const std::int32_t* tokens, const std::int32_t* positions);
  // From the residual stream to what attention gives. `entries` (heads) on the device, of `longest`
  // at most. The cache as attention read it.
  LayerPages attend(std::int32_t layer, const std::int32_t* entries, std::int64_t longest);
  void finish(std::int32_t layer) { work_.finish(layer); }

  [[nodiscard]] bool reindexes() const { return reindex_; }
  // Pieces that attention is cut into: the same whether or not it is captured or observed.
  [[nodiscard]] std::int32_t splits() const { return splits_; }

 private:
  LayerWork& work_;
  RotatedCache& rotated_;
  Streams& streams_;
  bool reindex_ = false;
  const float* frequency_ = nullptr;
  std::int64_t rows_ = 0;
  std::int32_t splits_ = 1;
};

}  // namespace kvfoot::cuda
