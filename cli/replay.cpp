// kvfoot replay: one schedule on a trace, or on nothing but a shape.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/clock_options.hpp"
#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/replay_options.hpp"
#include "sim/io/file.hpp"
#include "sim/report/result_json.hpp"
#include "sim/report/sweep_export.hpp"
#include "sim/report/timeline_csv.hpp"

namespace kvfoot::cli {
namespace {

struct Options {
  ReplayOptions replay;
  ClockOptions clock;
  std::string json;
  std::string timeline;
  bool per_stream = false;
};

std::vector<StreamTimelinePoint> stream_timeline(const ResidenceProfile& profile) {
  std::vector<StreamTimelinePoint> points;
  for (std::int64_t stream = 0; stream < profile.streams(); ++stream) {
    const auto layer = static_cast<std::int32_t>(stream / profile.heads());
    const auto head = static_cast<std::int32_t>(stream % profile.heads());
    for (const TimelinePoint& at : profile.timeline_of(stream)) {
      points.push_back({layer, head, at});
    }
  }
  return points;
}

std::string timeline_csv(const Options& options, const ReplayOutcome& outcome) {
  std::vector<std::int64_t> rows;
  if (options.per_stream) {
    const std::vector<StreamTimelinePoint> points = stream_timeline(*outcome.profile);
    for (const StreamTimelinePoint& point : points) {
      rows.push_back(point.at.row);
    }
    return stream_timeline_to_csv(points, times_of(outcome, rows));
  }
  const std::vector<TimelinePoint> points = outcome.profile->timeline();
  for (const TimelinePoint& point : points) {
    rows.push_back(point.row);
  }
  return timeline_to_csv(points, times_of(outcome, rows));
}

Status run_replay(const Options& options) {
  if (options.per_stream && options.timeline.empty()) {
    return Error{"--per-stream", "is about the lines of --timeline", "add --timeline FILE.csv"};
  }
  if (options.clock.gantt && options.json == "-") {
    return Error{"--gantt", "prints a chart where --json - prints the result",
                 "write the result to a file: --json FILE"};
  }
  KVFOOT_ASSIGN(ReplayRequest request, replay_request(options.replay));
  request.profile = !options.timeline.empty();
  KVFOOT_TRY(apply(options.clock, request));
  if (!options.timeline.empty() && request.accounting == Accounting::kPaper) {
    return Error{"--timeline", "does not exist under --accounting paper",
                 "the published closed forms give no timeline; use --accounting exact"};
  }
  ProgressLine progress("replay");
  ReplayControl control;
  control.cancel = &interrupted();
  control.on_progress = [&](std::int64_t done, std::int64_t total) {
    progress.update(done, total);
  };
  KVFOOT_ASSIGN(const ReplayOutcome outcome, replay(request, control));
  progress.clear();
  KVFOOT_ASSIGN(const RunResult result, run_result(request, outcome, !options.json.empty()));
  if (!options.timeline.empty()) {
    KVFOOT_TRY(write_file(options.timeline, timeline_csv(options, outcome)));
  }
  KVFOOT_ASSIGN(const std::string schedule, export_schedule(options.clock, request, outcome));
  if (options.json == "-") {
    for (const Warning& warning : result.warnings) {
      warn(warning.code, warning.text);
    }
    std::fputs(result_to_json(result).c_str(), stdout);
    return {};
  }
  if (!options.json.empty()) {
    KVFOOT_TRY(write_file(options.json, result_to_json(result)));
  }
  std::fputs((result_to_text(result) + schedule).c_str(), stdout);
  return {};
}

}  // namespace

void add_replay(Command& root, int& exit_code) {
  auto options = std::make_shared<Options>();
  Command* command = root.add_subcommand(
      "replay",
      "Replay a trace, or only a shape, under one policy: footprint, peak, retained mass");
  add_replay_flags(*command, options->replay);
  add_clock_flags(*command, options->clock);
  command->add_option("--json", options->json, "Write the result as JSON; - is stdout");
  command->add_option("--timeline", options->timeline,
                      "Write live, inactive and evicted entries at each change point as CSV");
  command->add_flag("--per-stream", options->per_stream, "Timeline of every layer and head");
  command->callback([=, &exit_code] {
    const Status status = run_replay(*options);
    exit_code = status ? kDone : fail(status.error());
  });
}

}  // namespace kvfoot::cli
