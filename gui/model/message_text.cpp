// Messages come with their numbers in them: they are matched against patterns with places.
#include "gui/model/message_text.hpp"

#include <QCoreApplication>
#include <QRegularExpression>
#include <optional>
#include <span>

#include "gui/model/policy_fields.hpp"

namespace kvfoot::gui {
namespace {

// %1, %2 ... in the order in which the English sentence has them.
constexpr const char* kRemarks[] = {
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
                      "a chunk of %1 tokens keeps none of its entries: its share of the budget is "
                      "less than one entry; take larger chunks"),
    QT_TRANSLATE_NOOP("Message",
                      "a chunk of %1 tokens keeps its last %2 entries whatever is voted: the "
                      "window of %3 is not smaller than its budget"),
    QT_TRANSLATE_NOOP("Message",
                      "streaming heads were chosen by a hash of seed %1: counts hold for any "
                      "choice, quality does not"),
    // cautions of comparisons
    QT_TRANSLATE_NOOP("Message",
                      "the runs have different numbers of rows: footprint and peak residency are "
                      "shares of different wholes"),
    QT_TRANSLATE_NOOP("Message",
                      "the models have different streams: bytes compare, entries do not"),
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

// What is wrong with a value, and what to do; the first that matches counts.
constexpr const char* kComplaints[] = {
    QT_TRANSLATE_NOOP("Message", "'%1' is no number of tokens"),
    QT_TRANSLATE_NOOP("Message", "%1 is out of range"),
    QT_TRANSLATE_NOOP("Message",
                      "allowed: %1 to %2, as 4096, 32K or 1M; all: the whole prompt in one pass"),
    QT_TRANSLATE_NOOP("Message", "allowed: %1 to %2, as 4096, 32K or 1M"),
    QT_TRANSLATE_NOOP("Message", "allowed: %1 to %2"),
    QT_TRANSLATE_NOOP("Message", "allowed: %1"),
    QT_TRANSLATE_NOOP("Message", "'%1' cannot be used"),
    QT_TRANSLATE_NOOP("Message", "give a whole number from 1 to %1"),
    QT_TRANSLATE_NOOP("Message", "'%1' is no seed"),
    QT_TRANSLATE_NOOP("Message", "give a whole number from 0 to 2^64 - 1"),
    QT_TRANSLATE_NOOP("Message", "%1 is '%2', not a whole number"),
    QT_TRANSLATE_NOOP("Message", "%1 is '%2', not a decimal number"),
    QT_TRANSLATE_NOOP("Message", "%1 is '%2', not a size"),
    QT_TRANSLATE_NOOP("Message", "write for example 2GiB or 500MB"),
    QT_TRANSLATE_NOOP("Message", "give at least one byte"),
    QT_TRANSLATE_NOOP("Message", "bytes is %1, but one entry in each of %2 streams takes %3"),
    QT_TRANSLATE_NOOP("Message", "give at least that"),
    QT_TRANSLATE_NOOP("Message", "an even width has no middle: give an odd one"),
    QT_TRANSLATE_NOOP("Message", "patch=true with evict=end"),
    QT_TRANSLATE_NOOP("Message",
                      "after the last chunk the prompt's own end votes: drop one of the two"),
    QT_TRANSLATE_NOOP("Message", "heads names gates, not a 0/1 mask, and sparsity is missing"),
    QT_TRANSLATE_NOOP("Message", "say with sparsity= what share of the heads streams"),
    QT_TRANSLATE_NOOP("Message", "heads names a 0/1 mask, which fixes the sparsity already"),
    QT_TRANSLATE_NOOP("Message", "drop sparsity="),
    QT_TRANSLATE_NOOP("Message", "neither sparsity nor heads is given"),
    QT_TRANSLATE_NOOP("Message", "write for example duo:sparsity=0.5, or duo:heads=FILE"),
    QT_TRANSLATE_NOOP("Message", "rest= cannot re-index positions"),
    QT_TRANSLATE_NOOP("Message", "drop reindex=true"),
    QT_TRANSLATE_NOOP("Message", "%1 names no file"),
    QT_TRANSLATE_NOOP("Message", "%1 is %2"),
};

// The pattern that matches a message, with a group for each place.
QRegularExpression pattern_of(const char* message) {
  static const QRegularExpression kPlace(QStringLiteral("%\\\\?[1-9]"));
  QString text = QRegularExpression::escape(QString::fromUtf8(message));
  text.replace(QLatin1String("\\%"), QLatin1String("%"));
  text.replace(kPlace, QStringLiteral("(.+)"));
  return QRegularExpression(QRegularExpression::anchoredPattern(text));
}

// Nothing if no pattern matches, or none is translated.
std::optional<QString> translated(const QString& text, std::span<const char* const> patterns) {
  for (const char* pattern : patterns) {
    QString said = QCoreApplication::translate("Message", pattern);
    if (said == QString::fromUtf8(pattern)) {
      continue;  // English is spoken
    }
    const QRegularExpressionMatch match = pattern_of(pattern).match(text);
    if (match.hasMatch()) {
      for (int place = 1; place <= match.lastCapturedIndex(); ++place) {
        said = said.arg(match.captured(place));
      }
      return said;
    }
  }
  return std::nullopt;
}

}  // namespace

QString message_text(const std::string& english) {
  const QString text = QString::fromStdString(english);
  return translated(text, kRemarks).value_or(text);
}

QString complaint_text(const Error& error) {
  const auto what = translated(QString::fromStdString(error.what), kComplaints);
  if (what && error.hint.empty()) {
    return *what;
  }
  const auto hint = translated(QString::fromStdString(error.hint), kComplaints);
  if (what && hint) {
    return QCoreApplication::translate("Message", "%1; %2").arg(*what, *hint);
  }
  return QString::fromStdString(short_message(error));
}

}  // namespace kvfoot::gui
