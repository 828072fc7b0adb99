// The built-in lessons, and what is asked of any.
#include <algorithm>

#include "gui/model/lesson.hpp"

namespace kvfoot::gui {

std::vector<std::string> LessonQuestion::scenarios() const {
  std::vector<std::string> names;
  const auto add = [&](const LessonExpression& expression) {
    for (const std::string& name : expression.scenarios()) {
      if (std::ranges::find(names, name) == names.end()) {
        names.push_back(name);
      }
    }
  };
  for (const LessonChoice& choice : choices) {
    add(choice.holds);
  }
  if (number) {
    add(number->value);
    for (const LessonMistake& mistake : number->mistakes) {
      add(mistake.value);
    }
  }
  return names;
}

const WhatIf* Lesson::find(std::string_view scenario) const {
  const auto at =
      std::ranges::find_if(scenarios, [&](const auto& entry) { return entry.first == scenario; });
  return at == scenarios.end() ? nullptr : &at->second;
}

int Lesson::questions() const {
  return static_cast<int>(std::ranges::count_if(
      steps, [](const LessonStep& step) { return step.question.has_value(); }));
}

const LessonPicture* Lesson::picture(std::size_t step, bool answered) const {
  const LessonPicture* last = nullptr;
  for (std::size_t i = 0; i <= step; ++i) {
    for (const LessonPicture* picture : {&steps[i].picture, &steps[i].reveal}) {
      const bool later = i == step && picture == &steps[i].reveal && !answered;
      if (!picture->show.empty() && !later) {
        last = picture;
      }
    }
  }
  return last;
}

Result<std::vector<Lesson>> builtin_lessons(std::string_view language,
                                            const std::filesystem::path& data) {
  const std::vector<LessonFile> files = builtin_lesson_files();
  std::vector<Lesson> lessons;
  for (const LessonFile& file : files) {
    if (file.name.find('.') != std::string_view::npos) {
      continue;  // a translation
    }
    const std::string name(file.name);
    KVFOOT_ASSIGN(Lesson lesson, parse_lesson(file.text, name + ".yaml", data));
    lesson.name = name;
    const std::string translated = name + "." + std::string(language);
    const auto at = std::ranges::find(files, std::string_view(translated), &LessonFile::name);
    if (at != files.end()) {
      KVFOOT_TRY(translate_lesson(lesson, at->text, translated + ".yaml"));
    }
    lessons.push_back(std::move(lesson));
  }
  return lessons;
}

}  // namespace kvfoot::gui
