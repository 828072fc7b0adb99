// What schedules over one trace share.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/core/attention.hpp"
#include "sim/core/schedule.hpp"
#include "sim/trace/head_mass.hpp"
#include "sim/trace/row_access.hpp"
#include "sim/trace/source.hpp"

namespace kvfoot {

struct TraceScores::Impl {
  explicit Impl(std::shared_ptr<const TraceReader> opened)
      : trace(std::move(opened)), access(*trace) {}

  using Values = std::shared_ptr<const std::vector<float>>;

  // Answers about the keys of a pass do not depend on what is resident: kept for the layer at hand.
  struct Shared {
    std::int32_t head = 0;
    Storage storage = Storage::kKvHeads;
    std::int64_t patch_rows = 0;
    AttentionQuery query;
    Values values;
  };
  void enter(const Pass& pass, std::int32_t at_layer) {
    if (begin != pass.begin || end != pass.end || layer != at_layer) {
      shared.clear();
      begin = pass.begin;
      end = pass.end;
      layer = at_layer;
    }
  }

  std::shared_ptr<const TraceReader> trace;
  RowAccess access;
  struct Decoded {
    DecodedBlock block;
    BlockMass mass;
    std::int64_t bytes = 0;
  };
  std::array<Decoded, 16> batch;  // the row blocks at hand
  std::int64_t begin = -1;
  std::int64_t end = -1;
  std::int32_t layer = -1;
  std::vector<Shared> shared;
};

}  // namespace kvfoot
