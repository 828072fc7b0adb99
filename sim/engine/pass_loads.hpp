// From residency over passes to the load of one pass.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/engine/clock.hpp"

namespace kvfoot {

class PassLoads {
 public:
  explicit PassLoads(const ClockRequest& request) : request_(request), page_(request.model.page()) {
    layers_.resize(static_cast<std::size_t>(request.model.shape.layers));
  }

  // The pass without its loads: which operators it has.
  [[nodiscard]] PassLoad frame(std::int64_t pass) const;
  // With them; valid until the next call.
  [[nodiscard]] PassLoad at(std::int64_t pass);

  [[nodiscard]] const RunLengths& run() const { return request_.profile->run(); }
  // Entries of a stream after a pass.
  [[nodiscard]] std::int64_t after(std::int64_t stream, std::int64_t pass) const;
  // Pages (units) of all streams after a pass.
  [[nodiscard]] std::int64_t pages_after(std::int64_t pass) const;
  [[nodiscard]] const PageSize& page() const { return page_; }

 private:
  // What depends on the formula of the layout.
  void add_bytes(LayerLoad& load, std::int32_t layer, std::int64_t past, std::int64_t moved) const;

  const ClockRequest& request_;
  PageSize page_;
  std::vector<LayerLoad> layers_;
};

}  // namespace kvfoot
