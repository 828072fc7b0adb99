// Names, parameters and limits of the tasks: parse_task, to_text, task_table.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "executor/task/task.hpp"
#include "sim/core/text.hpp"

namespace kvfoot::task {
namespace {

// One parameter of a TaskSpec: where it lives and what it may be.
struct Field {
  std::string_view name;
  long low;
  long high;
  long (*get)(const TaskSpec&);
  void (*set)(TaskSpec&, long);
};

#define KVFOOT_TASK_FIELD(member, low, high)                                               \
  Field {                                                                                  \
    #member, low, high, [](const TaskSpec& s) { return static_cast<long>(s.member); },     \
        [](TaskSpec& s, long v) { s.member = static_cast<decltype(TaskSpec::member)>(v); } \
  }
const Field kFields[] = {
    KVFOOT_TASK_FIELD(length, 16, 16L << 20), KVFOOT_TASK_FIELD(depth, 0, 100),
    KVFOOT_TASK_FIELD(needles, 1, 1000),      KVFOOT_TASK_FIELD(digits, 1, 18),
    KVFOOT_TASK_FIELD(key_letters, 1, 16),    KVFOOT_TASK_FIELD(classes, 2, 10),
    KVFOOT_TASK_FIELD(triggers, 1, 64),       KVFOOT_TASK_FIELD(span, 1, 1000),
};
#undef KVFOOT_TASK_FIELD

const Field& field(std::string_view name) {
  return *std::find_if(std::begin(kFields), std::end(kFields),
                       [name](const Field& f) { return f.name == name; });
}

template <class Names>
std::string suggest(std::string_view text, const Names& names) {
  std::vector<std::string> words;
  for (const auto& entry : names) {
    words.emplace_back(entry.name);
  }
  return suggestion(text, words);
}

TaskSpec defaults_of(TaskKind kind) {
  TaskSpec spec;
  spec.kind = kind;
  spec.digits = kind == TaskKind::kNiah ? 5 : 3;
  spec.key_letters = 2;
  return spec;
}

}  // namespace

const std::vector<TaskInfo>& task_table() {
  static const TaskParameter length{"length", "largest prompt in tokens", "1024"};
  static const TaskParameter depth{"depth", "place of the asked fact in percent",
                                   "drawn per sample"};
  static const std::vector<TaskInfo> table = {
      {TaskKind::kNiah,
       "niah",
       "a passcode in filler text, asked at the end",
       {length,
        depth,
        {"needles", "passcodes in the text, one of them asked", "1"},
        {"digits", "digits of a passcode", "5"}}},
      {TaskKind::kKeyValue,
       "kv",
       "pairs such as ab=123 between filler words, one of them asked",
       {length,
        depth,
        {"key_letters", "letters of a key", "2"},
        {"digits", "digits of a value", "3"}}},
      {TaskKind::kJsonKeyValue,
       "json_kv",
       "a JSON object, the value of one key asked",
       {length,
        depth,
        {"key_letters", "letters of a key", "2"},
        {"digits", "digits of a value", "3"}}},
      {TaskKind::kClassify,
       "icl",
       "labelled lines, the label of one more line asked",
       {length,
        depth,
        {"classes", "number of labels", "4"},
        {"triggers", "words that mark a label", "2"}}},
      {TaskKind::kCopy,
       "copy",
       "made-up words, to be copied",
       {length, depth, {"span", "words to be copied", "4"}}},
  };
  return table;
}

std::string_view task_name(TaskKind kind) {
  const auto& table = task_table();
  return std::find_if(table.begin(), table.end(),
                      [kind](const TaskInfo& info) { return info.kind == kind; })
      ->name;
}

Result<TaskSpec> parse_task(std::string_view text) {
  const std::string where = "task '" + std::string(text) + "'";
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const auto& table = task_table();
  const auto info = std::find_if(table.begin(), table.end(),
                                 [name](const TaskInfo& entry) { return entry.name == name; });
  if (info == table.end()) {
    return Error{where, "unknown task '" + std::string(name) + "'", suggest(name, table)};
  }
  TaskSpec spec = defaults_of(info->kind);
  std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (colon != std::string_view::npos && rest.empty()) {
    return Error{where, "nothing after ':'", "write " + std::string(name) + ":length=1024"};
  }
  std::vector<std::string_view> seen;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
    const std::size_t equals = part.find('=');
    const std::string_view key = part.substr(0, equals);
    const auto& known = info->parameters;
    if (std::none_of(known.begin(), known.end(),
                     [key](const TaskParameter& p) { return p.name == key; })) {
      return Error{where, std::string(name) + " has no parameter '" + std::string(key) + "'",
                   suggest(key, known)};
    }
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
      return Error{where, "parameter '" + std::string(key) + "' is given twice", ""};
    }
    seen.push_back(key);
    const std::string_view value = equals == std::string_view::npos ? "" : part.substr(equals + 1);
    const Field& f = field(key);
    // Of the parameters, the length counts tokens.
    const auto tokens = parse_tokens(value);
    const auto number = key == "length" && tokens ? std::optional(*tokens) : parse_int(value);
    if (!number || *number < f.low || *number > f.high) {
      return Error{where,
                   std::string(key) + "=" + std::string(value) + " is not a whole number from " +
                       std::to_string(f.low) + " to " + std::to_string(f.high),
                   ""};
    }
    f.set(spec, static_cast<long>(*number));
    if (comma != std::string_view::npos && rest.empty()) {
      return Error{where, "nothing after ','", ""};
    }
  }
  return spec;
}

std::string to_text(const TaskSpec& spec) {
  const auto& table = task_table();
  const auto info = std::find_if(table.begin(), table.end(), [&spec](const TaskInfo& entry) {
    return entry.kind == spec.kind;
  });
  std::string text(info->name);
  char separator = ':';
  for (const TaskParameter& parameter : info->parameters) {
    if (parameter.name == "depth" && spec.depth == kAnyDepth) {
      continue;
    }
    text += separator + std::string(parameter.name) + "=" +
            std::to_string(field(parameter.name).get(spec));
    separator = ',';
  }
  return text;
}

}  // namespace kvfoot::task
