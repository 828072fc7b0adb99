// Journal records: one JSON object per line, the first one is the key.
#include "sim/run/sweep_journal.hpp"

#include <algorithm>

#include "sim/core/text.hpp"
#include "sim/io/json.hpp"
#include "sim/report/json_fields.hpp"

namespace kvfoot {
namespace {

constexpr std::string_view kSchema = "kvfoot.journal/1";
constexpr std::string_view kSchemaFamily = "kvfoot.journal/";
constexpr std::string_view kEnding = ".journal";
constexpr std::int64_t kMaxJournalBytes = std::int64_t{1} << 36;
constexpr std::chrono::seconds kSyncEvery{1};
constexpr std::string_view kRemedy = "delete it, or sweep with --fresh";
constexpr std::string_view kOtherVersion =
    "finish it with that version, or delete it, or sweep with --fresh to start anew";

std::string header_line(const JournalKey& key) {
  return write_json(JsonValue(JsonValue::Object{{"schema", kSchema},
                                                {"program", key.program},
                                                {"scenario_hash", key.scenario_hash},
                                                {"inputs_hash", key.inputs_hash},
                                                {"points", key.points}}),
                    JsonLayout::kOneLine) +
         "\n";
}

// The first line is not the one that `key` would write: what it says instead.
Error foreign_header(std::string_view line, const std::string& place, const JournalKey& key) {
  const auto value = parse_json(line, place);
  auto fields = value ? JsonFields::of(*value, place) : value.error();
  const auto text = [&](std::string_view name) {
    const auto found = fields ? fields->text(name) : Result<std::string>(std::string());
    return found ? *found : std::string();
  };
  const std::string schema = text("schema");
  if (!schema.starts_with(kSchemaFamily)) {
    return Error{place, "is not the journal of a sweep", std::string(kRemedy)};
  }
  if (schema != kSchema) {
    return Error{place, "is a '" + schema + "', this program reads '" + std::string(kSchema) + "'",
                 std::string(kOtherVersion)};
  }
  if (const std::string program = text("program"); program != key.program) {
    return Error{place, "was written by " + program + ", this is " + key.program,
                 std::string(kOtherVersion)};
  }
  if (const std::string hash = text("scenario_hash"); hash != key.scenario_hash) {
    return Error{
        place,
        "belongs to another scenario: its hash is " + hash + ", this one's is " + key.scenario_hash,
        std::string(kRemedy)};
  }
  if (text("inputs_hash") != key.inputs_hash) {
    return Error{place, "a trace of the scenario has other contents now than when it was written",
                 "bring the old trace back, or delete the journal, or sweep with --fresh"};
  }
  return Error{place, "the header is damaged", std::string(kRemedy)};
}

std::string stem(const std::filesystem::path& scenario_file, const JournalKey& key) {
  return scenario_file.stem().string() + "-" + key.scenario_hash;
}

}  // namespace

std::string journal_record(std::int64_t point, const PointOutcome& outcome) {
  std::string line = "{\"point\": " + std::to_string(point) + ", ";
  if (const auto* result = std::get_if<RunResult>(&outcome)) {
    line += "\"result\": " + result_to_line(*result);
  } else {
    const auto& failed = std::get<FailedPoint>(outcome);
    line += "\"run\": " + write_json(JsonValue(failed.run), JsonLayout::kOneLine) +
            ", \"error\": " + write_json(JsonValue(failed.error), JsonLayout::kOneLine);
  }
  return line + "}\n";
}

Result<std::pair<std::int64_t, PointOutcome>> read_journal_record(std::string_view line,
                                                                  const std::string& place,
                                                                  std::int64_t points) {
  KVFOOT_ASSIGN(const JsonValue value, parse_json(line, place));
  KVFOOT_ASSIGN(JsonFields fields, JsonFields::of(value, place));
  KVFOOT_ASSIGN(const std::int64_t point, fields.integer("point", 0, points - 1));
  if (const JsonValue* result = fields.optional("result"); result != nullptr) {
    KVFOOT_TRY(fields.finish());
    KVFOOT_ASSIGN(RunResult run, result_from_value(*result, place));
    return std::pair<std::int64_t, PointOutcome>(point, std::move(run));
  }
  FailedPoint failed;
  KVFOOT_ASSIGN(failed.run, fields.text("run"));
  KVFOOT_ASSIGN(failed.error, fields.text("error"));
  KVFOOT_TRY(fields.finish());
  return std::pair<std::int64_t, PointOutcome>(point, std::move(failed));
}

Result<SweepShard> parse_shard(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const auto index = parse_int(text.substr(0, slash));
    const auto count = parse_int(text.substr(slash + 1));
    if (index && count && *index >= 1 && *index <= *count) {
      return SweepShard{*index, *count};
    }
  }
  return Error{"shard", "'" + std::string(text) + "' is not a part of a whole",
               "write for example 2/8, the second of eight parts"};
}

