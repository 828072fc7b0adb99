// One block of small arrays.
#include "executor/cuda/backend/decode_plan.hpp"

#include <algorithm>
#include <cstring>

#include "sim/core/check.hpp"

namespace kvfoot::cuda {

DecodePlan::DecodePlan(Device& device, DeviceBlocks& blocks, HostBlocks& host, std::int64_t streams)
    : card_(device),
      streams_(streams),
      where_(kArrays),
      what_(where_ + streams * static_cast<std::int64_t>(sizeof(std::int64_t))),
      entries_(what_ + streams * static_cast<std::int64_t>(sizeof(std::byte*))),
      moves_(entries_ + streams * static_cast<std::int64_t>(sizeof(std::int32_t))),
      host_(host, moves_ + streams * static_cast<std::int64_t>(sizeof(EntryMove))),
      device_(blocks, host_.size()) {
  std::memset(host_.data(), 0, host_.bytes());
}

void DecodePlan::set_token(std::int32_t token, std::int32_t position) {
  *host_at<std::int32_t>(kToken) = token;
  *host_at<std::int32_t>(kPosition) = position;
}

void DecodePlan::set_entries(std::int32_t layer, std::span<const std::int32_t> entries) {
  const auto heads = static_cast<std::int64_t>(entries.size());
  KVFOOT_CHECK((layer + 1) * heads <= streams_, "layer of a plan");
  std::ranges::copy(entries, host_at<std::int32_t>(entries_) + layer * heads);
}

void DecodePlan::set_moves(std::int32_t layer, std::int32_t heads, std::span<const EntryRun> runs) {
  KVFOOT_CHECK((layer + 1) * std::int64_t{heads} <= streams_, "layer of a plan");
  EntryMove* const moves = host_at<EntryMove>(moves_) + std::int64_t{layer} * heads;
  std::fill_n(moves, heads, EntryMove{});
  for (const EntryRun& run : runs) {
    KVFOOT_CHECK(run.count == 1 && moves[run.head].to < 0, "one entry of a stream");
    moves[run.head] = {.from = run.from, .to = run.to};
  }
}

void DecodePlan::set_changes(const TableChanges& changes) {
  KVFOOT_CHECK(static_cast<std::int64_t>(changes.where.size()) <= streams_, "pages of a row");
  std::ranges::copy(changes.where, host_at<std::int64_t>(where_));
  std::ranges::copy(changes.what, host_at<std::byte*>(what_));
  *host_at<std::int32_t>(kCount) = static_cast<std::int32_t>(changes.where.size());
}

void DecodePlan::enqueue_copy(Stream stream) const {
  card_.copy_in(device_.data(), host_.data(), host_.bytes(), stream);
}

TableUpdate DecodePlan::table_update(std::byte** table) const {
  TableUpdate update;
  update.table = table;
  update.where = at<std::int64_t>(where_);
  update.what = at<std::byte*>(what_);
  update.count = at<std::int32_t>(kCount);
  update.capacity = static_cast<std::int32_t>(streams_);
  return update;
}

}  // namespace kvfoot::cuda
