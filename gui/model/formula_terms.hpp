// The footprint as a sum over passes, with the numbers of a run put in.
#pragma once

#include <QAbstractTableModel>
#include <QString>
#include <cstdint>
#include <optional>
#include <vector>

#include "gui/model/outcome.hpp"
#include "gui/model/workspace.hpp"
#include "sim/core/schedule.hpp"

namespace kvfoot::gui {

// One pass, or a run of passes of one length whose survivors grow (or shrink) by the same number
// from pass to pass. Entries are summed over the streams of the formula.
struct FormulaTerm {
  Phase phase = Phase::kPrefill;
  std::int64_t first_pass = 0;
  std::int64_t passes = 1;
  std::int64_t begin = 0;  // rows [begin, end) of all its passes
  std::int64_t end = 0;
  std::int64_t rows = 0;             // of one pass, b - a
  std::int64_t first_survivors = 0;  // R of its first pass
  std::int64_t last_survivors = 0;   // R of its last pass
  std::int64_t contribution = 0;     // sum over passes of (b - a) R + streams * tri(b - a)
  std::int64_t running = 0;          // this term and those before
  friend bool operator==(const FormulaTerm&, const FormulaTerm&) = default;
};

// footprint = sum of contributions / (streams * tri(rows)), docs/architecture.md, "How a pass
// counts".
struct Formula {
  std::int64_t streams = 0;  // in the sum: all of the run, or one
  std::int64_t rows = 0;     // N
  std::vector<FormulaTerm> terms;
  std::int64_t unlisted = 0;  // terms after those
  std::int64_t sum = 0;       // of all
  [[nodiscard]] std::int64_t whole() const { return streams * triangle(rows); }
  [[nodiscard]] double quotient() const {
    return static_cast<double>(sum) / static_cast<double>(whole());
  }
};

// Prefill passes are listed one by one up to this number; more are drawn together like decode
// passes.
constexpr std::int64_t kMostSinglePasses = 24;

// More terms are summed but not listed: nobody reads them, and every pass may be one.
constexpr std::size_t kMostTerms = 20'000;

// Absent under paper accounting, which counts no passes. A stream that the run does not have: all
// of them. Time in the number of terms and of the timeline's points.
[[nodiscard]] std::optional<Formula> formula_of(const Outcome& outcome, StreamChoice stream = {},
                                                std::size_t most_terms = kMostTerms);

class FormulaTable final : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column : int {
    kPass,
    kRows,
    kLength,
    kSurvivors,
    kContribution,
    kRunning,
    kShare,
    kColumns
  };

  explicit FormulaTable(QObject* parent = nullptr);

  void set_formula(std::optional<Formula> formula);
  [[nodiscard]] const std::optional<Formula>& formula() const { return formula_; }

  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
  [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                    int role) const override;

 private:
  [[nodiscard]] QString text(const FormulaTerm& term, int column) const;
  std::optional<Formula> formula_;
};

}  // namespace kvfoot::gui
