#include "gui/model/lesson_values.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include "sim/core/shape.hpp"

namespace kvfoot::gui {
namespace {

double of(std::int64_t count) { return static_cast<double>(count); }

constexpr LessonInput kInputs[] = {
    {"prompt", [](const Outcome& o) { return of(o.result.inputs.run.prompt); }},
    {"output", [](const Outcome& o) { return of(o.result.inputs.run.output); }},
    {"chunk", [](const Outcome& o) { return of(o.result.inputs.run.chunk_rows()); }},
    {"layers", [](const Outcome& o) { return of(o.layers()); }},
    {"kv_heads", [](const Outcome& o) { return of(o.result.inputs.shape.kv_heads); }},
    {"streams", [](const Outcome& o) { return of(o.streams()); }},
    {"entry_bytes",
     [](const Outcome& o) {
       return of(entry_bytes(o.result.inputs.shape, o.result.inputs.kv_dtype));
     }},
};

std::optional<std::int64_t> index(double value, std::int64_t count) {
  const auto whole = static_cast<std::int64_t>(value);
  return of(whole) == value && whole >= 0 && whole < count ? std::optional(whole) : std::nullopt;
}

Result<std::int64_t> stream_of(const Outcome& outcome, double layer, double head) {
  const auto l = index(layer, outcome.layers());
  const auto h = index(head, outcome.heads());
  if (!outcome.replay.profile || !l || !h) {
    return no_such("such stream");
  }
  return *l * outcome.heads() + *h;
}

Result<double> resident(const Outcome& outcome, const LessonValues& at) {
  const RunLengths& run = outcome.result.inputs.run;
  const auto row = index(at[0], run.rows());
  if (!outcome.replay.profile || !row) {
    return no_such("such row");
  }
  const ResidenceProfile& profile = *outcome.replay.profile;
  if (at.size() == 1) {
    const TimelinePoint point = profile.at(*row);
    return of(point.live + point.inactive) / of(profile.streams());
  }
  KVFOOT_ASSIGN(const std::int64_t stream, stream_of(outcome, at[1], at[2]));
  const std::int64_t pass = run.pass_of(*row);
  return of(profile.past(stream, pass) + *row - pass_at(run, pass, 0).begin + 1);
}

Result<double> kept(const Outcome& outcome, const LessonValues& at) {
  KVFOOT_ASSIGN(const std::int64_t stream, stream_of(outcome, at[0], at[1]));
  const RunLengths& run = outcome.result.inputs.run;
  return of(run.decode_rows() > 0 ? outcome.replay.profile->past(stream, run.prefill_passes())
                                  : outcome.replay.profile->end(stream));
}

Result<double> holds(const Outcome& outcome, const LessonValues& at) {
  const double layer = at[at.size() - 2];
  const double head = at[at.size() - 1];
  KVFOOT_TRY(stream_of(outcome, layer, head));
  const std::int64_t rows = outcome.result.inputs.run.rows();
  const auto row = index(at[0], rows);
  const auto first = index(at[1], rows);
  const auto last = index(at[at.size() - 3], rows);
  if (outcome.lives == nullptr || !row || !first || !last) {
    return no_such("such key");
  }
  const auto& evicted_at =
      outcome.lives->evicted_at(static_cast<std::int32_t>(layer), static_cast<std::int32_t>(head));
  std::int64_t count = 0;
  for (std::int64_t key = *first; key <= std::min(*last, *row); ++key) {
    count += evicted_at[static_cast<std::size_t>(key)] > *row ? 1 : 0;
  }
  return of(count);
}

constexpr LessonQuery kQueries[] = {
    {"resident", 1, 3, resident},
    {"kept", 2, 2, kept},
    {"holds", 4, 5, holds},
};

constexpr LessonFunction kFunctions[] = {
    {"abs", 1, [](const LessonValues& x) { return std::abs(x[0]); }},
    {"min", 2, [](const LessonValues& x) { return std::min(x[0], x[1]); }},
    {"max", 2, [](const LessonValues& x) { return std::max(x[0], x[1]); }},
    {"round", 2,
     [](const LessonValues& x) {
       const double tens = std::pow(10.0, x[1]);
       return std::round(x[0] * tens) / tens;
     }},
};

template <class T, std::size_t N>
const T* find(const T (&table)[N], std::string_view name) {
  const T* at = std::ranges::find(table, name, &T::name);
  return at == std::end(table) ? nullptr : at;
}

}  // namespace

std::span<const LessonInput> lesson_inputs() { return kInputs; }
const LessonQuery* find_lesson_query(std::string_view name) { return find(kQueries, name); }
const LessonFunction* find_lesson_function(std::string_view name) { return find(kFunctions, name); }

Error no_such(const std::string& what) { return Error{"", "the run has no " + what}; }

}  // namespace kvfoot::gui
