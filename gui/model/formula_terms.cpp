// Terms from a timeline, runs of them, and how they read.
#include "gui/model/formula_terms.hpp"

#include <algorithm>
#include <utility>

#include "gui/model/number_text.hpp"
#include "sim/report/units.hpp"

namespace kvfoot::gui {
namespace {

// Resident entries at ascending rows, between the points of a timeline.
class Resident {
 public:
  explicit Resident(const std::vector<TimelinePoint>& points) : points_(points) {}

  [[nodiscard]] std::int64_t at(std::int64_t row) {
    while (next_ + 1 < points_.size() && points_[next_].row < row) {
      ++next_;
    }
    const TimelinePoint& to = points_[next_];
    if (next_ == 0 || to.row == row) {
      return entries(to);
    }
    const TimelinePoint& from = points_[next_ - 1];
    // A whole number of entries per row: timelines break where it changes.
    const std::int64_t slope = (entries(to) - entries(from)) / (to.row - from.row);
    return entries(from) + slope * (row - from.row);
  }

 private:
  static std::int64_t entries(const TimelinePoint& point) { return point.live + point.inactive; }
  const std::vector<TimelinePoint>& points_;
  std::size_t next_ = 0;
};

// How many passes from `first` on make one term.
std::int64_t run_length(const std::vector<FormulaTerm>& passes, std::size_t first,
                        bool group_prefill) {
  const FormulaTerm& start = passes[first];
  if (start.phase == Phase::kPrefill && !group_prefill) {
    return 1;
  }
  const auto follows = [&](std::size_t i) {
    return i < passes.size() && passes[i].phase == start.phase && passes[i].rows == start.rows;
  };
  if (!follows(first + 1)) {
    return 1;
  }
  const auto slope = [&](std::size_t i) {
    return passes[i].first_survivors - passes[i - 1].first_survivors;
  };
  std::size_t end = first + 2;
  while (follows(end) && slope(end) == slope(first + 1)) {
    ++end;
  }
  // Two passes lie on a line whatever they hold; the second may begin a longer one.
  return end - first == 2 && follows(end) ? 1 : static_cast<std::int64_t>(end - first);
}

}  // namespace

std::optional<Formula> formula_of(const Outcome& outcome, StreamChoice stream) {
  if (!outcome.replay.profile) {
    return std::nullopt;
  }
  const ResidenceProfile& profile = *outcome.replay.profile;
  const bool all =
      stream.all() || stream.layer >= outcome.layers() || stream.head >= outcome.heads();
  const RunLengths& run = profile.run();
  Formula formula;
  formula.streams = all ? profile.streams() : 1;
  formula.rows = run.rows();
  std::vector<TimelinePoint> own;
  if (!all) {
    own = profile.timeline_of(std::int64_t{stream.layer} * outcome.heads() + stream.head);
  }
  Resident resident(all ? outcome.timeline : own);
  std::vector<FormulaTerm> passes;
  for (std::int64_t p = 0; p < run.passes(); ++p) {
    const Pass pass = pass_at(run, p, 0);
    FormulaTerm term;
    term.phase = pass.phase;
    term.first_pass = p;
    term.begin = pass.begin;
    term.end = pass.end;
    term.rows = pass.rows();
    // The first row of a pass sees what survived, and itself.
    term.first_survivors = resident.at(pass.begin) - formula.streams;
    term.last_survivors = term.first_survivors;
    passes.push_back(term);
  }
  const bool group_prefill = run.prefill_passes() > kMostSinglePasses;
  for (std::size_t i = 0; i < passes.size();) {
    const std::int64_t count = run_length(passes, i, group_prefill);
    FormulaTerm term = passes[i];
    for (std::int64_t k = 0; k < count; ++k, ++i) {
      term.contribution +=
          term.rows * passes[i].first_survivors + formula.streams * triangle(term.rows);
      term.last_survivors = passes[i].first_survivors;
      term.end = passes[i].end;
    }
    term.passes = count;
    formula.sum += term.contribution;
    term.running = formula.sum;
    formula.terms.push_back(term);
  }
  return formula;
}

FormulaTable::FormulaTable(QObject* parent) : QAbstractTableModel(parent) {}

void FormulaTable::set_formula(std::optional<Formula> formula) {
  beginResetModel();
  formula_ = std::move(formula);
  endResetModel();
}

int FormulaTable::rowCount(const QModelIndex& parent) const {
  return parent.isValid() || !formula_ ? 0 : static_cast<int>(formula_->terms.size());
}

int FormulaTable::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumns;
}

