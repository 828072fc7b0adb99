// Window, accumulated and last-row mass, and key norms, in the order that the trace reader uses
// too.
#include "executor/cpu/live_source.hpp"

#include <algorithm>
#include <new>
#include <string>

#include "sim/core/pooling.hpp"

namespace kvfoot::cpu {
namespace {

std::int64_t score_stride(std::int64_t resident) {
  return (resident + kKeyBlock - 1) / kKeyBlock * kKeyBlock;
}

std::span<float> floats(float* data, std::int64_t count) {
  return {data, static_cast<std::size_t>(count)};
}

Error out_of_memory() {
  return {"CPU backend", "not enough memory for the attention scores",
          "use a smaller chunk or voting window", ErrorKind::kEnvironment};
}

}  // namespace

void LiveSource::reset(std::int32_t layers, std::int32_t q_heads, const AttentionNeeds& needs) {
  needs_ = needs;
  q_heads_ = q_heads;
  answers_.clear();
  attention_ = {};
  accumulators_.clear();
  for (std::int64_t i = 0; needs.accumulated && i < std::int64_t{layers} * q_heads; ++i) {
    accumulators_.emplace_back(buffers_.ledger(), MemoryClass::kWorkspace);
  }
}

void LiveSource::begin_layer(const LayerAttention& attention, std::int64_t patch_rows,
                             std::span<AttentionScratch> scratch) {
  attention_ = attention;
  patch_rows_ = patch_rows;
  scratch_ = scratch;
  answers_.clear();
  if (!needs_.accumulated) {
    return;
  }
  for (std::int32_t q = 0; q < q_heads_; ++q) {
    Floats& sums = accumulators_[static_cast<std::size_t>(attention.layer * q_heads_ + q)];
    const std::int64_t before = sums.size();
    sums.resize(attention.store->size(attention.layer, q / attention.group));
    std::fill(sums.data() + std::min(before, sums.size()), sums.data() + sums.size(), 0.0F);
  }
}

std::span<float> LiveSource::accumulator(std::int32_t q_head) {
  return accumulators_[static_cast<std::size_t>(attention_.layer * q_heads_ + q_head)].span();
}

std::int64_t LiveSource::accumulator_bytes() const {
  std::int64_t floats = 0;
  for (const Floats& sums : accumulators_) {
    floats += sums.size();
  }
  return floats * static_cast<std::int64_t>(sizeof(float));
}

Result<std::span<const float>> LiveSource::answer(const AttentionQuery& query, std::int32_t head) {
  KVFOOT_CHECK(attention_.store != nullptr, "asked before the first layer");
  KVFOOT_CHECK(head >= 0 && head < attention_.store->heads(), std::to_string(head));
  if (query.kind == AttentionQuery::Kind::kAccumulatedMass && !needs_.accumulated) {
    return Error{"attention", "accumulated mass was not collected in this run",
                 "the policy must name it in its needs"};
  }
  if (query.kind == AttentionQuery::Kind::kFutureMass) {
    return Error{"attention", "a running model does not know the future",
                 "replay a trace that was recorded with --policy full"};
  }
  auto found = std::find_if(answers_.begin(), answers_.end(),
                            [&](const Answer& a) { return a.query == query; });
  if (found == answers_.end()) {
    try {
      Answer fresh{query, {}};
      compute(fresh);
      answers_.push_back(std::move(fresh));
    } catch (const std::bad_alloc&) {
      return out_of_memory();
    }
    found = answers_.end() - 1;
  }
  return std::as_const(found->heads[static_cast<std::size_t>(head)]).span();
}

void LiveSource::compute(Answer& answer) {
  const std::int32_t heads = attention_.store->heads();
  answer.heads.resize(static_cast<std::size_t>(heads));
  // Everything is allocated here: a thread of the pool must not throw.
  const AttentionQuery& query = answer.query;
  const bool window = query.kind == AttentionQuery::Kind::kWindowMass;
  const std::int64_t voters =
      window ? std::min<std::int64_t>(query.window, attention_.rows) : std::int64_t{1};
  std::int64_t stride = 0;
  for (std::int32_t head = 0; head < heads; ++head) {
    const std::int64_t resident = attention_.store->size(attention_.layer, head);
    std::int64_t candidates = resident;
    if (window) {
      candidates =
          (query.scope == AttentionQuery::Scope::kPass ? attention_.rows : resident) - voters;
    }
    Buffer<float>& out = answer.heads[static_cast<std::size_t>(head)];
    out = Buffer<float>(buffers_, MemoryClass::kWorkspace, candidates);
    std::ranges::fill(out.span(), 0.0F);
    stride = std::max(stride, score_stride(resident));
  }
  const bool scores = window || query.kind == AttentionQuery::Kind::kLastRowMass;
  for (AttentionScratch& scratch : scratch_) {
    if (scores) {  // and a row for the mass before it is pooled
      scratch.prepare(buffers_, voters, attention_.head_dim(), (voters + 1) * stride);
    }
  }
  pool_.parallel_for(heads, [&](std::int64_t task, int worker) {
    const auto head = static_cast<std::int32_t>(task);
    auto& scratch = scratch_[static_cast<std::size_t>(worker)];
    const std::span<float> out = answer.heads[static_cast<std::size_t>(head)].span();
    switch (query.kind) {
      case AttentionQuery::Kind::kWindowMass:
        window_mass(query, head, scratch, out);
        break;
      case AttentionQuery::Kind::kAccumulatedMass:
        accumulated_mass(head, out);
        break;
      case AttentionQuery::Kind::kLastRowMass:
        last_row_mass(head, scratch, out);
        break;
      case AttentionQuery::Kind::kKeyNorm:
        key_norms(head, out);
        break;
      case AttentionQuery::Kind::kFutureMass:
        break;  // refused in answer()
    }
  });
  for (AttentionScratch& scratch : scratch_) {
    scratch.release();
  }
}

void LiveSource::window_mass(const AttentionQuery& query, std::int32_t head,
                             AttentionScratch& scratch, std::span<float> out) {
  if (out.empty()) {
    return;
  }
  const std::int64_t voters = std::min<std::int64_t>(query.window, attention_.rows);
  const std::int64_t past = attention_.past(head);
  const std::int64_t stride = score_stride(past + attention_.rows);
  const std::int64_t from = query.scope == AttentionQuery::Scope::kPass ? past : 0;
  const std::int64_t first_row = attention_.rows - voters;
  const auto candidates = static_cast<std::int64_t>(out.size());
  float* scores = scratch.kept_scores();
  const std::span<float> raw = floats(scores + voters * stride, candidates);
  for (std::int32_t h = 0; h < attention_.group; ++h) {
    score_tile(attention_, {head, head * attention_.group + h, 1, first_row, voters}, scratch,
               scores, stride);
    std::fill(raw.begin(), raw.end(), 0.0F);
    for (std::int64_t r = 0; r < voters; ++r) {
      float* row = scores + r * stride + from;
      float largest = 0;
      float sum = 0;
      attention_.kernels->softmax(row, past + first_row + r + 1 - from, &largest, &sum);
      add_row(floats(row, candidates), raw);
    }
    add_pooled(raw, query, out);
  }
  divide_by(out, attention_.group);
}

void LiveSource::last_row_mass(std::int32_t head, AttentionScratch& scratch, std::span<float> out) {
  const std::int64_t row = attention_.rows - patch_rows_ - 1;
  if (row < 0) {
    return;  // a side pass of patch rows only: no row of the run has voted
  }
  const std::int64_t seen = attention_.past(head) + row + 1;
  const std::int64_t stride = score_stride(attention_.past(head) + attention_.rows);
  for (std::int32_t h = 0; h < attention_.group; ++h) {
    score_tile(attention_, {head, head * attention_.group + h, 1, row, 1}, scratch,
               scratch.kept_scores(), stride);
    float largest = 0;
    float sum = 0;
    attention_.kernels->softmax(scratch.kept_scores(), seen, &largest, &sum);
    add_row(floats(scratch.kept_scores(), seen), floats(out.data(), seen));
  }
  divide_by(out, attention_.group);
}

void LiveSource::accumulated_mass(std::int32_t head, std::span<float> out) {
  for (std::int32_t h = 0; h < attention_.group; ++h) {
    add_row(accumulator(head * attention_.group + h), out);
  }
  divide_by(out, attention_.group);
}

void LiveSource::key_norms(std::int32_t head, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = attention_.kernels->length(
        attention_.store->key(attention_.layer, head, static_cast<std::int64_t>(i)),
        attention_.store->type(), attention_.head_dim());
  }
}

void LiveSource::retain(std::int32_t head, std::span<const std::int32_t> kept) {
  if (!needs_.accumulated) {
    return;
  }
  for (std::int32_t h = 0; h < attention_.group; ++h) {
    Floats& sums = accumulators_[static_cast<std::size_t>(attention_.layer * q_heads_ +
                                                          head * attention_.group + h)];
    std::int64_t to = 0;
    for (const std::int32_t from : kept) {
      sums.data()[to++] = sums.data()[from];
    }
    sums.resize(to);
  }
}

}  // namespace kvfoot::cpu
