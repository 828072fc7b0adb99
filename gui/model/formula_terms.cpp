// Terms from a timeline, runs of them, and how they read.
#include "gui/model/formula_terms.hpp"

#include <algorithm>
#include <utility>

#include "gui/model/number_text.hpp"
#include "sim/report/units.hpp"

namespace kvfoot::gui {
namespace {

// Resident entries at rows, between the points of a timeline; neighbours are found at once.
class Resident {
 public:
  explicit Resident(const std::vector<TimelinePoint>& points) : points_(points) {}

  [[nodiscard]] std::int64_t at(std::int64_t row) {
    seek(row);
    const TimelinePoint& to = points_[next_];
    if (next_ == 0 || to.row == row) {
      return entries(to);
    }
    const TimelinePoint& from = points_[next_ - 1];
    // A whole number of entries per row: timelines break where it changes.
    const std::int64_t slope = (entries(to) - entries(from)) / (to.row - from.row);
    return entries(from) + slope * (row - from.row);
  }
  // The last row of the straight line through `before` and `row`; `row` itself if there is none.
  [[nodiscard]] std::int64_t straight_until(std::int64_t before, std::int64_t row) {
    seek(row);
    return next_ > 0 && points_[next_ - 1].row <= before ? points_[next_].row : row;
  }

 private:
  static std::int64_t entries(const TimelinePoint& point) { return point.live + point.inactive; }
  void seek(std::int64_t row) {  // to the first point at `row` or after it
    while (next_ + 1 < points_.size() && points_[next_].row < row) {
      ++next_;
    }
    while (next_ > 0 && points_[next_ - 1].row >= row) {
      --next_;
    }
  }
  const std::vector<TimelinePoint>& points_;
  std::size_t next_ = 0;
};

// The passes of a run, none of which is kept: there may be a hundred million.
class Passes {
 public:
  Passes(const RunLengths& run, std::int64_t streams, const std::vector<TimelinePoint>& points)
      : run_(run),
        streams_(streams),
        group_prefill_(run.prefill_passes() > kMostSinglePasses),
        resident_(points) {}

  // The passes that make one term, from `first` on.
  [[nodiscard]] FormulaTerm term(std::int64_t first) {
    const Pass start = pass_at(run_, first, 0);
    FormulaTerm term;
    term.phase = start.phase;
    term.first_pass = first;
    term.passes = count(start);
    term.begin = start.begin;
    term.rows = start.rows();
    const Pass last = pass_at(run_, first + term.passes - 1, 0);
    term.end = last.end;
    term.first_survivors = survivors(start);
    term.last_survivors = survivors(last);
    // From pass to pass they change by one number: passes * (first + last) / 2, in 64 bits.
    const std::int64_t ends = term.first_survivors + term.last_survivors;
    const std::int64_t sum =
        term.passes % 2 == 0 ? term.passes / 2 * ends : term.passes * (ends / 2);
    term.contribution = term.rows * sum + term.passes * streams_ * triangle(term.rows);
    return term;
  }

 private:
  // The first row of a pass sees what survived, and itself.
  [[nodiscard]] std::int64_t survivors(const Pass& pass) {
    return resident_.at(pass.begin) - streams_;
  }
  [[nodiscard]] std::int64_t count(const Pass& start) {
    if (start.phase == Phase::kPrefill && !group_prefill_) {
      return 1;
    }
    const auto follows = [&](std::int64_t i) {
      const bool exists = i < run_.passes();
      const Pass pass = pass_at(run_, exists ? i : start.index, 0);
      return exists && pass.phase == start.phase && pass.rows() == start.rows();
    };
    const std::int64_t first = start.index;
    if (!follows(first + 1)) {
      return 1;
    }
    const auto slope = [&](std::int64_t i) {
      return survivors(pass_at(run_, i, 0)) - survivors(pass_at(run_, i - 1, 0));
    };
    const std::int64_t common = slope(first + 1);
    // Of the prompt's passes the last may be shorter.
    const std::int64_t alike_until =
        start.phase == Phase::kPrefill ? run_.prefill_passes() - 2 : run_.passes() - 1;
    std::int64_t last = first + 1;
    while (follows(last + 1) && slope(last + 1) == common) {
      ++last;
      const std::int64_t begin = pass_at(run_, last, 0).begin;
      const std::int64_t until = resident_.straight_until(begin - start.rows(), begin);
      last = std::max(last, std::min(last + (until - begin) / start.rows(), alike_until));
    }
    // Two passes lie on a line whatever they hold; the second may begin a longer one.
    return last == first + 1 && follows(last + 1) ? 1 : last + 1 - first;
  }

  const RunLengths& run_;
  std::int64_t streams_;
  bool group_prefill_;
  Resident resident_;
};

}  // namespace

std::optional<Formula> formula_of(const Outcome& outcome, StreamChoice stream,
                                  std::size_t most_terms) {
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
  Passes passes(run, formula.streams, all ? outcome.timeline : own);
  for (std::int64_t first = 0; first < run.passes();) {
    FormulaTerm term = passes.term(first);
    first += term.passes;
    formula.sum += term.contribution;
    term.running = formula.sum;
    if (formula.terms.size() < most_terms) {
      formula.terms.push_back(term);
    } else {
      ++formula.unlisted;
    }
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
