// What the simulator says to an answer.
#pragma once

#include <QObject>
#include <optional>
#include <string>
#include <vector>

#include "gui/model/lesson.hpp"
#include "gui/model/replayer.hpp"

namespace kvfoot::gui {

struct LessonVerdict {
  bool right = false;
  std::string why;              // Markdown
  std::optional<double> value;  // of a number that is right: what the simulator computes
};

// `outcomes` hold all of question.scenarios(). Errors if the runs cannot answer the question.
[[nodiscard]] Result<LessonVerdict> check_choice(const LessonQuestion& question, std::size_t choice,
                                                 const LessonOutcomes& outcomes);
// `given` in the unit of the question.
[[nodiscard]] Result<LessonVerdict> check_number(const LessonQuestion& question, double given,
                                                 const LessonOutcomes& outcomes);

// The answer of the simulator.
struct LessonSolution {
  std::size_t choice = 0;       // of a question with choices
  std::optional<double> value;  // of one for a number
  std::string why;              // Markdown
};
[[nodiscard]] Result<LessonSolution> solve(const LessonQuestion& question,
                                           const LessonOutcomes& outcomes);

// Replays the scenarios of a lesson one after the other, away from the calling thread, and keeps
// what they came to.
class LessonRuns final : public QObject {
  Q_OBJECT
 public:
  explicit LessonRuns(QObject* parent = nullptr);

  // Another lesson: what was computed is forgotten.
  void open(const Lesson& lesson);
  // Computes what is not there yet; finished() follows at once or later.
  void want(const std::vector<std::string>& scenarios);
  [[nodiscard]] bool busy() const { return replayer_.busy(); }
  [[nodiscard]] const LessonOutcomes& outcomes() const { return outcomes_; }

 signals:
  void finished();  // all that was wanted is there
  void failed(const QString& message);

 private:
  void next();

  Lesson lesson_;
  LessonOutcomes outcomes_;
  std::vector<std::string> wanted_;
  Replayer replayer_;
};

}  // namespace kvfoot::gui
