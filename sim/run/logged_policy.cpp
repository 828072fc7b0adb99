// Looks its answers up.
#include "sim/run/logged_policy.hpp"

#include <cstddef>

namespace kvfoot {

LoggedPolicy::LoggedPolicy(std::span<const DecisionRecord> log, Storage storage)
    : storage_(storage) {
  for (std::size_t begin = 0; begin < log.size();) {
    std::size_t end = begin + 1;
    while (end < log.size() && log[end].pass == log[begin].pass &&
           log[end].layer == log[begin].layer) {
      ++end;
    }
    by_layer_[{log[begin].pass, log[begin].layer}] = log.subspan(begin, end - begin);
    begin = end;
  }
}

bool LoggedPolicy::decides(const PassView& pass) const {
  const auto at = by_layer_.lower_bound({pass.pass.index, 0});
  return at != by_layer_.end() && at->first.first == pass.pass.index;
}

Result<LayerKeep> LoggedPolicy::decide(const LayerView& view) const {
  LayerKeep keep(view.heads.size());
  const auto found = by_layer_.find({view.pass.pass.index, view.layer});
  if (found == by_layer_.end()) {
    return keep;
  }
  for (const DecisionRecord& record : found->second) {
    const auto resident = view.heads[static_cast<std::size_t>(record.head)].resident;
    HeadKeep& head = keep[static_cast<std::size_t>(record.head)];
    head.all = false;
    auto gone = record.evicted.begin();
    for (std::size_t i = 0; i < resident.size(); ++i) {
      while (gone != record.evicted.end() && gone->end <= resident[i]) {
        ++gone;
      }
      if (gone == record.evicted.end() || resident[i] < gone->begin) {
        head.index.push_back(static_cast<std::int32_t>(i));
      }
    }
  }
  return keep;
}

std::optional<std::int64_t> LoggedPolicy::kept_count(const PassView& /*pass*/,
                                                     std::int32_t /*layer*/, std::int32_t /*head*/,
                                                     std::int64_t /*past*/) const {
  return std::nullopt;
}

std::optional<std::int64_t> LoggedPolicy::decode_cap(std::int32_t /*layer*/,
                                                     std::int32_t /*head*/) const {
  return std::nullopt;
}

}  // namespace kvfoot
