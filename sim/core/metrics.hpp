// Results of one replay or run: plain numbers, no formatting (docs/results.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kvfoot {

enum class Accounting : std::uint8_t { kExact, kPaper };

// Absent means "this run cannot know", never zero.
struct Metrics {
  std::int64_t rows = 0;
  std::int64_t patch_rows = 0;  // extra rows of patched passes, not rows of the run
  double footprint = 0;         // mean over streams of (sum of resident entries over rows) / tri(N)
  // Of hybrids only: the same sums, divided by what the model's own cache holds.
  std::optional<double> footprint_native;
  double peak_ratio = 0;                      // largest residency over rows / (streams * N)
  std::optional<std::int64_t> peak_entries;   // row clock, all streams
  std::optional<std::int64_t> entry_rows;     // numerator of the footprint, all streams
  std::optional<std::int64_t> peak_kv_bytes;  // page-rounded, layer by layer within a pass
  std::optional<std::int64_t>
      peak_kv_bytes_pass;                        // every layer holds its chunk until the pass ends
  std::optional<std::int64_t> page_waste_bytes;  // allocated at peak_kv_bytes, but empty
  std::optional<std::int64_t> peak_total_bytes;  // and what it is made of:
  std::optional<std::int64_t> peak_total_weight_bytes;
  std::optional<std::int64_t> peak_total_kv_bytes;
  std::optional<std::int64_t> peak_total_activation_bytes;
  std::optional<std::int64_t> peak_total_workspace_bytes;
  std::optional<std::int64_t> peak_total_logits_bytes;
  std::optional<double> kv_byte_seconds;
  std::optional<double> ttft_s;
  std::optional<double> tpot_s;
  std::optional<double> total_s;
  std::optional<double> retained_mass;
  std::optional<double> retained_mass_decode;
  std::optional<double> retained_mass_p5;
};

// Machine-readable code and a sentence for people, e.g. {"patch_proxy", "..."}.
struct Warning {
  std::string code;
  std::string text;
};

// Entries summed over streams at one row. Rows between two points are linear in every field within
// a pass (a causal pass adds one entry per stream and row), so change points suffice.
struct TimelinePoint {
  std::int64_t row = 0;
  std::int64_t live = 0;            // resident and attended by this row
  std::int64_t inactive = 0;        // resident, not attended
  std::int64_t evicted = 0;         // freed before this row
  std::int64_t resident_bytes = 0;  // page-rounded
};

// One pass of one stream; `--per-stream` timelines and heat maps.
struct StreamPoint {
  std::int64_t row = 0;  // first row of the pass
  std::int32_t layer = 0;
  std::int32_t head = 0;
  std::int64_t resident = 0;  // at the start of the pass
};

}  // namespace kvfoot
