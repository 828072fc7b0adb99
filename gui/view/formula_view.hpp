// The footprint's formula with the numbers of the run put in, and the passes that it sums.
#pragma once

#include <QWidget>
#include <vector>

#include "gui/model/formula_terms.hpp"
#include "gui/model/workspace.hpp"
#include "gui/view/math_box.hpp"
#include "gui/view/sight.hpp"

class QBoxLayout;
class QLabel;
class QPushButton;
class QTableView;
class QToolButton;

namespace kvfoot::gui {

// Lines of an equation, aligned at their equals signs; smaller where the widget is narrow. Its
// actions copy it as text and as LaTeX; the first has Ctrl+C.
class EquationWidget final : public QWidget {
  Q_OBJECT
 public:
  explicit EquationWidget(QWidget* parent = nullptr);

  // "left = lines[0] = lines[1] ...", a line each.
  void set_equation(MathBoxPtr left, std::vector<MathBoxPtr> lines);
  void clear();
  [[nodiscard]] QString plain() const;
  [[nodiscard]] QString latex() const;  // its lines aligned, for amsmath
  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override {
    return {200, 6 * sizeHint().height() / 10};
  }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Size {
    double width = 0;
    double height = 0;
  };
  [[nodiscard]] QFont formula_font(double scale) const;
  // Measures every box; where the equals signs stand is left_->width from the margin.
  Size measure(double scale) const;

  void offer_copies();

  MathBoxPtr left_;
  std::vector<MathBoxPtr> lines_;
};

// Follows the chosen stream: all of them, or one.
class FormulaView final : public QWidget {
  Q_OBJECT
 public:
  explicit FormulaView(Workspace& workspace, QWidget* parent = nullptr);

  [[nodiscard]] FormulaTable& model() { return *model_; }
  [[nodiscard]] const EquationWidget& equation() const { return *equation_; }

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void rebuild();
  void mark_row();
  void show_equation(const Formula& formula, const Outcome& outcome);

  Workspace& workspace_;
  Sight sight_{*this};
  bool stale_ = true;  // what is shown is of before it vanished
  FormulaTable* model_ = nullptr;
  EquationWidget* equation_ = nullptr;
  QLabel* about_ = nullptr;
  QPushButton* all_ = nullptr;
  QToolButton* copy_ = nullptr;
  QTableView* table_ = nullptr;
  QBoxLayout* parts_ = nullptr;  // formula, table: below or, where it is wide, beside each other
};

}  // namespace kvfoot::gui
