// Strict reading of lesson files.
#include "gui/model/lesson.hpp"

#include <algorithm>
#include <cmath>

#include "gui/model/scenario_text.hpp"
#include "sim/core/text.hpp"
#include "sim/scenario/axes.hpp"

namespace kvfoot::gui {
namespace {

constexpr std::string_view kVersion = "1";
constexpr std::int64_t kMostRows = 0x7fffffff;
constexpr std::int64_t kMostDigits = 6;

class Reader {
 public:
  Reader(const std::string& file, const std::filesystem::path& data)
      : source_(file), file_(file), data_(data) {}

  Result<Lesson> read(const YamlNode& root) {
    KVFOOT_ASSIGN(ScenarioMap map, ScenarioMap::of(source_, root, "the lesson"));
    KVFOOT_ASSIGN(const std::string version, text(map, "kvfoot_lesson"));
    if (version != kVersion) {
      return source_.error(root.line, "lesson version '" + version + "' is unknown",
                           "this program reads version " + std::string(kVersion));
    }
    KVFOOT_ASSIGN(lesson_.title, text(map, "title"));
    KVFOOT_ASSIGN(lesson_.summary, text(map, "summary"));
    if (const YamlNode* scenarios = map.get("scenarios"); scenarios != nullptr) {
      KVFOOT_TRY(read_scenarios(*scenarios));
    }
    KVFOOT_ASSIGN(const std::vector<const YamlNode*> steps, list(map, "steps"));
    for (const YamlNode* node : steps) {
      KVFOOT_ASSIGN(LessonStep step, read_step(*node));
      lesson_.steps.push_back(std::move(step));
    }
    KVFOOT_TRY(map.finish());
    return std::move(lesson_);
  }

 private:
  Result<std::string> text(ScenarioMap& map, std::string_view key) const {
    const YamlNode* node = map.get(key);
    if (node == nullptr) {
      return source_.error(map.line(), "has no '" + std::string(key) + "'");
    }
    KVFOOT_ASSIGN(std::string value, scalar_text(source_, *node, key));
    if (trim(value).empty()) {
      return source_.error(node->line, std::string(key) + " is empty");
    }
    return std::string(trim(value));
  }

  Result<std::string> optional_text(ScenarioMap& map, std::string_view key) const {
    return map.get(key) == nullptr ? Result<std::string>(std::string()) : text(map, key);
  }

  Result<std::vector<const YamlNode*>> list(ScenarioMap& map, std::string_view key) const {
    const YamlNode* node = map.get(key);
    if (node == nullptr) {
      return source_.error(map.line(), "has no '" + std::string(key) + "'");
    }
    if (node->kind != YamlNode::Kind::kList) {
      return source_.error(node->line, std::string(key) + " is " + std::string(node->kind_name()) +
                                           ", must be a list");
    }
    return axis_items(source_, *node, key);
  }

  Result<std::optional<std::int64_t>> number(ScenarioMap& map, std::string_view key,
                                             std::int64_t most) const {
    const YamlNode* node = map.get(key);
    if (node == nullptr) {
      return std::optional<std::int64_t>();
    }
    KVFOOT_ASSIGN(const std::string value, scalar_text(source_, *node, key));
    const auto parsed = parse_int(value);
    if (!parsed || *parsed < 0 || *parsed > most) {
      return source_.error(node->line, std::string(key) + " '" + value +
                                           "' is not an integer from 0 to " + std::to_string(most));
    }
    return parsed;
  }

  Result<LessonExpression> expression(const YamlNode& node, std::string_view key) const {
    KVFOOT_ASSIGN(const std::string value, scalar_text(source_, node, key));
    auto parsed = LessonExpression::parse(value);
    if (!parsed) {
      return source_.error(node.line,
                           Error{std::string(key), parsed.error().what, parsed.error().hint});
    }
    for (const std::string& name : parsed->scenarios()) {
      KVFOOT_TRY(known(name, node.line));
    }
    return parsed;
  }

  Result<LessonExpression> expression(ScenarioMap& map, std::string_view key) const {
    const YamlNode* node = map.get(key);
    if (node == nullptr) {
      return source_.error(map.line(), "has no '" + std::string(key) + "'");
    }
    return expression(*node, key);
  }

