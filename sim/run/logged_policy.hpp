// A policy that evicts what a log says: what the choices of one run are worth on other attention.
#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "sim/core/records.hpp"
#include "sim/policy/policy.hpp"

namespace kvfoot {

// The log, in the order (pass, layer, head), outlives the policy. It must be one of the same run:
// positions that it evicts are resident then. Patch rows are left out, since they decide nothing.
class LoggedPolicy final : public Policy {
 public:
  LoggedPolicy(std::span<const DecisionRecord> log, Storage storage);

  [[nodiscard]] Result<LayerKeep> decide(const LayerView& view) const override;
  [[nodiscard]] bool decides(const PassView& pass) const override;
  [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView& pass, std::int32_t layer,
                                                       std::int32_t head,
                                                       std::int64_t past) const override;
  [[nodiscard]] std::optional<std::int64_t> decode_cap(std::int32_t layer,
                                                       std::int32_t head) const override;
  [[nodiscard]] Storage storage() const override { return storage_; }

 private:
  std::map<std::pair<std::int32_t, std::int32_t>, std::span<const DecisionRecord>>
      by_layer_;  // of (pass, layer)
  Storage storage_;
};

}  // namespace kvfoot
