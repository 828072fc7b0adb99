// The driver: ask, check, log, apply.
#include "sim/cache/driver.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>

#include "sim/cache/recording_source.hpp"
#include "sim/policy/select.hpp"

namespace kvfoot {
namespace {

std::string place(const PassView& view, std::int32_t layer, std::int32_t head) {
  return "pass " + std::to_string(view.pass.index) + ", layer " + std::to_string(layer) +
         ", head " + std::to_string(head);
}

// Positions of [begin, end) indices as maximal runs of consecutive positions, appended; a run that
// continues the last range extends it.
void append_ranges(std::span<const TokenPos> resident, std::size_t begin, std::size_t end,
                   std::vector<PosRange>& ranges) {
  while (begin < end) {
    // Positions ascend, so the whole stretch is one range if its ends are as far apart as its
    // length.
    std::size_t stop = end;
    if (static_cast<std::size_t>(resident[end - 1] - resident[begin]) != end - 1 - begin) {
      stop = begin + 1;
      while (stop < end && resident[stop] == resident[stop - 1] + 1) {
        ++stop;
      }
    }
    const PosRange range{resident[begin], resident[stop - 1] + 1};
    if (!ranges.empty() && ranges.back().end == range.begin) {
      ranges.back().end = range.end;
    } else {
      ranges.push_back(range);
    }
    begin = stop;
  }
}

// Ascending, unique and within [0, size).
template <class Place>
void check_indices(std::span<const std::int32_t> index, std::int64_t size, Place place) {
  if (index.empty()) {
    return;
  }
  // One flag for all of them, so that the loop vectorises; which one it was matters only then.
  unsigned falls = index.front() < 0 || index.back() >= size ? 1 : 0;
  for (std::size_t i = 1; i < index.size(); ++i) {
    falls |= index[i] > index[i - 1] ? 0U : 1U;
  }
  if (falls == 0) {
    return;
  }
  std::int64_t last = -1;
  for (const std::int32_t value : index) {
    KVFOOT_CHECK(value > last && value < size, place() + ": index " + std::to_string(value) +
                                                   " after " + std::to_string(last) + " of " +
                                                   std::to_string(size) + " entries");
    last = value;
  }
}

}  // namespace

PolicyDriver::PolicyDriver(const Policy& policy, const ModelShape& shape, const RunLengths& run,
                           DecisionSink* sink)
    : policy_(policy),
      sink_(sink),
      heads_(storage_heads(policy, shape)),
      view_{.pass = {}, .run = run, .layers = shape.layers},
      residency_(shape.layers, heads_) {}

void PolicyDriver::begin_pass(const Pass& pass) {
  view_.pass = pass;
  decides_ = policy_.decides(view_);
  next_layer_ = 0;
  earlier_.clear();
}

void PolicyDriver::append(std::int32_t layer) {
  KVFOOT_CHECK(layer == next_layer_, "layers of a pass come in order");
  ++next_layer_;
  const auto begin = static_cast<TokenPos>(view_.pass.begin);
  const auto end = static_cast<TokenPos>(view_.pass.end + view_.pass.patch_rows);
  for (std::int32_t head = 0; head < heads_; ++head) {
    residency_.append(layer, head, begin, end);
  }
}

Result<LayerKeep> PolicyDriver::ask(std::int32_t layer, AttentionSource* attention) {
  views_.clear();
  for (std::int32_t head = 0; head < heads_; ++head) {
    const auto resident = residency_.resident(layer, head);
    views_.push_back(
        {resident, static_cast<std::int64_t>(resident.size()) - view_.pass.forward_rows()});
  }
  LayerView view{.pass = view_, .layer = layer, .heads = views_, .earlier = earlier_};
  if (attention == nullptr) {
    return policy_.decide(view);
  }
  RecordingSource recorder(*attention, sink_);
  view.attention = &recorder;
  auto keep = policy_.decide(view);
  if (keep.ok()) {
    recorder.report(view_.pass.index, layer);
  }
  return keep;
}

void PolicyDriver::settle(std::int32_t layer, std::int32_t head, HeadKeep& keep) const {
  const std::int64_t size = residency_.size(layer, head);
  const std::int64_t own = size - view_.pass.patch_rows;
  if (keep.all) {
    keep.index.clear();
    if (own < size) {
      keep.all = false;
      append_range(0, own, keep.index);
    }
  } else {
    check_indices(keep.index, size, [&] { return place(view_, layer, head); });
    keep.index.erase(std::lower_bound(keep.index.begin(), keep.index.end(), own), keep.index.end());
    keep.all = static_cast<std::int64_t>(keep.index.size()) == size;
    if (keep.all) {
      keep.index.clear();
    }
  }
  if (decides_) {
    const std::int64_t kept = keep.all ? size : static_cast<std::int64_t>(keep.index.size());
    const auto promised = policy_.kept_count(view_, layer, head, own - view_.pass.rows());
    KVFOOT_CHECK(!promised || *promised == kept, place(view_, layer, head) + ": kept " +
                                                     std::to_string(kept) + ", promised " +
                                                     std::to_string(promised.value_or(0)));
  }
}

void PolicyDriver::log(std::int32_t layer, std::int32_t head, const HeadKeep& keep) {
  const auto resident = residency_.resident(layer, head);
  const std::size_t own = resident.size() - static_cast<std::size_t>(view_.pass.patch_rows);
  const std::size_t kept = keep.all ? resident.size() : keep.index.size();
  if (kept == own) {
    return;
  }
  evicted_ += static_cast<std::int64_t>(own - kept);
  if (sink_ == nullptr) {
    return;
  }
  DecisionRecord record{.pass = view_.pass.index,
                        .layer = layer,
                        .head = head,
                        .kept = static_cast<std::int64_t>(kept),
                        .evicted = {}};
  std::size_t next = 0;  // first index not yet accounted for
  for (const std::int32_t index : keep.index) {
    append_ranges(resident, next, static_cast<std::size_t>(index), record.evicted);
    next = static_cast<std::size_t>(index) + 1;
  }
  append_ranges(resident, next, own, record.evicted);
  sink_->on_decision(record);
}

Result<std::span<const HeadKeep>> PolicyDriver::decide(std::int32_t layer,
                                                       AttentionSource* attention) {
  KVFOOT_CHECK(layer + 1 == next_layer_, "decide follows append of the same layer");
  if (decides_) {
    KVFOOT_ASSIGN(current_, ask(layer, attention));
    KVFOOT_CHECK(static_cast<std::int32_t>(current_.size()) == heads_);
  } else {
    current_.assign(static_cast<std::size_t>(heads_), HeadKeep{});
  }
  for (std::int32_t head = 0; head < heads_; ++head) {
    HeadKeep& keep = current_[static_cast<std::size_t>(head)];
    settle(layer, head, keep);
    log(layer, head, keep);
    if (!keep.all) {
      // The source first: it may look at the resident list once more.
      if (attention != nullptr) {
        attention->retain(head, keep.index);
      }
      residency_.retain(layer, head, keep.index);
    }
  }
  if (policy_.reads_earlier_layers()) {
    earlier_.push_back(current_);
  }
  return std::span<const HeadKeep>(current_);
}

void PolicyDriver::end_pass() {
  KVFOOT_CHECK(next_layer_ == view_.layers, "a pass runs through every layer");
}

}  // namespace kvfoot
