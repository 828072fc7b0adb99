// The equation in words and numbers, and the table under it.
#include "gui/view/formula_view.hpp"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "gui/model/number_text.hpp"
#include "gui/view/looks.hpp"
#include "sim/report/units.hpp"

namespace kvfoot::gui {
namespace {

constexpr double kMargin = 14;
constexpr double kLeading = 9;  // between lines
constexpr double kSmallest = 0.55;
const QString kEquals = QStringLiteral(" = ");

// tri(N), N in italics.
MathBoxPtr tri(MathBoxPtr inside) {
  return math_row(math_text(QStringLiteral("tri(")), std::move(inside),
                  math_text(QStringLiteral(")")));
}

MathBoxPtr number(std::int64_t count) { return math_text(count_text(count)); }

}  // namespace

EquationWidget::EquationWidget(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
  setAccessibleName(tr("Equation"));
  setFocusPolicy(Qt::StrongFocus);
  setContextMenuPolicy(Qt::ActionsContextMenu);
  offer_copies();
}

void EquationWidget::offer_copies() {
  auto* text = new QAction(tr("Copy as &text"), this);
  text->setShortcut(QKeySequence::Copy);
  text->setShortcutContext(Qt::WidgetShortcut);
  connect(text, &QAction::triggered, this, [this] { QApplication::clipboard()->setText(plain()); });
  auto* latex = new QAction(tr("Copy as &LaTeX"), this);
  connect(latex, &QAction::triggered, this,
          [this] { QApplication::clipboard()->setText(this->latex()); });
  addActions({text, latex});
}

QFont EquationWidget::formula_font(double scale) const {
  QFont made = font();
  made.setFamilies({QStringLiteral("STIX Two Text"), QStringLiteral("Cambria"),
                    QStringLiteral("Latin Modern Roman"), QStringLiteral("TeX Gyre Termes"),
                    QStringLiteral("Liberation Serif"), QStringLiteral("DejaVu Serif"),
                    QStringLiteral("serif")});
  made.setStyleHint(QFont::Serif);
  made.setPointSizeF(std::max(6.0, font().pointSizeF() * 1.35 * scale));
  return made;
}

void EquationWidget::set_equation(MathBoxPtr left, std::vector<MathBoxPtr> lines) {
  left_ = std::move(left);
  lines_ = std::move(lines);
  setAccessibleDescription(plain());
  updateGeometry();
  update();
}

void EquationWidget::clear() { set_equation(nullptr, {}); }

QString EquationWidget::plain() const {
  QString text = left_ ? left_->plain() : QString();
  for (const MathBoxPtr& line : lines_) {
    text += kEquals + line->plain();
  }
  return text;
}

QString EquationWidget::latex() const {
  if (!left_) {
    return {};
  }
  QStringList lines;
  for (const MathBoxPtr& line : lines_) {
    lines << (lines.isEmpty() ? left_->latex() + QLatin1Char(' ') : QStringLiteral("  ")) +
                 QStringLiteral("&= ") + line->latex();
  }
  return QStringLiteral("\\begin{aligned}\n%1\n\\end{aligned}\n")
      .arg(lines.join(QStringLiteral(" \\\\\n")));
}

EquationWidget::Size EquationWidget::measure(double scale) const {
  const QFont font = formula_font(scale);
  Size size{0, 2 * kMargin * scale};
  left_->measure(font);
  const double equals = QFontMetricsF(font).horizontalAdvance(kEquals);
  for (const MathBoxPtr& line : lines_) {
    line->measure(font);
    size.width = std::max(size.width, 2 * kMargin * scale + left_->width + equals + line->width);
    size.height += line->ascent + line->descent + kLeading * scale;
  }
  return size;
}

QSize EquationWidget::sizeHint() const {
  if (!left_) {
    return {320, 0};
  }
  const Size size = measure(1);
  return {static_cast<int>(size.width) + 1, static_cast<int>(size.height) + 1};
}

void EquationWidget::paintEvent(QPaintEvent* /*event*/) {
  if (!left_) {
    return;
  }
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const Size full = measure(1);
  const double scale =
      std::clamp(std::min(width() / full.width, height() / full.height), kSmallest, 1.0);
  measure(scale);
  painter.setPen(QPen(palette().color(QPalette::WindowText), 1.2));
  const QFont font = formula_font(scale);
  double y = kMargin * scale;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const MathBox& line = *lines_[i];
    y += line.ascent;
    double x = kMargin * scale;
    if (i == 0) {
      left_->paint(painter, {x, y});
    }
    x += left_->width;
    painter.setFont(font);
    painter.drawText(QPointF(x, y), kEquals);
    line.paint(painter, {x + QFontMetricsF(font).horizontalAdvance(kEquals), y});
    y += line.descent + kLeading * scale;
  }
  if (hasFocus()) {  // Ctrl+C copies it
    painter.setPen(palette().color(QPalette::Highlight));
    painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
  }
}