  Status known(const std::string& scenario, int line) const {
    if (lesson_.find(scenario) != nullptr) {
      return {};
    }
    std::vector<std::string> names;
    for (const auto& [name, what_if] : lesson_.scenarios) {
      names.push_back(name);
    }
    return source_.error(line, "the lesson has no scenario '" + scenario + "'",
                         suggestion(scenario, names));
  }

  Status read_scenarios(const YamlNode& node) {
    KVFOOT_TRY(ScenarioMap::of(source_, node, "scenarios"));
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      KVFOOT_ASSIGN(WhatIf what_if, read_what_if(node.items[i], file_, data_));
      lesson_.scenarios.emplace_back(node.keys[i].first, std::move(what_if));
    }
    return {};
  }

  Result<LessonStep> read_step(const YamlNode& node) const {
    KVFOOT_ASSIGN(ScenarioMap map, ScenarioMap::of(source_, node, "the step"));
    LessonStep step;
    KVFOOT_ASSIGN(step.title, text(map, "title"));
    KVFOOT_ASSIGN(step.text, text(map, "text"));
    KVFOOT_ASSIGN(step.picture, read_picture(map));
    if (const YamlNode* question = map.get("question"); question != nullptr) {
      KVFOOT_ASSIGN(step.question, read_question(*question));
    }
    if (const YamlNode* reveal = map.get("reveal"); reveal != nullptr) {
      if (!step.question) {
        return source_.error(reveal->line, "a step without a question has nothing to reveal",
                             "give the step 'show' and 'look'");
      }
      KVFOOT_ASSIGN(ScenarioMap members, ScenarioMap::of(source_, *reveal, "reveal"));
      KVFOOT_ASSIGN(step.reveal, read_picture(members));
      KVFOOT_TRY(members.finish());
      if (step.reveal.show.empty()) {
        return source_.error(reveal->line, "reveal has no 'show'");
      }
    }
    if (map.get("facts") != nullptr) {
      KVFOOT_ASSIGN(const std::vector<const YamlNode*> facts, list(map, "facts"));
      for (const YamlNode* fact : facts) {
        KVFOOT_ASSIGN(LessonExpression claim, expression(*fact, "facts"));
        step.facts.emplace_back(std::move(claim), fact->line);
      }
    }
    KVFOOT_TRY(map.finish());
    return step;
  }

  // What is shown, where, and beside what; empty if the map has none of it.
  Result<LessonPicture> read_picture(ScenarioMap& map) const {
    LessonPicture picture;
    KVFOOT_ASSIGN(picture.show, optional_text(map, "show"));
    KVFOOT_ASSIGN(picture.look, optional_text(map, "look"));
    KVFOOT_ASSIGN(picture.row, number(map, "row", kMostRows));
    KVFOOT_ASSIGN(picture.key, number(map, "key", kMostRows));
    if (const YamlNode* stream = map.get("stream"); stream != nullptr) {
      KVFOOT_ASSIGN(picture.stream, read_stream(*stream));
    }
    if (map.get("pins") != nullptr) {
      KVFOOT_ASSIGN(const std::vector<const YamlNode*> pins, list(map, "pins"));
      for (const YamlNode* pin : pins) {
        KVFOOT_ASSIGN(std::string name, scalar_text(source_, *pin, "pins"));
        KVFOOT_TRY(known(name, pin->line));
        picture.pins.push_back(std::move(name));
      }
    }
    const bool placed = picture.row || picture.key || picture.stream || !picture.pins.empty();
    if (picture.show.empty() != picture.look.empty() || (picture.show.empty() && placed)) {
      return source_.error(map.line(), "what shows something has 'show' and 'look'",
                           "show: a scenario of the lesson, look: a view");
    }
    if (picture.show.empty()) {
      return picture;
    }
    KVFOOT_TRY(known(picture.show, map.get("show")->line));
    if (std::ranges::find(kLessonViews, picture.look) == kLessonViews.end()) {
      return source_.error(map.get("look")->line, "look '" + picture.look + "' is not a view",
                           suggestion(picture.look, std::vector<std::string>(kLessonViews.begin(),
                                                                             kLessonViews.end())));
    }
    return picture;
  }

