// Results to plots: what sim/report measures, as the specs that this folder draws.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gui/plots/spec.hpp"
#include "sim/report/plot_data.hpp"
#include "sim/report/report_charts.hpp"

namespace kvfoot::plots {

// Live, inactive and evicted over rows, with chunk boundaries and the peak marked. `points` as the
// replay gives them, `streams` = layers * storage heads. An error if there is no point.
// `x`: where each point lies if not at its row; axis, marks and boundaries are of rows all the
// same.
[[nodiscard]] Result<PlotSpec> timeline_plot(std::span<const TimelinePoint> points,
                                             const RunInputs& inputs, std::int64_t streams,
                                             EntryUnit unit = EntryUnit::kGiB,
                                             std::vector<double> x = {});

// One line per policy, see line_chart(): x is "budget", "chunk", "output", "prompt" or a parameter,
// y a metric. Policies without the parameter become horizontal lines.
[[nodiscard]] Result<PlotSpec> line_plot(std::span<const RunResult> rows, std::string_view x,
                                         std::string_view y);

// Horizontal bars, see report_charts().
[[nodiscard]] PlotSpec bar_plot(const BarFigure& figure);

// First rows of the prefill passes after the first: the chunk boundaries.
[[nodiscard]] std::vector<std::int64_t> inner_boundaries(const RunLengths& run);

// What a picture of one run says below its title: "needle.h5 · prompt 1536 · output 24 · chunk
// 256".
[[nodiscard]] std::string run_words(const RunInputs& inputs);
// What the storage heads of a run are: "KV head", or "query head" where each has a copy of its own.
[[nodiscard]] std::string head_label(const RunInputs& inputs, std::int32_t storage_heads);

// Layers x heads, see kept_share_map().
[[nodiscard]] Result<PlotSpec> heads_plot(const ::kvfoot::HeatMap& map,
                                          std::string head_label = "KV head");

// The states of one stream: an entry is live from its own row until the pass
// that evicted it ends. `decisions` may hold other streams too. An error if the log names rows or
// keys outside the run.
[[nodiscard]] Result<PlotSpec> state_plot(std::span<const DecisionRecord> decisions,
                                          std::span<const InactiveRange> inactive,
                                          const RunLengths& run, std::int32_t layer,
                                          std::int32_t head,
                                          std::string_view head_label = "KV head");

}  // namespace kvfoot::plots