void EquationWidget::changeEvent(QEvent* event) {
  if (event->type() == QEvent::FontChange) {
    updateGeometry();
  }
  QWidget::changeEvent(event);
}

FormulaView::FormulaView(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace) {
  setAccessibleName(tr("Formula of the footprint"));
  equation_ = new EquationWidget;
  about_ = new QLabel;
  about_->setWordWrap(true);
  about_->setTextFormat(Qt::RichText);
  about_->setAccessibleName(tr("What the formula says"));
  all_ = new QPushButton(tr("All streams"));
  all_->setToolTip(tr("Sum over all streams again"));
  connect(all_, &QPushButton::clicked, this, [this] { workspace_.set_stream({}); });
  copy_ = new QToolButton;
  copy_->setText(tr("Copy"));
  copy_->setToolTip(tr("Copy the equation as text (Ctrl+C) or as LaTeX"));
  copy_->setPopupMode(QToolButton::InstantPopup);
  copy_->addActions(equation_->actions());
  model_ = new FormulaTable(this);
  table_ = new QTableView;
  table_->setAccessibleName(tr("Terms of the sum, a pass or a run of passes each"));
  table_->setModel(model_);
  table_->setAlternatingRowColors(true);
  table_->setShowGrid(false);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setTabKeyNavigation(false);
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 8);
  table_->horizontalHeader()->setMinimumSectionSize(72);
  table_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  table_->horizontalHeader()->setHighlightSections(false);
  connect(table_, &QTableView::clicked, this, [this](const QModelIndex& index) {
    workspace_.set_row(model_->formula()->terms[static_cast<std::size_t>(index.row())].begin);
  });

  auto* words = new QHBoxLayout;
  words->setContentsMargins(static_cast<int>(kMargin), 0, 8, 6);
  words->addWidget(about_, 1);
  words->addWidget(all_, 0, Qt::AlignTop);
  words->addWidget(copy_, 0, Qt::AlignTop);
  auto* formula = new QVBoxLayout;
  formula->addWidget(equation_);
  formula->addLayout(words);
  formula->addStretch(0);
  parts_ = new QBoxLayout(QBoxLayout::TopToBottom, this);
  parts_->setContentsMargins(0, 0, 0, 0);
  parts_->setSpacing(0);
  parts_->addLayout(formula);
  parts_->addWidget(table_, 3);
  connect(&workspace_, &Workspace::outcome_changed, this, &FormulaView::rebuild);
  connect(&workspace_, &Workspace::stream_changed, this, &FormulaView::rebuild);
  connect(&workspace_, &Workspace::row_changed, this, &FormulaView::mark_row);
  connect(&sight_, &Sight::appeared, this, [this] {
    if (stale_) {
      rebuild();
    } else {
      mark_row();
    }
  });
  rebuild();
}

void FormulaView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  const bool wide = is_wide(size());
  parts_->setDirection(wide ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
  parts_->setStretch(0, wide ? 2 : 0);
}

