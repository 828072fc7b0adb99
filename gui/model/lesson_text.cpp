// The texts of a lesson in another language.
#include "gui/model/lesson.hpp"
#include "sim/core/text.hpp"
#include "sim/io/yaml.hpp"
#include "sim/scenario/axes.hpp"

namespace kvfoot::gui {
namespace {

// Writes over the texts of a lesson; what stands there tells which texts there must be.
class Translator {
 public:
  explicit Translator(const std::string& file) : source_(file) {}

  Status translate(Lesson& lesson, const YamlNode& root) const {
    KVFOOT_ASSIGN(ScenarioMap map, ScenarioMap::of(source_, root, "the translation"));
    std::string version;
    KVFOOT_TRY(take(map, "kvfoot_lesson_text", version, true));
    if (version != "1") {
      return source_.error(root.line, "translation version '" + version + "' is unknown");
    }
    KVFOOT_TRY(take(map, "title", lesson.title));
    KVFOOT_TRY(take(map, "summary", lesson.summary));
    const auto one_step = [this](ScenarioMap& members, LessonStep& step) {
      return translate(members, step);
    };
    KVFOOT_TRY(each(map, "steps", lesson.steps, one_step));
    return map.finish();
  }

 private:
  Status translate(ScenarioMap& map, LessonStep& step) const {
    KVFOOT_TRY(take(map, "title", step.title));
    KVFOOT_TRY(take(map, "text", step.text));
    const YamlNode* node = map.get("question");
    if ((node != nullptr) != step.question.has_value()) {
      return source_.error(map.line(), node != nullptr ? "this step has no question"
                                                       : "the question of this step is missing");
    }
    if (node == nullptr) {
      return {};
    }
    KVFOOT_ASSIGN(ScenarioMap members, ScenarioMap::of(source_, *node, "the question"));
    LessonQuestion& question = *step.question;
    KVFOOT_TRY(take(members, "ask", question.ask));
    KVFOOT_TRY(take(members, "why", question.why));
    KVFOOT_TRY(take(members, "hint", question.hint));
    const auto one_choice = [this](ScenarioMap& texts, LessonChoice& choice) -> Status {
      KVFOOT_TRY(take(texts, "text", choice.text));
      return take(texts, "why", choice.why);
    };
    KVFOOT_TRY(each(members, "choices", question.choices, one_choice));
    if (question.number) {
      const auto one_mistake = [this](ScenarioMap& texts, LessonMistake& mistake) {
        return take(texts, "why", mistake.why);
      };
      KVFOOT_TRY(take(members, "unit", question.number->unit));
      KVFOOT_TRY(each(members, "mistakes", question.number->mistakes, one_mistake));
    }
    return members.finish();
  }

  // A text that the lesson has must be there, one that it does not have must not.
  Status take(ScenarioMap& map, std::string_view key, std::string& text,
              bool wanted = false) const {
    if (text.empty() && !wanted) {
      return {};  // finish() finds it if it is there
    }
    const YamlNode* node = map.get(key);
    if (node == nullptr) {
      return source_.error(map.line(), "has no '" + std::string(key) + "'");
    }
    KVFOOT_ASSIGN(const std::string value, scalar_text(source_, *node, key));
    if (trim(value).empty()) {
      return source_.error(node->line, std::string(key) + " is empty");
    }
    text = trim(value);
    return {};
  }

  template <class T, class F>
  Status each(ScenarioMap& map, std::string_view key, std::vector<T>& parts, const F& part) const {
    if (parts.empty()) {
      return {};
    }
    const YamlNode* node = map.get(key);
    const std::string wanted = std::to_string(parts.size()) + " " + std::string(key);
    if (node == nullptr || node->kind != YamlNode::Kind::kList) {
      return source_.error(node == nullptr ? map.line() : node->line, "has no list of " + wanted);
    }
    if (node->items.size() != parts.size()) {
      return source_.error(node->line, "has " + std::to_string(node->items.size()) + " " +
                                           std::string(key) + ", the lesson has " + wanted);
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
      KVFOOT_ASSIGN(ScenarioMap members, ScenarioMap::of(source_, node->items[i], key));
      KVFOOT_TRY(part(members, parts[i]));
      KVFOOT_TRY(members.finish());
    }
    return {};
  }

  ScenarioSource source_;
};

}  // namespace

Status translate_lesson(Lesson& lesson, std::string_view text, const std::string& file) {
  KVFOOT_ASSIGN(const YamlNode root, parse_yaml(text, file));
  return Translator(file).translate(lesson, root);
}

}  // namespace kvfoot::gui