std::filesystem::path journal_path(const std::filesystem::path& folder,
                                   const std::filesystem::path& scenario_file,
                                   const JournalKey& key, const SweepShard& shard) {
  std::string name = stem(scenario_file, key);
  if (shard.count > 1) {
    name += "-" + std::to_string(shard.index) + "of" + std::to_string(shard.count);
  }
  return folder / (name + std::string(kEnding));
}

std::vector<std::filesystem::path> all_journals(const std::filesystem::path& folder,
                                                const std::filesystem::path& scenario_file,
                                                const JournalKey& key) {
  std::vector<std::filesystem::path> paths;
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(folder, code)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(stem(scenario_file, key)) && name.ends_with(kEnding)) {
      paths.push_back(entry.path());
    }
  }
  std::ranges::sort(paths);
  return paths;
}

std::vector<std::filesystem::path> journals_of_other_versions(
    const std::filesystem::path& folder, const std::filesystem::path& scenario_file,
    const JournalKey& key) {
  const std::string prefix = scenario_file.stem().string() + "-";
  std::vector<std::filesystem::path> paths;
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(folder, code)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(kEnding)) {
      continue;
    }
    const std::string_view rest = std::string_view(name).substr(prefix.size());
    if (rest.size() <= key.scenario_hash.size()) {
      continue;
    }
    const std::string_view hash = rest.substr(0, key.scenario_hash.size());
    const bool hexadecimal = hash.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    const char next = rest[hash.size()];
    if (hexadecimal && (next == '.' || next == '-') && hash != key.scenario_hash) {
      paths.push_back(entry.path());
    }
  }
  std::ranges::sort(paths);
  return paths;
}

Result<std::optional<JournalContents>> read_journal(const std::filesystem::path& path,
                                                    const JournalKey& key) {
  std::error_code code;
  if (!std::filesystem::exists(path, code)) {
    return std::optional<JournalContents>();
  }
  KVFOOT_ASSIGN(const std::string bytes, read_file(path, kMaxJournalBytes));
  JournalContents contents;
  std::string_view left = bytes;
  std::int64_t line_number = 0;
  for (std::size_t newline = left.find('\n'); newline != std::string_view::npos;
       newline = left.find('\n')) {
    ++line_number;
    const std::string place = path.string() + ":" + std::to_string(line_number);
    const std::string_view line = left.substr(0, newline + 1);
    if (line_number == 1) {
      if (line != header_line(key)) {
        return foreign_header(line.substr(0, newline), place, key);
      }
    } else {
      auto record = read_journal_record(line.substr(0, newline), place, key.points);
      if (!record) {
        Error error = std::move(record).error();
        error.hint = "the journal is damaged: " + std::string(kRemedy);
        return error;
      }
      const std::int64_t point = record->first;
      if (!contents.outcomes.emplace(*std::move(record)).second) {
        return Error{place, "point " + std::to_string(point) + " is listed twice",
                     "the journal is damaged: " + std::string(kRemedy)};
      }
    }
    contents.whole_bytes += static_cast<std::int64_t>(line.size());
    left.remove_prefix(line.size());
  }
  return line_number == 0 ? std::optional<JournalContents>() : std::optional(std::move(contents));
}

Result<Journal> Journal::open(const std::filesystem::path& path, const JournalKey& key,
                              std::int64_t keep_bytes) {
  KVFOOT_ASSIGN(AppendFile file, AppendFile::open(path, keep_bytes));
  Journal journal(std::move(file));
  if (keep_bytes == 0) {
    KVFOOT_TRY(journal.file_.append(header_line(key)));
  }
  return journal;
}

Status Journal::append(const PointOutcomes& outcomes) {
  std::string records;
  for (const auto& [point, outcome] : outcomes) {
    records += journal_record(point, outcome);
  }
  KVFOOT_TRY(file_.append(records));
  // Waiting for the disk after every record would cost more than most replays of a shape.
  const auto now = std::chrono::steady_clock::now();
  if (now - synced_ < kSyncEvery) {
    return {};
  }
  synced_ = now;
  return sync();
}

}  // namespace kvfoot
