// A schedule over a trace: residency, accumulation, retained mass.
#include "sim/trace/lane.hpp"

#include <algorithm>
#include <string>

#include "sim/core/pooling.hpp"
#include "sim/trace/served_chunks.hpp"

namespace kvfoot {

TraceAttention::Impl::Impl(std::shared_ptr<TraceScores> scores, const TraceRequest& request)
    : scores_(std::move(scores)), request_(request) {
  const ModelShape& shape = trace().header().shape;
  open_loop_ = trace().full_cache();
  weighs_ = request.retained_mass && open_loop_;
  heads_ = request.storage == Storage::kKvHeads ? shape.kv_heads : shape.q_heads;
  group_ = shape.q_heads / heads_;
  entries_.resize(static_cast<std::size_t>(heads_));
  const auto layers = static_cast<std::size_t>(shape.layers);
  if (!follows_rows()) {
    return;
  }
  if (weighs_) {
    stream_means_ = StreamMassMeans(layers * static_cast<std::size_t>(heads_));
  }
  if (blocks()) {
    masses_.assign(layers * static_cast<std::size_t>(heads_),
                   HeadMass(trace().coding().key_block, request.needs.accumulated));
  } else {
    sums_.resize(layers * static_cast<std::size_t>(shape.q_heads));
  }
}

bool TraceAttention::Impl::blocks() const {
  return trace().header().fidelity == TraceFidelity::kBlocks;
}

Error TraceAttention::Impl::cannot(const std::string& what, const std::string& hint) const {
  return Error{trace().path(), what, hint};
}

Error TraceAttention::Impl::not_served(const std::string& what) const {
  return Error{trace().path() + ": chunk", what,
               chunk_hint(trace(), scores_->impl_->access, request_)};
}

HeadMass& TraceAttention::Impl::mass_of(std::int32_t head) {
  return masses_[static_cast<std::size_t>(layer_) * static_cast<std::size_t>(heads_) +
                 static_cast<std::size_t>(head)];
}

std::vector<float>& TraceAttention::Impl::sum_of(std::int32_t q_head) {
  return sums_[static_cast<std::size_t>(layer_) *
                   static_cast<std::size_t>(trace().header().shape.q_heads) +
               static_cast<std::size_t>(q_head)];
}

Status TraceAttention::Impl::enter(const Pass& pass, std::int32_t layer,
                                   std::span<const std::span<const TokenPos>> resident) {
  KVFOOT_CHECK(resident.size() == entries_.size());
  given_.clear();
  pass_ = pass;
  layer_ = layer;
  extrapolated_ = extrapolated_ || pass.end > scores_->impl_->access.recorded_rows();
  for (std::int32_t h = 0; h < heads_; ++h) {
    HeadEntries& head = entries_[static_cast<std::size_t>(h)];
    head.resident = resident[static_cast<std::size_t>(h)];
    head.past = static_cast<std::int64_t>(head.resident.size()) - pass.forward_rows();
    KVFOOT_CHECK(head.past >= 0 && head.past <= pass.begin);
    head.past_keys = open_loop_ ? pass.begin : head.past;
    head.whole = head.past == head.past_keys;
    if (!open_loop_) {
      const std::int32_t file_pass = scores_->impl_->access.pass_of_row(pass.begin);
      std::int64_t recorded = head.past;
      for (std::int32_t q = h * group_; q < (h + 1) * group_ && recorded == head.past; ++q) {
        KVFOOT_ASSIGN(recorded, trace().past(file_pass, layer, q));
      }
      if (recorded != head.past) {
        return cannot("pass " + std::to_string(pass.index) + ", layer " + std::to_string(layer) +
                          ", head " + std::to_string(h) + " held " + std::to_string(recorded) +
                          " entries when it was recorded, not " + std::to_string(head.past),
                      "a trace of an evicting run answers only for the entries it kept");
      }
    }
  }
  if (blocks() && follows_rows()) {
    for (std::int32_t h = 0; h < heads_; ++h) {
      mass_of(h).begin(entries_[static_cast<std::size_t>(h)].past_keys + pass.forward_rows());
    }
  } else if (request_.needs.accumulated) {
    for (std::int32_t q = 0; q < heads_ * group_; ++q) {
      const HeadEntries& head = entries_[static_cast<std::size_t>(q / group_)];
      std::vector<float>& sum = sum_of(q);
      const auto size = head.resident.size();
      KVFOOT_CHECK(sum.size() == size || static_cast<std::int64_t>(sum.size()) == head.past,
                   "an accumulator was not compacted with its head");
      sum.resize(size, 0.0F);
    }
  }
  return {};
}

void TraceAttention::Impl::add_block(std::int32_t q_head, const BlockMass& block,
                                     std::int64_t bytes) {
  bytes_ += bytes;
  const std::int32_t head = q_head / group_;
  const double share = mass_of(head).add(entries_[static_cast<std::size_t>(head)], block);
  if (weighs_) {
    weigh(head, share, block.rows);
  }
}

void TraceAttention::Impl::weigh(std::int32_t head, double share, std::int64_t rows) {
  statistics_.add(share, rows, pass_.phase == Phase::kDecode);
  stream_means_.add(static_cast<std::size_t>(layer_) * static_cast<std::size_t>(heads_) +
                        static_cast<std::size_t>(head),
                    share, rows);
}

void TraceAttention::Impl::end_rows() {
  if (blocks() && open_loop_) {
    for (std::int32_t h = 0; h < heads_; ++h) {
      mass_of(h).append(pass_.begin, pass_.end);
    }
  }
}

void TraceAttention::Impl::add_row(std::int32_t q_head, std::int64_t row,
                                   std::span<const float> mass, std::int64_t bytes) {
  bytes_ += bytes;
  const HeadEntries& head = entries_[static_cast<std::size_t>(q_head / group_)];
  const auto visible = static_cast<std::size_t>(head.past + row + 1);
  double share = 1;
  std::span<const float> listed = mass;
  if (!head.whole) {
    listed_.resize(visible);
    const TokenPos* const resident = head.resident.data();
    float* const to = listed_.data();
    for (std::size_t j = 0; j < visible; ++j) {
      to[j] = mass[static_cast<std::size_t>(resident[j])];
    }
    if (weighs_) {
      const double all = row_sum(mass);
      share = all > 0 ? row_sum(listed_) / all : 1.0;
    }
    if (request_.needs.accumulated) {
      renormalise(listed_);
    }
    listed = listed_;
  }
  if (weighs_) {
    weigh(q_head / group_, share, 1);
  }
  if (request_.needs.accumulated) {
    if (blocks()) {
      mass_of(q_head / group_).add_row(head, listed);
    } else {
      kvfoot::add_row(listed, std::span(sum_of(q_head)).first(visible));
    }
  }
}

void TraceAttention::Impl::retain(std::int32_t head, std::span<const std::int32_t> kept) {
  if (!follows_rows()) {
    return;
  }
  if (blocks()) {
    const auto resident = entries_[static_cast<std::size_t>(head)].resident;
    if (open_loop_) {
      // Patch entries have no mass of their own.
      mass_of(head).retain_keys(
          resident.first(resident.size() - static_cast<std::size_t>(pass_.patch_rows)), kept);
    } else {
      mass_of(head).retain_entries(kept);
    }
    return;
  }
  if (!request_.needs.accumulated) {
    return;
  }
  for (std::int32_t q = head * group_; q < (head + 1) * group_; ++q) {
    std::vector<float>& sum = sum_of(q);
    for (std::size_t i = 0; i < kept.size(); ++i) {
      sum[i] = sum[static_cast<std::size_t>(kept[i])];
    }
    sum.resize(kept.size());
  }
}

std::optional<RetainedMass> TraceAttention::Impl::retained_mass() const {
  return weighs_ ? statistics_.result() : std::nullopt;
}

std::vector<double> TraceAttention::Impl::stream_mass() const {
  return weighs_ ? stream_means_.result() : std::vector<double>{};
}

std::vector<Warning> TraceAttention::Impl::warnings() const {
  std::vector<Warning> warnings;
  const AttentionNeeds& needs = request_.needs;
  const bool asks =
      needs.window > 0 || needs.accumulated || needs.last_row || needs.future || weighs_;
  if (blocks() && asks) {
    warnings.push_back({"blocks_approximation",
                        "attention was recorded in blocks of rows: scores and retained mass are "
                        "approximate"});
  }
  if (proxied_) {
    warnings.push_back({"patch_proxy",
                        "the trace has no votes of patched chunks of this size: the last rows of "
                        "the prompt voted instead; record with --side-votes for the chunk size"});
  }
  if (extrapolated_) {
    warnings.push_back(
        {"decode_extrapolated", "rows beyond the " +
                                    std::to_string(scores_->impl_->access.recorded_rows()) +
                                    " recorded ones repeat the last recorded row"});
  }
  return warnings;
}

}  // namespace kvfoot
