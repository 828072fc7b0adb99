// Texts of the grid of heads.
#include "gui/view/heads_words.hpp"

#include <QCoreApplication>
#include <cmath>

#include "gui/model/number_text.hpp"
#include "sim/report/units.hpp"

namespace kvfoot::gui {
namespace {

struct Words {
  Q_DECLARE_TR_FUNCTIONS(HeadsWords)
};

QString percent(double share) { return QString::fromStdString(format_percent(share)); }
QString whole(double number) { return count_text(std::llround(number)); }

}  // namespace

QString measure_name(HeadMeasure measure) {
  switch (measure) {
    case HeadMeasure::kKeptShare:
      return Words::tr("Kept share at the row");
    case HeadMeasure::kPeakEntries:
      return Words::tr("Peak entries");
    case HeadMeasure::kFootprint:
      return Words::tr("Footprint");
    case HeadMeasure::kRetainedMass:
      return Words::tr("Retained attention mass");
    case HeadMeasure::kEntropy:
      return Words::tr("Attention entropy");
  }
  return {};
}

QString measure_help(HeadMeasure measure) {
  switch (measure) {
    case HeadMeasure::kKeptShare:
      return Words::tr("Entries that the stream holds at the chosen row, over the tokens so far.");
    case HeadMeasure::kPeakEntries:
      return Words::tr("Most entries that the stream holds at any row.");
    case HeadMeasure::kFootprint:
      return Words::tr(
          "Entries that the stream holds, summed over all rows, over what full attention "
          "would hold.");
    case HeadMeasure::kRetainedMass:
      return Words::tr(
          "Share of full attention's softmax that lies on resident entries, mean over rows.");
    case HeadMeasure::kEntropy:
      return Words::tr(
          "How spread out the recorded attention is: mean over rows of -sum p log2 p. Low: a "
          "few keys get it all. It belongs to the trace and does not depend on the policy.");
  }
  return {};
}

QString measure_label(HeadMeasure measure) {
  switch (measure) {
    case HeadMeasure::kKeptShare:
      return Words::tr("Kept of the tokens so far");
    case HeadMeasure::kPeakEntries:
      return Words::tr("Peak entries");
    case HeadMeasure::kFootprint:
      return Words::tr("Footprint");
    case HeadMeasure::kRetainedMass:
      return Words::tr("Retained mass");
    case HeadMeasure::kEntropy:
      return Words::tr("Entropy in bits");
  }
  return {};
}

QString lack_words(MeasureLack lack) {
  switch (lack) {
    case MeasureLack::kNone:
      break;
    case MeasureLack::kProfile:
      return Words::tr("The published closed forms know no single heads. Choose exact accounting.");
    case MeasureLack::kTrace:
      return Words::tr("This measure looks at recorded attention. Open a trace to see it.");
    case MeasureLack::kFullTrace:
      return Words::tr(
          "What the evicted entries would have received is not in this trace, because it was "
          "recorded while a policy evicted. Open a trace of a run with the full cache.");
  }
  return {};
}

QString head_name(const Outcome& outcome) {
  return outcome.heads() == outcome.result.inputs.shape.kv_heads ? Words::tr("KV head")
                                                                 : Words::tr("Query head");
}

QString value_words(const HeadGrid& grid, double value) {
  if (std::isnan(value)) {
    return Words::tr("unknown");
  }
  switch (grid.measure) {
    case HeadMeasure::kKeptShare: {
      const auto tokens = static_cast<double>(grid.row + 1);
      return Words::tr("%1 of %2 tokens, %3")
          .arg(whole(value * tokens), whole(tokens), percent(value));
    }
    case HeadMeasure::kPeakEntries:
      return Words::tr("%1 entries at the peak").arg(whole(value));
    case HeadMeasure::kFootprint:
      return Words::tr("footprint %1").arg(percent(value));
    case HeadMeasure::kRetainedMass:
      return Words::tr("%1 of the attention mass").arg(percent(value));
    case HeadMeasure::kEntropy:
      return Words::tr("%1 bits, as of %2 keys that share evenly")
          .arg(QString::number(value, 'f', 2), QString::number(std::exp2(value), 'f', 1));
  }
  return {};
}

QString summary_words(const HeadGrid& grid) {
  double sum = 0;
  qint64 known = 0;
  qint64 everything = 0;
  for (const double value : grid.value) {
    if (!std::isnan(value)) {
      sum += value;
      ++known;
      everything += value >= 1 ? 1 : 0;
    }
  }
  if (known == 0) {
    return Words::tr("The trace keeps no row apart, so that nothing is known.");
  }
  const double mean = sum / static_cast<double>(known);
  switch (grid.measure) {
    case HeadMeasure::kKeptShare:
    case HeadMeasure::kFootprint:
      return Words::tr("All %1 streams: %2 on average; %3 keep everything")
          .arg(whole(static_cast<double>(grid.value.size())), percent(mean),
               whole(static_cast<double>(everything)));
    case HeadMeasure::kRetainedMass:
    case HeadMeasure::kPeakEntries:
    case HeadMeasure::kEntropy:
      return Words::tr("All %1 streams: %2 on average")
          .arg(whole(static_cast<double>(grid.value.size())), value_words(grid, mean));
  }
  return {};
}

}  // namespace kvfoot::gui
