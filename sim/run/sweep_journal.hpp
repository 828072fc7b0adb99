// What an unfinished sweep has done so far, on disk: a killed sweep goes on where it stopped.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/io/file.hpp"
#include "sim/report/result_json.hpp"

namespace kvfoot {

// One of the `count` parts of a sweep, 1 <= index <= count. Point p belongs to part p % count + 1.
struct SweepShard {
  std::int64_t index = 1;
  std::int64_t count = 1;
  [[nodiscard]] bool has(std::int64_t point) const { return point % count == index - 1; }
};

// "2/8".
[[nodiscard]] Result<SweepShard> parse_shard(std::string_view text);

// Results of other programs, scenarios or inputs are never mixed: all of this must agree.
struct JournalKey {
  std::string program;
  std::string scenario_hash;
  std::string inputs_hash;  // of traces and whatever else the scenario's hash does not cover
  std::int64_t points = 0;
  friend bool operator==(const JournalKey&, const JournalKey&) = default;
};

using PointOutcome = std::variant<RunResult, FailedPoint>;
using PointOutcomes = std::map<std::int64_t, PointOutcome>;  // by index of the point

// One outcome as the journal holds it: a JSON object in one line, with its newline.
[[nodiscard]] std::string journal_record(std::int64_t point, const PointOutcome& outcome);
// The same read back, `line` without its newline; 0 <= point < points.
[[nodiscard]] Result<std::pair<std::int64_t, PointOutcome>> read_journal_record(
    std::string_view line, const std::string& place, std::int64_t points);

// "chunk_size-0123456789abcdef.journal", with "-2of8" for a shard.
[[nodiscard]] std::filesystem::path journal_path(const std::filesystem::path& folder,
                                                 const std::filesystem::path& scenario_file,
                                                 const JournalKey& key, const SweepShard& shard);
// The journals of every shard of the sweep that lie in the folder, in the order of their names.
[[nodiscard]] std::vector<std::filesystem::path> all_journals(
    const std::filesystem::path& folder, const std::filesystem::path& scenario_file,
    const JournalKey& key);

// The journals of scenarios with the same file name and another hash: of the scenario before it was
// changed, mostly. Nobody reads them; a person should know that they are there.
[[nodiscard]] std::vector<std::filesystem::path> journals_of_other_versions(
    const std::filesystem::path& folder, const std::filesystem::path& scenario_file,
    const JournalKey& key);

struct JournalContents {
  PointOutcomes outcomes;
  std::int64_t whole_bytes = 0;  // a record that a kill cut in two lies behind them
};

// Nothing when the file does not exist or holds no whole header. A key that differs (the error says
// in what), a point out of range or listed twice, or a damaged record before the last is an error.
[[nodiscard]] Result<std::optional<JournalContents>> read_journal(const std::filesystem::path& path,
                                                                  const JournalKey& key);

class Journal {
 public:
  // Goes on behind `keep_bytes`; with 0 it starts anew with the key.
  [[nodiscard]] static Result<Journal> open(const std::filesystem::path& path,
                                            const JournalKey& key, std::int64_t keep_bytes);
  // A kill of the program loses nothing that was appended; a power cut at most the last second.
  [[nodiscard]] Status append(const PointOutcomes& outcomes);
  [[nodiscard]] Status sync() { return file_.sync(); }

 private:
  explicit Journal(AppendFile file) : file_(std::move(file)) {}
  AppendFile file_;
  std::chrono::steady_clock::time_point synced_ = std::chrono::steady_clock::now();
};

}  // namespace kvfoot
