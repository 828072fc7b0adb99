// Messages come with their numbers in them: they are matched against patterns with places.
#include "gui/model/table_text.hpp"

#include <QCoreApplication>
#include <QRegularExpression>

namespace kvfoot::gui {
namespace {

QString translated(const char* context, std::string_view english) {
  return QCoreApplication::translate(context, std::string(english).c_str());
}

// %1, %2 ... in the order in which the English sentence has them.
constexpr const char* kMessages[] = {
    // warnings of replays
    QT_TRANSLATE_NOOP("Message",
                      "attention was recorded in blocks of rows: scores and retained mass are "
                      "approximate"),
    QT_TRANSLATE_NOOP("Message",
                      "the trace has no votes of patched chunks of this size: the last rows of "
                      "the prompt voted instead; record with --side-votes for the chunk size"),
    QT_TRANSLATE_NOOP("Message", "rows beyond the %1 recorded ones repeat the last recorded row"),
    QT_TRANSLATE_NOOP(
        "Message", "bytes are those of %1; what quantisation does to the output is not modelled"),
    QT_TRANSLATE_NOOP("Message",
                      "bytes hold the metadata of %1; which entries it selects is not simulated: "
                      "all resident entries count as live"),
    QT_TRANSLATE_NOOP("Message",
                      "every layer of %1 sees its last %2 tokens only: the policy has nothing to "
                      "decide"),
    QT_TRANSLATE_NOOP("Message",
                      "the published closed forms say nothing about single passes: times and whole "
                      "memory are absent under paper accounting"),
    QT_TRANSLATE_NOOP("Message",
                      "the published script prefills every prompt token; last-prompt-token decode "
                      "does not change its numbers"),
    QT_TRANSLATE_NOOP(
        "Message",
        "the policy evicted nothing that a later row could have seen: its budgets are "
        "not smaller than the context"),
    QT_TRANSLATE_NOOP("Message", "the peak of %1 does not fit into the %2 of %3"),
    QT_TRANSLATE_NOOP("Message",
                      "group=none stores every KV head %1 times, once per query head: bytes count "
                      "the copies, the footprint is a mean over them"),
    QT_TRANSLATE_NOOP("Message",
                      "the budget of %1 tokens per stream is not below the %2 that there are: "
                      "nothing is evicted"),
    QT_TRANSLATE_NOOP("Message",
                      "streaming heads were chosen by a hash of seed %1: counts hold for any "
                      "choice, quality does not"),
    // cautions of comparisons
    QT_TRANSLATE_NOOP("Message",
                      "the runs have different numbers of rows: footprint and peak residency are "
                      "shares of different wholes"),
    QT_TRANSLATE_NOOP("Message",
                      "the models have different streams: entries and bytes do not compare"),
    QT_TRANSLATE_NOOP("Message", "entries have different sizes: bytes do not compare"),
    QT_TRANSLATE_NOOP("Message", "one counts as published, the other exactly"),
    QT_TRANSLATE_NOOP("Message",
                      "KV types, page sizes or layouts differ: entries compare, bytes do not"),
    QT_TRANSLATE_NOOP("Message",
                      "the batches differ: entries are those of one request, bytes and times those "
                      "of all"),
    QT_TRANSLATE_NOOP("Message",
                      "the attention comes from different traces: retained mass does not compare"),
    QT_TRANSLATE_NOOP("Message", "the clocks are those of different machines"),
    QT_TRANSLATE_NOOP(
        "Message", "only one of the runs has a device: the other has no times and no whole memory"),
};

// The pattern that matches a message, with a group for each place.
QRegularExpression pattern_of(const char* message) {
  static const QRegularExpression kPlace(QStringLiteral("%\\\\?[1-9]"));
  QString text = QRegularExpression::escape(QString::fromUtf8(message));
  text.replace(QLatin1String("\\%"), QLatin1String("%"));
  text.replace(kPlace, QStringLiteral("(.+)"));
  return QRegularExpression(QRegularExpression::anchoredPattern(text));
}

}  // namespace

QString policy_text(std::string_view english) { return translated("Policy", english); }

QString segment_name(std::string_view english) { return translated("Segment", english); }

QString message_text(const std::string& english) {
  const QString text = QString::fromStdString(english);
  for (const char* message : kMessages) {
    QString said = QCoreApplication::translate("Message", message);
    if (said == QString::fromUtf8(message)) {
      continue;  // English is spoken
    }
    const QRegularExpressionMatch match = pattern_of(message).match(text);
    if (match.hasMatch()) {
      for (int place = 1; place <= match.lastCapturedIndex(); ++place) {
        said = said.arg(match.captured(place));
      }
      return said;
    }
  }
  return text;
}

}  // namespace kvfoot::gui
