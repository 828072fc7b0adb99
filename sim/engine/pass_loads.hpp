// From residency over passes to the load of one pass.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/engine/clock.hpp"

namespace kvfoot {

class PassLoads {
 public:
  explicit PassLoads(const ClockRequest& request) : request_(request) {
    layers_.resize(static_cast<std::size_t>(request.model.shape.layers));
  }

  // The pass without its loads: which operators it has.
  [[nodiscard]] PassLoad frame(std::int64_t pass) const;
  // With them; valid until the next call.
  [[nodiscard]] PassLoad at(std::int64_t pass);

  [[nodiscard]] const RunLengths& run() const { return request_.profile->run(); }
  // Entries of a stream after a pass.
  [[nodiscard]] std::int64_t after(std::int64_t stream, std::int64_t pass) const;

 private:
  const ClockRequest& request_;
  std::vector<LayerLoad> layers_;
};

}  // namespace kvfoot
