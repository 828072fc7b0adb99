// Plot data of the stacked timeline and of the layers x heads heat map.
#include <algorithm>
#include <limits>

#include "sim/core/check.hpp"
#include "sim/core/stream_bytes.hpp"
#include "sim/report/plot_data.hpp"

namespace kvfoot {
namespace {

constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;

// What full attention would hold at a row, in the storage and chunks of the run.
std::int64_t full_bytes(const RunInputs& inputs, std::int64_t streams, std::int64_t row) {
  const auto heads = static_cast<std::int32_t>(streams / inputs.shape.layers);
  const PageSize page = page_size(inputs.shape, heads, inputs.kv_dtype, inputs.block_size,
                                  inputs.batch, inputs.layout);
  const Pass pass = pass_at(inputs.run, inputs.run.pass_of(row), 0);
  return streams * page.bytes * page.units_during(pass.begin, row + 1 - pass.begin);
}

}  // namespace

StackedArea stacked_area(std::span<const TimelinePoint> points, const RunInputs& inputs,
                         std::int64_t streams, EntryUnit unit) {
  KVFOOT_CHECK(streams > 0);
  StackedArea area;
  area.title = short_spec(inputs) + ", chunk " + chunk_text(inputs.run);
  area.x = {"Row (query position)", "tokens"};
  double scale = 1;
  switch (unit) {
    case EntryUnit::kEntries:
      area.y = {"KV entries, all streams", "entries"};
      break;
    case EntryUnit::kEntriesPerStream:
      area.y = {"KV entries per stream, mean", "entries"};
      scale = 1 / static_cast<double>(streams);
      break;
    case EntryUnit::kGiB:
      area.y = {"KV entries", "GiB"};  // the pages that hold them may be fuller
      scale = static_cast<double>(inputs.batch * entry_bytes(inputs.shape, inputs.kv_dtype)) / kGiB;
      break;
    case EntryUnit::kShare:
      area.y = {"KV entries, of full attention's at the end", "%"};
      scale = 1 / static_cast<double>(streams * inputs.run.rows());
      break;
  }
  area.prefill_end = static_cast<double>(inputs.run.prefill_rows());
  area.row.reserve(points.size());
  area.live.reserve(points.size());
  area.inactive.reserve(points.size());
  area.evicted.reserve(points.size());
  // Where not every entry takes the same: the mean of those that are resident, and what eviction
  // saves, so that the stack is full attention in the same storage.
  const bool stored = unit == EntryUnit::kGiB && inputs.layout != KvLayout{};
  for (const TimelinePoint& point : points) {
    double gone = static_cast<double>(point.evicted) * scale;
    if (stored && point.live + point.inactive > 0) {
      scale = static_cast<double>(point.resident_bytes) / kGiB /
              static_cast<double>(point.live + point.inactive);
      gone = static_cast<double>(std::max<std::int64_t>(
                 full_bytes(inputs, streams, point.row) - point.resident_bytes, 0)) /
             kGiB;
    }
    area.row.push_back(static_cast<double>(point.row));
    area.live.push_back(static_cast<double>(point.live) * scale);
    area.inactive.push_back(static_cast<double>(point.inactive) * scale);
    area.evicted.push_back(gone);
  }
  return area;
}

HeatMap kept_share_map(std::span<const StreamPoint> points, std::int32_t layers, std::int32_t heads,
                       std::int64_t at_row) {
  KVFOOT_CHECK(layers > 0 && heads > 0 && at_row > 0);
  HeatMap map;
  map.title = "Kept share of the first " + std::to_string(at_row) + " tokens";
  map.value_label = "Kept of the prompt";
  map.layers = layers;
  map.heads = heads;
  const auto streams = static_cast<std::size_t>(layers) * static_cast<std::size_t>(heads);
  map.value.assign(streams, std::numeric_limits<double>::quiet_NaN());
  std::vector<std::int64_t> newest(streams, -1);
  for (const StreamPoint& point : points) {
    KVFOOT_CHECK(point.layer >= 0 && point.layer < layers && point.head >= 0 && point.head < heads);
    const auto stream = static_cast<std::size_t>(point.layer) * static_cast<std::size_t>(heads) +
                        static_cast<std::size_t>(point.head);
    if (point.row <= at_row && point.row > newest[stream]) {
      newest[stream] = point.row;
      map.value[stream] = static_cast<double>(point.resident) / static_cast<double>(at_row);
    }
  }
  return map;
}

}  // namespace kvfoot
