// Every lesson: it parses, its scenarios run, its texts are true, its answers check.
#include "gui/model/lesson.hpp"

#include <gtest/gtest.h>

#include <QRegularExpression>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "gui/model/data_folder.hpp"
#include "gui/model/lesson_check.hpp"
#include "gui/model/lesson_progress.hpp"
#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

std::vector<Lesson> lessons(const std::string& language = "en") {
  auto read = builtin_lessons(language, find_data_folder());
  EXPECT_TRUE(read.ok()) << (read ? "" : read.error().message());
  return read ? *read : std::vector<Lesson>();
}

LessonOutcomes all_outcomes(const Lesson& lesson) {
  SourceCache sources;
  LessonOutcomes outcomes;
  for (const auto& [name, what_if] : lesson.scenarios) {
    auto outcome = compute(what_if, sources);
    EXPECT_TRUE(outcome.ok()) << lesson.name << ", " << name << ": "
                              << (outcome ? "" : outcome.error().message());
    if (outcome) {
      outcomes[name] = *outcome;
    }
  }
  return outcomes;
}

TEST(Lessons, ThereAreSomeAndEachAsks) {
  std::set<std::string> names;
  for (const Lesson& lesson : lessons()) {
    EXPECT_TRUE(names.insert(lesson.name).second);
    EXPECT_GE(lesson.questions(), 1) << lesson.name;
    EXPECT_GE(lesson.steps.size(), 3U) << lesson.name;
    EXPECT_EQ(lesson.summary.find('\n'), std::string::npos) << lesson.name;
  }
  EXPECT_GE(names.size(), 7U);
}

TEST(Lessons, EveryFactIsTrue) {
  for (const Lesson& lesson : lessons()) {
    const LessonOutcomes outcomes = all_outcomes(lesson);
    for (const LessonStep& step : lesson.steps) {
      for (const auto& [fact, line] : step.facts) {
        const auto value = fact.value(outcomes);
        ASSERT_TRUE(value.ok()) << lesson.name << ".yaml:" << line << ": "
                                << value.error().message();
        EXPECT_EQ(*value, 1) << lesson.name << ".yaml:" << line << ": " << fact.text();
      }
    }
  }
}

TEST(Lessons, OneChoiceIsRightAndTheOthersAreWrong) {
  for (const Lesson& lesson : lessons()) {
    const LessonOutcomes outcomes = all_outcomes(lesson);
    for (const LessonStep& step : lesson.steps) {
      if (!step.question || step.question->number) {
        continue;
      }
      int right = 0;
      for (std::size_t i = 0; i < step.question->choices.size(); ++i) {
        const auto verdict = check_choice(*step.question, i, outcomes);
        ASSERT_TRUE(verdict.ok()) << verdict.error().message();
        right += verdict->right ? 1 : 0;
        const auto solution = solve(*step.question, outcomes);
        ASSERT_TRUE(solution.ok()) << solution.error().message();
        EXPECT_EQ(solution->choice == i, verdict->right) << lesson.name << ": " << step.title;
      }
      EXPECT_EQ(right, 1) << lesson.name << ": " << step.title;
    }
  }
}

TEST(Lessons, TheNumberIsRightAndItsMistakesAreWrong) {
  for (const Lesson& lesson : lessons()) {
    const LessonOutcomes outcomes = all_outcomes(lesson);
    for (const LessonStep& step : lesson.steps) {
      if (!step.question || !step.question->number) {
        continue;
      }
      const LessonQuestion& question = *step.question;
      const LessonNumber& number = *question.number;
      const auto value = number.value.value(outcomes);
      ASSERT_TRUE(value.ok()) << value.error().message();
      const auto check = [&](double given) {
        const auto verdict = check_number(question, given, outcomes);
        EXPECT_TRUE(verdict.ok());
        return verdict ? *verdict : LessonVerdict();
      };
      const std::string place = lesson.name + ": " + step.title;
      EXPECT_TRUE(check(*value).right) << place;
      const auto solution = solve(question, outcomes);
      ASSERT_TRUE(solution.ok()) << place;
      EXPECT_EQ(solution->value, *value) << place;
      EXPECT_EQ(solution->why, question.why) << place;
      EXPECT_EQ(check(*value).value, *value) << place;
      EXPECT_TRUE(check(*value + 0.99 * number.tolerance).right) << place;
      EXPECT_FALSE(check(*value + 1.01 * number.tolerance + 1e-9).right) << place;
      EXPECT_FALSE(check(*value - 1.01 * number.tolerance - 1e-9).right) << place;
      for (const LessonMistake& mistake : number.mistakes) {
        const auto mistaken = mistake.value.value(outcomes);
        ASSERT_TRUE(mistaken.ok()) << mistaken.error().message();
        EXPECT_FALSE(check(*mistaken).right) << place << ", mistake " << *mistaken;
        EXPECT_EQ(check(*mistaken).why, mistake.why) << place << ", mistake " << *mistaken;
      }
    }
  }
}

