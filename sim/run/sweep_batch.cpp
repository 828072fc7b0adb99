// Batches and the texts that carry their outcomes from one process to another.
#include "sim/run/sweep_batch.hpp"

#include <algorithm>

#include "sim/io/json.hpp"
#include "sim/report/json_fields.hpp"

namespace kvfoot {
namespace {

constexpr std::int64_t kMaxBatch = 16;
constexpr std::string_view kFatal = "fatal ";  // no record begins like this

bool may_share(const ScenarioPoint& a, const ScenarioPoint& b) {
  return a.trace == b.trace && a.chunk == b.chunk && a.last_prompt_token == b.last_prompt_token;
}

Status parse_error(std::string_view text, const std::string& where, Error& error) {
  KVFOOT_ASSIGN(const JsonValue value, parse_json(text, where));
  KVFOOT_ASSIGN(JsonFields fields, JsonFields::of(value, where));
  KVFOOT_ASSIGN(error.where, fields.text("where"));
  KVFOOT_ASSIGN(error.what, fields.text("what"));
  KVFOOT_ASSIGN(error.hint, fields.text("hint"));
  KVFOOT_ASSIGN(const std::int64_t kind, fields.integer("kind", 0, 255));
  KVFOOT_TRY(fields.finish());
  for (const ErrorKind known :
       {ErrorKind::kBadInput, ErrorKind::kEnvironment, ErrorKind::kInterrupted}) {
    if (kind == static_cast<std::int64_t>(known)) {
      error.kind = known;
      return {};
    }
  }
  return Error{where, "an error of the unknown kind " + std::to_string(kind)};
}

}  // namespace

std::vector<SweepBatch> make_batches(const std::vector<ScenarioPoint>& points,
                                     const std::vector<std::int64_t>& open, std::int64_t slots) {
  const auto count = static_cast<std::int64_t>(open.size());
  const std::int64_t size = std::clamp<std::int64_t>(count / (2 * slots), 1, kMaxBatch);
  std::vector<SweepBatch> batches;
  for (const std::int64_t index : open) {
    const bool fits = !batches.empty() && static_cast<std::int64_t>(batches.back().size()) < size &&
                      may_share(points[static_cast<std::size_t>(batches.back().front())],
                                points[static_cast<std::size_t>(index)]);
    if (!fits) {
      batches.emplace_back();
    }
    batches.back().push_back(index);
  }
  return batches;
}

BatchOutcome run_batch(const Scenario& scenario, const SweepRunner& runner,
                       const SweepBatch& batch) {
  std::vector<const ScenarioPoint*> points;
  for (const std::int64_t index : batch) {
    points.push_back(&scenario.points[static_cast<std::size_t>(index)]);
  }
  std::vector<Result<RunResult>> results = runner(points);
  KVFOOT_CHECK(results.size() == points.size(), "a runner answers for every point");
  BatchOutcome outcome;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (results[i]) {
      outcome.finished.emplace(batch[i], *std::move(results[i]));
    } else if (results[i].error().kind == ErrorKind::kBadInput) {
      outcome.finished.emplace(batch[i],
                               FailedPoint{describe(*points[i]), results[i].error().message()});
    } else {
      outcome.fatal = std::move(results[i]).error();
    }
  }
  return outcome;
}

std::string to_text(const Error& error) {
  return write_json(JsonValue(JsonValue::Object{{"where", error.where},
                                                {"what", error.what},
                                                {"hint", error.hint},
                                                {"kind", static_cast<std::int64_t>(error.kind)}}),
                    JsonLayout::kOneLine);
}

Error error_from_text(std::string_view text, const std::string& where) {
  Error error;
  Status read = parse_error(text, where, error);
  return read ? error : std::move(read).error();
}

std::string to_text(const BatchOutcome& outcome) {
  std::string text;
  for (const auto& [point, finished] : outcome.finished) {
    text += journal_record(point, finished);
  }
  if (outcome.fatal) {
    text += std::string(kFatal) + to_text(*outcome.fatal) + "\n";
  }
  return text;
}

Result<BatchOutcome> batch_outcome_from_text(std::string_view text, const std::string& where,
                                             std::int64_t points) {
  BatchOutcome outcome;
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    if (newline == std::string_view::npos) {
      return Error{where, "the last line of an outcome has no end"};
    }
    const std::string_view line = text.substr(0, newline);
    text.remove_prefix(newline + 1);
    if (line.starts_with(kFatal)) {
      outcome.fatal = error_from_text(line.substr(kFatal.size()), where);
      continue;
    }
    KVFOOT_ASSIGN(auto record, read_journal_record(line, where, points));
    outcome.finished.emplace(std::move(record));
  }
  return outcome;
}

}  // namespace kvfoot
