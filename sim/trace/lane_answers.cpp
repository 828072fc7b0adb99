// What a schedule over a trace is told: accumulated mass, last row, key norms, window votes.
#include <algorithm>
#include <string>

#include "sim/core/pooling.hpp"
#include "sim/trace/code.hpp"
#include "sim/trace/lane.hpp"
#include "sim/trace/served_chunks.hpp"

namespace kvfoot {

Result<std::span<const float>> TraceAttention::Impl::answer(const AttentionQuery& query,
                                                            std::int32_t head) {
  KVFOOT_CHECK(head >= 0 && head < heads_);
  KVFOOT_ASSIGN(Values values, make_answer(query, head));
  given_.push_back(values);
  return std::span<const float>(*values);
}

Result<TraceAttention::Impl::Values> TraceAttention::Impl::make_answer(const AttentionQuery& query,
                                                                       std::int32_t head) {
  switch (query.kind) {
    case AttentionQuery::Kind::kAccumulatedMass:
      return accumulated(head);
    case AttentionQuery::Kind::kLastRowMass:
      return last_row(head);
    case AttentionQuery::Kind::kKeyNorm:
      return key_norms(head);
    case AttentionQuery::Kind::kFutureMass:
      return future(head);
    case AttentionQuery::Kind::kWindowMass:
      break;
  }
  // Votes about the pass's own keys are the same for every schedule with these chunks.
  if (query.scope != AttentionQuery::Scope::kPass || !open_loop_) {
    return window_mass(query, head);
  }
  auto& shared = scores_->impl_->shared;
  const auto known = std::find_if(shared.begin(), shared.end(), [&](const auto& entry) {
    return entry.head == head && entry.storage == request_.storage &&
           entry.patch_rows == pass_.patch_rows && entry.query == query;
  });
  if (known != shared.end()) {
    return known->values;
  }
  KVFOOT_ASSIGN(Values values, window_mass(query, head));
  shared.push_back({head, request_.storage, pass_.patch_rows, query, values});
  return values;
}

Result<TraceAttention::Impl::Values> TraceAttention::Impl::accumulated(std::int32_t head) {
  KVFOOT_CHECK(request_.needs.accumulated, "the policy did not announce this question");
  std::shared_ptr<std::vector<float>> values;
  if (blocks()) {
    const HeadEntries& entries = entries_[static_cast<std::size_t>(head)];
    values = std::make_shared<std::vector<float>>(entries.resident.size());
    mass_of(head).values(entries, *values);
  } else {
    values = std::make_shared<std::vector<float>>(sum_of(head * group_));
    for (std::int32_t q = head * group_ + 1; q < (head + 1) * group_; ++q) {
      kvfoot::add_row(sum_of(q), *values);
    }
  }
  divide_by(*values, group_);
  return Values(std::move(values));
}

Result<TraceAttention::Impl::Values> TraceAttention::Impl::last_row(std::int32_t head) {
  const HeadEntries& entries = entries_[static_cast<std::size_t>(head)];
  if (pass_.phase == Phase::kPrefill && !scores_->impl_->access.keeps_alone(pass_.end - 1)) {
    return not_served("the trace keeps row " + std::to_string(pass_.end - 1) +
                      " only in a sum over rows");
  }
  auto values = std::make_shared<std::vector<float>>(entries.resident.size(), 0.0F);
  for (std::int32_t q = head * group_; q < (head + 1) * group_; ++q) {
    KVFOOT_ASSIGN(const std::span<const float> row, listed_row(q, pass_.rows() - 1));
    scratch_.assign(row.begin(), row.end());
    if (!entries.whole) {
      renormalise(scratch_);
    }
    kvfoot::add_row(scratch_, std::span(*values).first(scratch_.size()));
  }
  divide_by(*values, group_);
  return Values(std::move(values));
}

Result<TraceAttention::Impl::Values> TraceAttention::Impl::key_norms(std::int32_t head) {
  const RowAccess& access = scores_->impl_->access;
  const TraceHeader& header = trace().header();
  // The same head in the storage of the recording; copies of a KV head have the same keys.
  const std::int32_t stored = header.storage == request_.storage    ? head
                              : header.storage == Storage::kKvHeads ? head / header.shape.group()
                                                                    : head * header.shape.group();
  const auto resident = entries_[static_cast<std::size_t>(head)].resident;
  auto values = std::make_shared<std::vector<float>>(resident.size());
  const auto patch = access.patch(pass_.end, pass_.patch_rows);
  std::int32_t known = -1;
  std::span<const float> norms;
  for (std::size_t j = 0; j < resident.size(); ++j) {
    std::int64_t row = std::min<std::int64_t>(resident[j], access.recorded_rows() - 1);
    std::int32_t file_pass = access.pass_of_row(row);
    std::int64_t within = row - trace().passes()[static_cast<std::size_t>(file_pass)].pass.begin;
    if (resident[j] >= pass_.end) {  // a patch row of this pass
      if (patch) {
        file_pass = patch->pass;
        within = patch->first + (resident[j] - pass_.end);
      } else {
        row = request_.run.prefill_rows() - pass_.patch_rows + (resident[j] - pass_.end);
        file_pass = access.pass_of_row(row);
        within = row - trace().passes()[static_cast<std::size_t>(file_pass)].pass.begin;
        proxied_ = true;
      }
    }
    if (file_pass != known) {
      KVFOOT_ASSIGN(norms, trace().key_norms(file_pass, layer_, stored));
      known = file_pass;
    }
    (*values)[j] = norms[static_cast<std::size_t>(within)];
  }
  return Values(std::move(values));
}

Status TraceAttention::Impl::add_future(std::int32_t q_head, std::span<float> mass) {
  RowAccess& access = scores_->impl_->access;
  const std::int64_t before = access.bytes();
  const std::int64_t end = std::min(access.recorded_rows(), request_.run.rows());
  if (!blocks()) {
    for (std::int64_t row = pass_.end; row < end; ++row) {
      KVFOOT_ASSIGN(const std::span<const float> later, access.row(row, layer_, q_head));
      kvfoot::add_row(later.first(mass.size()), mass);
    }
  } else {
    HeadMass later(trace().coding().key_block, true);
    later.begin(access.recorded_rows());
    HeadEntries all;  // nothing evicted
    all.past_keys = pass_.end;
    TraceScores::Impl::Decoded& at = scores_->impl_->batch.front();
    for (const BlockPlace& place : access.blocks()) {
      if (place.begin >= pass_.end && place.end <= end) {
        KVFOOT_ASSIGN(const RowAccess::Block found, access.block(place, layer_, q_head, at.block));
        weigh_block(at.block, found.keys, place.end - place.begin, pass_.end,
                    trace().coding().key_block, false, at.mass);
        later.add(all, at.mass);
      }
    }
    std::vector<float> sums(mass.size());
    later.values(all, sums);
    kvfoot::add_row(sums, mass);
  }
  bytes_ += access.bytes() - before;
  return {};
}

Result<TraceAttention::Impl::Values> TraceAttention::Impl::future(std::int32_t head) {
  KVFOOT_CHECK(request_.needs.future, "the policy did not announce this question");
  if (!open_loop_) {
    return cannot("a trace of an evicting run does not know what full attention would give later",
                  "record with --policy full");
  }
  // Patch entries end with the pass: their keys have no future.
  raw_.assign(static_cast<std::size_t>(pass_.end), 0.0F);
  for (std::int32_t q = head * group_; q < (head + 1) * group_; ++q) {
    KVFOOT_TRY(add_future(q, raw_));
  }
  divide_by(raw_, group_);
  const auto resident = entries_[static_cast<std::size_t>(head)].resident;
  auto values = std::make_shared<std::vector<float>>(resident.size(), 0.0F);
  for (std::size_t j = 0; j < resident.size() && resident[j] < pass_.end; ++j) {
    (*values)[j] = raw_[static_cast<std::size_t>(resident[j])];
  }
  return Values(std::move(values));
}

Result<TraceAttention::Impl::Values> TraceAttention::Impl::window_mass(const AttentionQuery& query,
                                                                       std::int32_t head) {
  KVFOOT_CHECK(query.window > 0);
  const HeadEntries& entries = entries_[static_cast<std::size_t>(head)];
  const std::int64_t voters = std::min<std::int64_t>(query.window, pass_.forward_rows());
  const std::int64_t scope = query.scope == AttentionQuery::Scope::kPass
                                 ? pass_.forward_rows()
                                 : static_cast<std::int64_t>(entries.resident.size());
  const auto candidates = static_cast<std::size_t>(scope - voters);
  auto values = std::make_shared<std::vector<float>>(candidates, 0.0F);
  for (std::int32_t q = head * group_; q < (head + 1) * group_ && candidates > 0; ++q) {
    raw_.resize(candidates);
    KVFOOT_TRY(blocks() ? window_from_votes(query, q, raw_) : window_from_rows(query, q, raw_));
    add_pooled(raw_, query, *values);
  }
  divide_by(*values, group_);
  return Values(std::move(values));
}

Status TraceAttention::Impl::window_from_rows(const AttentionQuery& query, std::int32_t q_head,
                                              std::span<float> raw) {
  const HeadEntries& entries = entries_[static_cast<std::size_t>(q_head / group_)];
  const bool pass_only = query.scope == AttentionQuery::Scope::kPass;
  const auto first = static_cast<std::size_t>(pass_only ? entries.past : 0);
  const std::int64_t rows = pass_.forward_rows();
  std::fill(raw.begin(), raw.end(), 0.0F);
  for (std::int64_t row = rows - std::min<std::int64_t>(query.window, rows); row < rows; ++row) {
    KVFOOT_ASSIGN(const std::span<const float> listed, listed_row(q_head, row));
    const std::span<const float> seen = listed.subspan(first);
    scratch_.assign(seen.begin(), seen.end());
    if (first > 0 || listed.data() == listed_.data()) {  // not the whole row as it was recorded
      renormalise(scratch_);
    }
    kvfoot::add_row(std::span<const float>(scratch_).first(raw.size()), raw);
  }
  return {};
}

Result<std::span<const float>> TraceAttention::Impl::listed_row(std::int32_t q_head,
                                                                std::int64_t row) {
  RowAccess& access = scores_->impl_->access;
  const HeadEntries& entries = entries_[static_cast<std::size_t>(q_head / group_)];
  const std::int64_t before = access.bytes();
  std::span<const float> mass;
  std::int64_t known = entries.past_keys + row + 1;  // keys that the recorded row speaks of
  if (row < pass_.rows()) {
    KVFOOT_ASSIGN(mass, access.row(pass_.begin + row, layer_, q_head));
  } else if (const auto patch = access.patch(pass_.end, pass_.patch_rows)) {
    KVFOOT_ASSIGN(
        mass, access.row_of_pass(patch->pass, patch->first + row - pass_.rows(), layer_, q_head));
  } else {
    const std::int64_t proxy = request_.run.prefill_rows() - pass_.forward_rows() + row;
    KVFOOT_ASSIGN(mass, access.row(proxy, layer_, q_head));
    // The proxy stands earlier than the chunk's end when the chunk reaches into the last rows.
    known = std::min<std::int64_t>(entries.past_keys + pass_.rows(),
                                   static_cast<std::int64_t>(mass.size()));
    proxied_ = true;
  }
  bytes_ += access.bytes() - before;
  const std::int64_t visible = entries.past + row + 1;
  if (entries.whole && known == entries.past_keys + row + 1) {
    KVFOOT_CHECK(static_cast<std::int64_t>(mass.size()) == visible);
    return mass;
  }
  listed_.assign(static_cast<std::size_t>(visible), 0.0F);
  for (std::size_t j = 0; j < listed_.size(); ++j) {
    const std::int64_t key = open_loop_ ? entries.resident[j] : static_cast<std::int64_t>(j);
    if (key < known) {
      listed_[j] = mass[static_cast<std::size_t>(key)];
    }
  }
  return std::span<const float>(listed_);
}

Result<bool> TraceAttention::Impl::add_votes(std::int32_t number, std::int32_t q_head,
                                             std::int64_t window, std::int64_t first,
                                             std::span<float> raw) {
  const TraceVote& vote = trace().votes()[static_cast<std::size_t>(number)];
  const std::vector<std::int32_t>& windows = vote.windows;
  const auto last = std::find(windows.begin(), windows.end(), window);
  if (last == windows.end()) {
    return false;
  }
  KVFOOT_ASSIGN(const std::span<const std::uint16_t> codes, trace().vote(number, layer_, q_head));
  const auto keys = static_cast<std::size_t>(vote.keys);
  if (static_cast<std::size_t>(first) + raw.size() > keys) {
    return cannot("vote " + std::to_string(number) + " has too few keys", "record it again");
  }
  // Oldest rows first.
  terms_.clear();
  for (auto segment = static_cast<std::size_t>(last - windows.begin()) + 1; segment-- > 0;) {
    const std::int32_t rows = windows[segment] - (segment > 0 ? windows[segment - 1] : 0);
    const auto own = codes.subspan(segment * keys + static_cast<std::size_t>(first), raw.size());
    terms_.push_back({own.data(), static_cast<float>(rows)});
  }
  sum_decoded16(terms_, raw);
  bytes_ += static_cast<std::int64_t>(2 * terms_.size() * raw.size());
  return true;
}

Status TraceAttention::Impl::window_from_votes(const AttentionQuery& query, std::int32_t q_head,
                                               std::span<float> raw) {
  const HeadEntries& entries = entries_[static_cast<std::size_t>(q_head / group_)];
  const bool pass_only = query.scope == AttentionQuery::Scope::kPass;
  const std::int64_t window = std::min<std::int64_t>(query.window, pass_.forward_rows());
  const std::int64_t begin = pass_only ? pass_.begin : 0;
  const auto find = [&](std::int64_t from, std::int64_t until, bool side) {
    const auto votes = trace().votes();
    const auto at = std::find_if(votes.begin(), votes.end(), [&](const TraceVote& vote) {
      return vote.begin == from && vote.end == until && vote.side == side;
    });
    return at == votes.end() ? std::int32_t{-1} : static_cast<std::int32_t>(at - votes.begin());
  };
  const auto no_window = [&](std::int32_t number) {
    const TraceVote& known = trace().votes()[static_cast<std::size_t>(number)];
    return cannot(
        "holds no votes of the last " + std::to_string(window) + " rows before row " +
            std::to_string(pass_.end),
        "replay a window of " +
            nearest_sizes(std::vector<std::int64_t>(known.windows.begin(), known.windows.end()),
                          window) +
            ", or record with this window or with --fidelity rows");
  };
  const bool side = open_loop_ && pass_.patch_rows > 0;
  if (!open_loop_ && !pass_only && entries.past > 0) {
    return cannot("votes over everything resident were not recorded",
                  "record with --fidelity rows");
  }
  std::int32_t vote = find(open_loop_ ? begin : pass_.begin, pass_.end, side);
  if (vote < 0 && side) {
    vote = find(begin, pass_.end, false);  // recorded by a policy that patches, in the pass itself
    if (vote >= 0 && trace().votes()[static_cast<std::size_t>(vote)].keys !=
                         pass_.end - begin + pass_.patch_rows) {
      vote = -1;
    }
  }
  if (vote >= 0 && (pass_only || entries.whole)) {
    KVFOOT_ASSIGN(const bool known, add_votes(vote, q_head, window, 0, raw));
    return known ? Status{} : no_window(vote);
  }

  // From here on sums of rows are renormalised as a whole, not row by row.
  const auto rescale = [window](std::span<float> values, double total) {
    if (total > 0) {
      const auto factor = static_cast<float>(static_cast<double>(window) / total);
      for (float& value : values) {
        value *= factor;
      }
    }
  };
  if (vote >= 0) {
    const std::int64_t keys = trace().votes()[static_cast<std::size_t>(vote)].keys;
    std::vector<float> all(static_cast<std::size_t>(keys));
    KVFOOT_ASSIGN(const bool known, add_votes(vote, q_head, window, 0, all));
    if (!known) {
      return no_window(vote);
    }
    if (entries.resident.back() >= keys) {
      return cannot("vote " + std::to_string(vote) + " has too few keys", "record it again");
    }
    double total = 0;
    for (std::size_t j = 0; j < entries.resident.size(); ++j) {
      const float value = all[static_cast<std::size_t>(entries.resident[j])];
      total += static_cast<double>(value);
      if (j < raw.size()) {
        raw[j] = value;
      }
    }
    rescale(raw, total);
    return {};
  }
  if (side && pass_only) {
    const std::int32_t end_vote = find(0, request_.run.prefill_rows(), false);
    if (end_vote >= 0) {
      std::vector<float> own(static_cast<std::size_t>(pass_.rows()));
      KVFOOT_ASSIGN(const bool known, add_votes(end_vote, q_head, window, pass_.begin, own));
      if (!known) {
        return no_window(end_vote);
      }
      double total = 0;
      for (const float value : own) {
        total += static_cast<double>(value);
      }
      std::copy_n(own.begin(), std::min(own.size(), raw.size()), raw.begin());
      rescale(raw, total);
      proxied_ = true;
      return {};
    }
  }
  return not_served("the trace holds no votes for the rows [" + std::to_string(begin) + ", " +
                    std::to_string(pass_.end) + ")");
}

}  // namespace kvfoot