  Result<StreamChoice> read_stream(const YamlNode& node) const {
    KVFOOT_ASSIGN(ScenarioMap members, ScenarioMap::of(source_, node, "stream"));
    KVFOOT_ASSIGN(const auto layer, number(members, "layer", kMostRows));
    KVFOOT_ASSIGN(const auto head, number(members, "head", kMostRows));
    KVFOOT_TRY(members.finish());
    if (!layer || !head) {
      return source_.error(node.line, "stream needs 'layer' and 'head'");
    }
    return StreamChoice{static_cast<std::int32_t>(*layer), static_cast<std::int32_t>(*head)};
  }

  Result<LessonQuestion> read_question(const YamlNode& node) const {
    KVFOOT_ASSIGN(ScenarioMap map, ScenarioMap::of(source_, node, "the question"));
    LessonQuestion question;
    KVFOOT_ASSIGN(question.ask, text(map, "ask"));
    const bool choices = map.get("choices") != nullptr;
    if (choices == (map.get("number") != nullptr)) {
      return source_.error(node.line, "a question has either 'choices' or 'number'");
    }
    if (choices) {
      KVFOOT_ASSIGN(const std::vector<const YamlNode*> items, list(map, "choices"));
      if (items.size() < 2) {
        return source_.error(node.line, "a question has at least two choices");
      }
      for (const YamlNode* item : items) {
        KVFOOT_ASSIGN(ScenarioMap members, ScenarioMap::of(source_, *item, "the choice"));
        LessonChoice choice;
        KVFOOT_ASSIGN(choice.text, text(members, "text"));
        KVFOOT_ASSIGN(choice.why, text(members, "why"));
        KVFOOT_ASSIGN(choice.holds, expression(members, "holds"));
        KVFOOT_TRY(members.finish());
        question.choices.push_back(std::move(choice));
      }
    } else {
      KVFOOT_ASSIGN(question.number, read_number(*map.get("number")));
      KVFOOT_ASSIGN(question.why, text(map, "why"));
      KVFOOT_ASSIGN(question.hint, text(map, "hint"));
    }
    KVFOOT_TRY(map.finish());
    return question;
  }

  Result<LessonNumber> read_number(const YamlNode& node) const {
    KVFOOT_ASSIGN(ScenarioMap map, ScenarioMap::of(source_, node, "the number"));
    LessonNumber number;
    KVFOOT_ASSIGN(number.value, expression(map, "value"));
    KVFOOT_ASSIGN(const std::string tolerance, text(map, "tolerance"));
    const auto parsed = parse_double(tolerance);
    if (!parsed || !std::isfinite(*parsed) || *parsed < 0) {
      return source_.error(map.get("tolerance")->line,
                           "tolerance '" + tolerance + "' is not a number, 0 or more");
    }
    number.tolerance = *parsed;
    KVFOOT_ASSIGN(number.unit, optional_text(map, "unit"));
    KVFOOT_ASSIGN(const auto digits, this->number(map, "digits", kMostDigits));
    number.digits = static_cast<int>(digits.value_or(0));
    if (map.get("mistakes") != nullptr) {
      KVFOOT_ASSIGN(const std::vector<const YamlNode*> items, list(map, "mistakes"));
      for (const YamlNode* item : items) {
        KVFOOT_ASSIGN(ScenarioMap members, ScenarioMap::of(source_, *item, "the mistake"));
        LessonMistake mistake;
        KVFOOT_ASSIGN(mistake.value, expression(members, "value"));
        KVFOOT_ASSIGN(mistake.why, text(members, "why"));
        KVFOOT_TRY(members.finish());
        number.mistakes.push_back(std::move(mistake));
      }
    }
    KVFOOT_TRY(map.finish());
    return number;
  }

  ScenarioSource source_;
  const std::string& file_;
  const std::filesystem::path& data_;
  Lesson lesson_;
};

}  // namespace

Result<Lesson> parse_lesson(std::string_view text, const std::string& file,
                            const std::filesystem::path& data) {
  KVFOOT_ASSIGN(const YamlNode root, parse_yaml(text, file));
  return Reader(file, data).read(root);
}

}  // namespace kvfoot::gui