QString FormulaTable::text(const FormulaTerm& term, int column) const {
  const auto mean = [&](std::int64_t survivors) {
    if (survivors % formula_->streams == 0) {
      return count_text(survivors / formula_->streams);
    }
    const std::int64_t hundredths = (100 * survivors + formula_->streams / 2) / formula_->streams;
    return count_text(hundredths / 100) +
           QStringLiteral(".%1").arg(hundredths % 100, 2, 10, QLatin1Char('0'));
  };
  switch (column) {
    case kPass: {
      const QString phase = term.phase == Phase::kPrefill ? tr("prefill") : tr("decode");
      // Decode passes count from 0, as everywhere in the window.
      const auto of_phase = std::ranges::find(formula_->terms, term.phase, &FormulaTerm::phase);
      const std::int64_t first = term.first_pass - of_phase->first_pass;
      return term.passes == 1
                 ? tr("%1 %2", "phase, pass").arg(phase, count_text(first))
                 : tr("%1 %2–%3", "phase, first to last pass")
                       .arg(phase, count_text(first), count_text(first + term.passes - 1));
    }
    case kRows:
      return QStringLiteral("[%1, %2)").arg(count_text(term.begin), count_text(term.end));
    case kLength:
      return term.passes == 1
                 ? count_text(term.rows)
                 : QStringLiteral("%1 × %2").arg(count_text(term.passes), count_text(term.rows));
    case kSurvivors:
      return term.first_survivors == term.last_survivors
                 ? mean(term.first_survivors)
                 : tr("%1 to %2").arg(mean(term.first_survivors), mean(term.last_survivors));
    case kContribution:
      return count_text(term.contribution);
    case kRunning:
      return count_text(term.running);
    case kShare:
      return QString::fromStdString(format_percent(static_cast<double>(term.contribution) /
                                                   static_cast<double>(formula_->sum)));
    default:
      return {};
  }
}

QVariant FormulaTable::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
    return {};
  }
  const FormulaTerm& term = formula_->terms[static_cast<std::size_t>(index.row())];
  switch (role) {
    case Qt::DisplayRole:
      return text(term, index.column());
    case Qt::TextAlignmentRole:
      return QVariant::fromValue(Qt::Alignment(
          (index.column() == kPass ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter));
    case Qt::ToolTipRole:
      if (index.column() == kContribution && term.passes == 1) {
        return QStringLiteral("%1 · %2 + %3 · tri(%1) = %4")
            .arg(count_text(term.rows), count_text(term.first_survivors),
                 count_text(formula_->streams), count_text(term.contribution));
      }
      return {};
    default:
      return {};
  }
}

QVariant FormulaTable::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section < 0 || section >= kColumns) {
    return {};
  }
  const bool one = formula_ && formula_->streams == 1;
  if (role == Qt::DisplayRole) {
    switch (section) {
      case kPass:
        return tr("Pass");
      case kRows:
        return tr("Rows [a, b)");
      case kLength:
        return tr("b − a");
      case kSurvivors:
        return one ? tr("Survivors R") : tr("Survivors R, mean");
      case kContribution:
        return tr("Contribution");
      case kRunning:
        return tr("Running sum");
      default:
        return tr("Share");
    }
  }
  if (role == Qt::ToolTipRole) {
    switch (section) {
      case kLength:
        return tr("Rows of a pass; \"100 × 1\" are 100 passes of one row");
      case kSurvivors:
        return tr("Entries of a stream that survived to the pass");
      case kContribution:
        return one ? tr("(b − a) R + tri(b − a)")
                   : tr("(b − a) R + tri(b − a), summed over all streams");
      default:
        return {};
    }
  }
  if (role == Qt::TextAlignmentRole) {
    return QVariant::fromValue(
        Qt::Alignment((section == kPass ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter));
  }
  return {};
}

}  // namespace kvfoot::gui