// Of a step: as it begins, and after its question.
std::vector<const LessonPicture*> pictures(const LessonStep& step) {
  std::vector<const LessonPicture*> all;
  for (const LessonPicture* picture : {&step.picture, &step.reveal}) {
    if (!picture->show.empty()) {
      all.push_back(picture);
    }
  }
  return all;
}

TEST(Lessons, PlacesExistInWhatIsShown) {
  for (const Lesson& lesson : lessons()) {
    const LessonOutcomes outcomes = all_outcomes(lesson);
    for (const LessonStep& step : lesson.steps) {
      for (const LessonPicture* picture : pictures(step)) {
        const Outcome& outcome = *outcomes.at(picture->show);
        const std::string place = lesson.name + ": " + step.title;
        EXPECT_LT(picture->row.value_or(0), outcome.result.metrics.rows) << place;
        EXPECT_LT(picture->key.value_or(0), outcome.result.metrics.rows) << place;
        if (picture->stream) {
          EXPECT_LT(picture->stream->layer, outcome.layers()) << place;
          EXPECT_LT(picture->stream->head, outcome.heads()) << place;
        }
        if (picture->look == "states" || picture->look == "tokens") {
          EXPECT_NE(outcome.lives, nullptr) << place << " looks at keys, which nobody knows";
        }
        if (picture->look == "compare") {
          EXPECT_FALSE(picture->pins.empty()) << place;
        }
        if (picture->look == "memory") {
          EXPECT_FALSE(outcome.memory.empty()) << place;
        }
      }
    }
  }
}

// A prediction is no prediction once the window has shown the run that it is about; what stands in
// a map of keys is seen there alone.
TEST(Lessons, WhatIsRevealedHasNotBeenSeenBefore) {
  int reveals = 0;
  for (const Lesson& lesson : lessons()) {
    std::set<std::string> seen;
    const auto place = [](const LessonPicture& picture) {
      return picture.show + (picture.look == "states" ? ", states" : "");
    };
    const auto see = [&](const LessonPicture& picture) {
      seen.insert(place(picture));
      seen.insert(picture.pins.begin(), picture.pins.end());
    };
    for (const LessonStep& step : lesson.steps) {
      see(step.picture);
      if (!step.reveal.show.empty()) {
        ++reveals;
        EXPECT_FALSE(seen.contains(place(step.reveal)))
            << lesson.name << ", " << step.title << ": " << step.reveal.show;
        see(step.reveal);
      }
    }
  }
  EXPECT_GE(reveals, 9);
}

TEST(Lessons, EveryScenarioIsUsed) {
  for (const Lesson& lesson : lessons()) {
    std::set<std::string> used;
    for (const LessonStep& step : lesson.steps) {
      for (const LessonPicture* picture : pictures(step)) {
        used.insert(picture->show);
        used.insert(picture->pins.begin(), picture->pins.end());
      }
      if (step.question) {
        const auto asked = step.question->scenarios();
        used.insert(asked.begin(), asked.end());
      }
      for (const auto& [fact, line] : step.facts) {
        used.insert(fact.scenarios().begin(), fact.scenarios().end());
      }
    }
    for (const auto& [name, what_if] : lesson.scenarios) {
      EXPECT_TRUE(used.contains(name)) << lesson.name << ": " << name;
    }
  }
}

