// Sentences about one entry; every word of them can be translated.
#include "gui/view/entry_text.hpp"

#include <QCoreApplication>

#include "gui/model/number_text.hpp"
#include "gui/model/trace_text.hpp"

namespace kvfoot::gui {
namespace {

struct Words {
  Q_DECLARE_TR_FUNCTIONS(StateMap)
};

constexpr qsizetype kLongestToken = 24;

QString number(std::int64_t value) { return count_text(value); }

QString quoted(const Outcome& outcome, std::int64_t position) {
  const QString words = token_words(outcome.trace.get(), position);
  return words.isEmpty() ? QString() : QLatin1Char(' ') + words;
}

QString heading(const Outcome& outcome, const EntryPlace& place) {
  const RunLengths& run = outcome.result.inputs.run;
  const Pass pass = pass_at(run, run.pass_of(place.row), 0);
  return Words::tr("Row %1%2 (%3) · key %4%5")
      .arg(number(place.row), quoted(outcome, place.row), pass_name(pass, run), number(place.key),
           quoted(outcome, place.key));
}

QString ending(const Outcome& outcome, const EntryStory::End& end) {
  const RunLengths& run = outcome.result.inputs.run;
  const QString when =
      Words::tr("after row %1 (end of %2)").arg(number(end.pass.end - 1), pass_name(end.pass, run));
  if (end.architecture) {
    return Words::tr("%1: the layer slides and holds its last %2 entries")
        .arg(when, number(end.kept));
  }
  return Words::tr("%1 by %2, which kept %3 of %4")
      .arg(when, QString::fromStdString(to_string(outcome.asked.policy)), number(end.kept),
           number(end.held));
}

QString percent(double share) {
  return share > 0 && share < 0.0001 ? Words::tr("below 0.01 %")
                                     : Words::tr("%1 %").arg(QString::number(100 * share, 'f', 2));
}

}  // namespace

QString token_words(const TraceReader* trace, std::int64_t position) {
  if (trace == nullptr || position < 0 ||
      position >= static_cast<std::int64_t>(trace->tokens().size())) {
    return {};
  }
  const auto text = trace->token_text(position);
  if (!text) {
    return {};
  }
  QString shown = visible_text(*text);
  if (shown.size() > kLongestToken) {
    shown = shown.left(kLongestToken) + QChar(0x2026);
  }
  return QChar(0x201C) + shown + QChar(0x201D);
}

QString entry_words(const Outcome& outcome, const EntryPlace& place, const EntryStory& story,
                    std::optional<float> mass) {
  QString state;
  switch (story.state) {
    case EntryStory::State::kUnborn:
      return heading(outcome, place) + Words::tr(": a row does not see keys that come after it");
    case EntryStory::State::kLive:
      state = story.end ? Words::tr("live; evicted later, %1").arg(ending(outcome, *story.end))
                        : Words::tr("live, and kept to the end");
      break;
    case EntryStory::State::kInactive:
      state = Words::tr("inactive: resident, outside the window of this row; evicted later, %1")
                  .arg(story.end ? ending(outcome, *story.end) : Words::tr("after the run"));
      break;
    case EntryStory::State::kEvicted:
      state = Words::tr("evicted %1").arg(ending(outcome, *story.end));
      break;
  }
  QString words = Words::tr("%1: %2").arg(heading(outcome, place), state);
  if (mass) {
    words += Words::tr(" · attention %1").arg(percent(static_cast<double>(*mass)));
  }
  return words;
}

QString entry_words(const Outcome& outcome, const EntryPlace& place, const plots::StateSum& sum) {
  if (place.key > place.row) {
    return heading(outcome, place) + Words::tr(": a row does not see keys that come after it");
  }
  const auto [evicted, inactive] = sum.at(place.row, place.key);
  const QString unseen =
      inactive > 0 ? Words::tr(", inactive in %1").arg(number(inactive)) : QString();
  return heading(outcome, place) + Words::tr(": live in %1%2, evicted in %3 of %4 streams")
                                       .arg(number(sum.streams() - evicted - inactive), unseen,
                                            number(evicted), number(sum.streams()));
}

}  // namespace kvfoot::gui
