// The metric computed row by row and entry by entry, to hold the closed forms against.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/core/metrics.hpp"
#include "sim/engine/profile.hpp"
#include "sim/policy/policy.hpp"

namespace kvfoot::toy {

struct NaiveRun {
  Metrics metrics;
  std::vector<TimelinePoint> rows;         // every row
  std::vector<std::int64_t> first_stream;  // resident entries of stream 0, every row
};

inline NaiveRun naive_counts(const Policy& policy, const ModelShape& shape, const RunLengths& run,
                             PageSize page) {
  const std::int32_t heads = storage_heads(policy, shape);
  const auto streams = static_cast<std::size_t>(shape.layers * heads);
  std::vector<std::int64_t> held(streams, 0);
  const auto bytes = [&] {
    std::int64_t pages = 0;
    for (const std::int64_t entries : held) {
      pages += entries / page.block + (entries % page.block != 0 ? 1 : 0);
    }
    return pages * page.bytes;
  };
  NaiveRun out;
  std::int64_t sum = 0;
  std::int64_t peak = 0;
  std::int64_t peak_bytes = 0;
  std::int64_t peak_bytes_pass = 0;
  for (std::int64_t p = 0; p < run.passes(); ++p) {
    PassView view;
    view.pass = pass_at(run, p, policy.patch_window());
    view.run = run;
    view.layers = policy_shape(shape).layers;
    const std::vector<std::int64_t> past = held;
    for (std::int64_t row = view.pass.begin; row < view.pass.end; ++row) {
      for (std::int64_t& entries : held) {
        entries += 1;
      }
      TimelinePoint point;
      point.row = row;
      for (std::size_t s = 0; s < streams; ++s) {
        const std::int32_t window = shape.window(static_cast<std::int32_t>(s) / heads);
        const std::int64_t seen = window > 0 ? std::min<std::int64_t>(held[s], window) : held[s];
        point.live += seen;
        point.inactive += held[s] - seen;
        point.evicted += row + 1 - held[s];
      }
      const std::int64_t resident = point.live + point.inactive;
      point.resident_bytes = bytes();
      out.rows.push_back(point);
      out.first_stream.push_back(held[0]);
      sum += resident;
      peak = std::max(peak, resident);
    }
    for (std::size_t s = 0; s < streams; ++s) {
      held[s] = past[s] + view.pass.forward_rows();
    }
    peak_bytes_pass = std::max(peak_bytes_pass, bytes());
    held = past;
    std::size_t s = 0;
    std::int32_t full_layer = 0;
    for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
      const std::int32_t window = shape.window(layer);
      for (std::int32_t head = 0; head < heads; ++head) {
        held[s + static_cast<std::size_t>(head)] += view.pass.forward_rows();
      }
      peak_bytes = std::max(peak_bytes, bytes());
      for (std::int32_t head = 0; head < heads; ++head, ++s) {
        held[s] = past[s] + view.pass.rows();
        if (window > 0) {
          held[s] = std::min<std::int64_t>(held[s], window - 1);
        } else if (policy.decides(view)) {
          held[s] = *policy.kept_count(view, full_layer, head, past[s]);
        }
      }
      full_layer += window == 0 ? 1 : 0;
    }
    out.metrics.patch_rows += view.pass.patch_rows;
  }
  const double n = static_cast<double>(run.rows());
  out.metrics.rows = run.rows();
  out.metrics.entry_rows = sum;
  out.metrics.peak_entries = peak;
  out.metrics.footprint =
      static_cast<double>(sum) / (static_cast<double>(streams) * (n * (n + 1) / 2));
  out.metrics.peak_ratio = static_cast<double>(peak) / (static_cast<double>(streams) * n);
  out.metrics.peak_kv_bytes = peak_bytes;
  out.metrics.peak_kv_bytes_pass = peak_bytes_pass;
  return out;
}

}  // namespace kvfoot::toy