TEST(Lessons, AStepWithoutAPictureHasTheOneBefore) {
  const auto lesson = parse_lesson(
      "kvfoot_lesson: 1\ntitle: A\nsummary: B\nscenarios:\n"
      "  one: {workload: {shape: llama-3.1-8b, prompt: 100}, policy: full}\n"
      "  two: {workload: {shape: llama-3.1-8b, prompt: 200}, policy: full}\n"
      "steps:\n"
      "  - {title: C, text: D}\n"
      "  - {title: C, text: D, show: one, look: timeline}\n"
      "  - title: C\n    text: D\n"
      "    question: {ask: E, choices: [{text: F, why: G, holds: 1}, {text: F, why: G, holds: "
      "0}]}\n"
      "    reveal: {show: two, look: compare}\n"
      "  - {title: C, text: D}\n",
      "a.yaml", "");
  ASSERT_TRUE(lesson.ok()) << lesson.error().message();
  const auto shown = [&](std::size_t step, bool answered) {
    const LessonPicture* picture = lesson->picture(step, answered);
    return picture == nullptr ? "none" : picture->show;
  };
  EXPECT_EQ(shown(0, false), "none");
  EXPECT_EQ(shown(1, false), "one");
  EXPECT_EQ(shown(2, false), "one");
  EXPECT_EQ(shown(2, true), "two");
  EXPECT_EQ(shown(3, false), "two");
}

bool has_han(const std::string& text) {
  const QString characters = QString::fromStdString(text);
  return std::ranges::any_of(characters, [](QChar c) { return c.script() == QChar::Script_Han; });
}

TEST(Lessons, AllAreThereInChinese) {
  const std::vector<Lesson> english = lessons();
  const std::vector<Lesson> chinese = lessons("zh_CN");
  ASSERT_EQ(english.size(), chinese.size());
  for (std::size_t i = 0; i < english.size(); ++i) {
    const std::string& name = english[i].name;
    EXPECT_EQ(name, chinese[i].name);
    EXPECT_TRUE(has_han(chinese[i].title)) << name;
    EXPECT_TRUE(has_han(chinese[i].summary)) << name;
    EXPECT_EQ(english[i].scenarios, chinese[i].scenarios) << name;
    ASSERT_EQ(english[i].steps.size(), chinese[i].steps.size()) << name;
    for (std::size_t k = 0; k < english[i].steps.size(); ++k) {
      const LessonStep& step = chinese[i].steps[k];
      EXPECT_TRUE(has_han(step.title) && has_han(step.text)) << name << " " << k;
      ASSERT_EQ(english[i].steps[k].question.has_value(), step.question.has_value()) << name;
      if (step.question) {
        EXPECT_EQ(english[i].steps[k].question->choices.size(), step.question->choices.size());
        EXPECT_TRUE(has_han(step.question->ask)) << name << " " << k;
      }
    }
  }
}

// All texts of a lesson, in the order of the file.
std::vector<std::string> texts(const Lesson& lesson) {
  std::vector<std::string> all{lesson.title, lesson.summary};
  for (const LessonStep& step : lesson.steps) {
    all.insert(all.end(), {step.title, step.text});
    if (step.question) {
      all.insert(all.end(), {step.question->ask, step.question->why, step.question->hint});
      for (const LessonChoice& choice : step.question->choices) {
        all.insert(all.end(), {choice.text, choice.why});
      }
      if (step.question->number) {
        for (const LessonMistake& mistake : step.question->number->mistakes) {
          all.push_back(mistake.why);
        }
      }
    }
  }
  return all;
}

// A number of the English text that the Chinese one has not is a mistake of the translator.
TEST(Lessons, TranslationsHaveTheNumbersOfTheTexts) {
  static const QRegularExpression kNumber(QStringLiteral("[0-9]+(\\.[0-9]+)?"));
  const auto numbers = [](const std::string& text) {
    std::set<QString> found;
    auto at = kNumber.globalMatch(QString::fromStdString(text));
    while (at.hasNext()) {
      found.insert(at.next().captured());
    }
    return found;
  };
  const std::vector<Lesson> english = lessons();
  const std::vector<Lesson> chinese = lessons("zh_CN");
  ASSERT_EQ(english.size(), chinese.size());
  for (std::size_t i = 0; i < english.size(); ++i) {
    const std::vector<std::string> here = texts(english[i]);
    const std::vector<std::string> there = texts(chinese[i]);
    ASSERT_EQ(here.size(), there.size()) << english[i].name;
    for (std::size_t k = 0; k < here.size(); ++k) {
      for (const QString& number : numbers(here[k])) {
        EXPECT_TRUE(numbers(there[k]).contains(number))
            << english[i].name << ": " << number.toStdString() << " in " << there[k];
      }
    }
  }
}

