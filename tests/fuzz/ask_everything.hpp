// Everything that a policy may ask of a trace, whatever the trace holds.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/trace/reader.hpp"
#include "sim/trace/source.hpp"

namespace kvfoot::fuzz {

// Over passes in which nothing is evicted. Its errors are fine.
inline void ask_everything(const std::shared_ptr<const TraceReader>& trace) {
  const TraceHeader& header = trace->header();
  constexpr std::int64_t kMostRows = 2048;  // keeps one input quick
  if (header.run.rows() > kMostRows || header.shape.layers * header.shape.q_heads > 64) {
    return;
  }
  TraceRequest request;
  request.policy = header.policy;
  request.run = header.run;
  request.storage = header.storage;
  request.patch_window = header.patch_window;
  request.needs = {.window = 16, .accumulated = true, .last_row = true, .key_norms = true};
  request.retained_mass = true;
  auto source = TraceAttention::create(std::make_shared<TraceScores>(trace), request);
  if (!source) {
    return;
  }
  std::vector<TokenPos> list;
  const auto heads = static_cast<std::size_t>(header.storage_heads());
  for (std::int64_t i = 0; i < header.run.passes(); ++i) {
    const Pass pass = pass_at(header.run, i, header.patch_window);
    list.resize(static_cast<std::size_t>(pass.begin));
    for (std::int64_t p = pass.begin; p < pass.begin + pass.forward_rows(); ++p) {
      list.push_back(static_cast<TokenPos>(p));
    }
    const std::vector<std::span<const TokenPos>> lists(heads, list);
    for (std::int32_t layer = 0; layer < header.shape.layers; ++layer) {
      if (!(*source)->begin_layer(pass, layer, lists)) {
        return;
      }
      std::vector<std::int32_t> kept;
      for (std::int64_t j = 0; j < pass.end; ++j) {
        kept.push_back(static_cast<std::int32_t>(j));
      }
      for (std::int32_t head = 0; head < header.storage_heads(); ++head) {
        for (const auto kind :
             {AttentionQuery::Kind::kWindowMass, AttentionQuery::Kind::kAccumulatedMass,
              AttentionQuery::Kind::kLastRowMass, AttentionQuery::Kind::kKeyNorm}) {
          for (const auto scope :
               {AttentionQuery::Scope::kPass, AttentionQuery::Scope::kResident}) {
            AttentionQuery query;
            query.kind = kind;
            query.scope = scope;
            query.window = 16;
            static_cast<void>((*source)->answer(query, head).ok());
          }
        }
        (*source)->retain(head, kept);
      }
    }
    for (std::int64_t p = 0; p < pass.patch_rows; ++p) {
      list.pop_back();
    }
  }
}

}  // namespace kvfoot::fuzz