// The term that the row belongs to; none if it is beyond those that are listed.
void FormulaView::mark_row() {
  if (!sight_.seen() || !model_->formula()) {
    return;
  }
  const std::vector<FormulaTerm>& terms = model_->formula()->terms;
  const auto at = std::ranges::find_if(terms, [row = workspace_.row()](const FormulaTerm& term) {
    return term.begin <= row && row < term.end;
  });
  if (at == terms.end()) {
    table_->clearSelection();
    return;
  }
  table_->selectionModel()->setCurrentIndex(
      model_->index(static_cast<int>(at - terms.begin()), 0),
      QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
}

void FormulaView::rebuild() {
  stale_ = !sight_.seen();
  if (stale_) {
    return;
  }
  const OutcomePtr& outcome = workspace_.outcome();
  std::optional<Formula> formula;
  if (outcome != nullptr) {
    formula = formula_of(*outcome, workspace_.stream());
  }
  model_->set_formula(formula);
  table_->setVisible(formula.has_value());
  equation_->setVisible(formula.has_value());
  copy_->setVisible(formula.has_value());
  all_->setVisible(formula && formula->streams == 1 && !workspace_.stream().all());
  if (formula) {
    show_equation(*formula, *outcome);
    mark_row();
    return;
  }
  equation_->clear();
  about_->setText(
      outcome == nullptr
          ? tr("Open a trace, or choose a shape, to see its footprint term by term.")
          : tr("The footprint of %1 comes from the published closed form, which counts no passes. "
               "Choose exact accounting to see its terms.")
                .arg(QString::fromStdString(format_percent(outcome->result.metrics.footprint))));
}

void FormulaView::show_equation(const Formula& formula, const Outcome& outcome) {
  const bool one = formula.streams == 1 && !workspace_.stream().all();
  const auto text = [](const char* ascii) { return math_text(QString::fromUtf8(ascii)); };
  const auto variable = [](const char* letter) { return math_variable(QString::fromUtf8(letter)); };
  const auto pass_terms = [&] {
    return math_row(math_sum(tr("passes")), text(" (("), variable("b"), text(" − "), variable("a"),
                    text(") "), variable("R"), text(" + tri("), variable("b"), text(" − "),
                    variable("a"), text("))"));
  };
  std::vector<MathBoxPtr> lines;
  MathBoxPtr left;
  if (one) {
    left = math_text(
        tr("layer %1, head %2").arg(workspace_.stream().layer).arg(workspace_.stream().head));
    lines.push_back(math_fraction(pass_terms(), kvfoot::gui::tri(variable("N"))));
    lines.push_back(math_fraction(number(formula.sum), kvfoot::gui::tri(number(formula.rows))));
  } else {
    left = math_text(tr("footprint"));
    lines.push_back(
        math_fraction(math_row(math_sum(tr("streams")), pass_terms()),
                      math_row(variable("S"), text(" · "), kvfoot::gui::tri(variable("N")))));
    lines.push_back(math_fraction(
        number(formula.sum),
        math_row(number(formula.streams), text(" · "), kvfoot::gui::tri(number(formula.rows)))));
  }
  lines.push_back(math_fraction(number(formula.sum), number(formula.whole())));
  lines.push_back(math_text(QString::fromStdString(format_percent(formula.quotient()))));
  equation_->set_equation(std::move(left), std::move(lines));

  QString about =
      tr("A pass over the rows [<i>a</i>, <i>b</i>) sees the <i>R</i> entries that survived to it, "
         "and its own keys up to each row: tri(<i>x</i>) = <i>x</i> (<i>x</i> + 1) / 2. "
         "<i>N</i> = %1 rows.")
          .arg(count_text(formula.rows));
  if (one) {
    about += QLatin1Char(' ') +
             tr("The footprint, %1, is the mean of this share over %2 streams.")
                 .arg(QString::fromStdString(format_percent(outcome.result.metrics.footprint)),
                      count_text(outcome.streams()));
  } else {
    about += QLatin1Char(' ') + tr("<i>S</i> = %1 streams: %2 layers with %3 heads each.")
                                    .arg(count_text(formula.streams))
                                    .arg(outcome.layers())
                                    .arg(outcome.heads());
  }
  if (outcome.result.metrics.patch_rows > 0) {
    about += QLatin1Char(' ') + tr("%1 patch rows are no rows of the run and count nothing here.")
                                    .arg(count_text(outcome.result.metrics.patch_rows));
  }
  if (formula.unlisted > 0) {
    about +=
        QLatin1Char(' ') + tr("The table lists the first %1 terms; the sum has %2 more.")
                               .arg(count_text(static_cast<std::int64_t>(formula.terms.size())),
                                    count_text(formula.unlisted));
  }
  about_->setText(about);
}

}  // namespace kvfoot::gui