TEST(LessonProgress, AQuestionStaysAtItsBest) {
  Lesson lesson;
  lesson.name = "made-up";
  lesson.steps.resize(3);
  lesson.steps[1].question.emplace();
  lesson.steps[2].question.emplace();
  for (const bool kept : {false, true}) {
    LessonProgress progress(kept);
    progress.mark(lesson, 0, LessonAnswer::kRight);  // asks nothing
    progress.mark(lesson, 1, LessonAnswer::kShown);
    EXPECT_EQ(progress.answer(lesson, 1), LessonAnswer::kShown);
    EXPECT_EQ(progress.answered(lesson), 1);
    EXPECT_EQ(progress.right(lesson), 0);
    for (const LessonAnswer answer :
         {LessonAnswer::kRight, LessonAnswer::kShown, LessonAnswer::kRight, LessonAnswer::kNone}) {
      progress.mark(lesson, 1, answer);
      EXPECT_EQ(progress.answer(lesson, 1), LessonAnswer::kRight);
    }
    EXPECT_EQ(progress.right(lesson), 1);
    EXPECT_FALSE(progress.done(lesson));
    progress.mark(lesson, 2, LessonAnswer::kShown);
    EXPECT_TRUE(progress.done(lesson));
    EXPECT_EQ(progress.answer(lesson, 3), LessonAnswer::kNone);
    progress.leave_at(lesson, 2);
    EXPECT_EQ(progress.left_at(lesson), 2U);
    progress.leave_at(lesson, 3);
    EXPECT_EQ(progress.left_at(lesson), 0U);  // after it
  }
  // Each is written once.
  EXPECT_EQ(QSettings()
                .value(QStringLiteral("lessons/made-up/right"))
                .toStringList()
                .count(QStringLiteral("1")),
            1);
  LessonProgress(true).forget_all();
  EXPECT_EQ(LessonProgress(true).answered(lesson), 0);
}

TEST(LessonRuns, ComputesWhatIsWantedOnce) {
  application();
  const std::vector<Lesson> all = lessons();
  LessonRuns runs;
  QSignalSpy finished(&runs, &LessonRuns::finished);
  runs.open(all.at(1));
  runs.want({"tiny", "tiny_full"});
  EXPECT_TRUE(runs.outcomes().empty());
  ASSERT_TRUE(wait_until([&] { return finished.count() == 1; }));
  EXPECT_EQ(runs.outcomes().size(), 2U);
  const OutcomePtr tiny = runs.outcomes().at("tiny");
  EXPECT_NEAR(tiny->result.metrics.footprint, 48.0 / 78.0, 1e-12);
  runs.want({"tiny"});
  EXPECT_EQ(finished.count(), 2);  // at once
  EXPECT_EQ(runs.outcomes().at("tiny"), tiny);
}

TEST(LessonRuns, WhatIsNoLongerWantedIsForgotten) {
  application();
  const std::vector<Lesson> all = lessons();
  LessonRuns runs;
  QSignalSpy finished(&runs, &LessonRuns::finished);
  runs.open(all.at(1));
  runs.want({"tiny"});
  ASSERT_TRUE(wait_until([&] { return finished.count() == 1; }));
  runs.want({"tiny_full"});
  runs.want({"tiny"});  // another question, whose runs are there
  EXPECT_EQ(finished.count(), 2);
  QTest::qWait(200);
  EXPECT_EQ(finished.count(), 2);
  EXPECT_EQ(runs.outcomes().size(), 1U);
}

TEST(DataFolder, IsFoundFromTheBuildAndFromAnInstallation) {
  const auto folder = find_data_folder();
  EXPECT_TRUE(std::filesystem::exists(folder / "models/kvfoot-3m/retrieval_heads.tsv")) << folder;
  EXPECT_EQ(find_data_folder("/"), std::filesystem::path());
  const QTemporaryDir prefix;
  const std::filesystem::path root = prefix.path().toStdString();
  std::filesystem::create_directories(root / "bin");
  std::filesystem::create_directories(root / "share/kvfoot/traces");
  EXPECT_EQ(find_data_folder(root / "bin"), std::filesystem::path());
  std::ofstream(root / "share/kvfoot/traces/needle-320-rows.h5") << "a trace";
  EXPECT_EQ(find_data_folder(root / "bin"), root / "share/kvfoot");
}

}  // namespace
}  // namespace kvfoot::gui
