// Forms that fit into a narrow dock: labels in a column of one width, sections that fold.
#pragma once

#include <QScrollArea>
#include <QWidget>

class QFormLayout;
class QLabel;
class QToolButton;

namespace kvfoot::gui {

class ElidedLabel;

[[nodiscard]] QFormLayout* make_form(QWidget* owner);
// `field` takes the focus for the label's mnemonic. The label, as wide as its neighbours'.
QLabel* add_row(QFormLayout* form, const QString& label, QWidget* field, const QString& tool_tip);
// Text of secondary weight that wraps.
[[nodiscard]] QLabel* make_note();

// Scrolls up and down only: never narrower than what it holds.
class VerticalScroll final : public QScrollArea {
  Q_OBJECT
 public:
  explicit VerticalScroll(QWidget* content, QWidget* parent = nullptr);
  [[nodiscard]] QSize minimumSizeHint() const override;
  // Scrolls by as little as shows all of a part that has just grown, or its head where it is too
  // long.
  void reveal(const QWidget& part);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
};

// A title; below it a form, which folds away if it may.
class Section final : public QWidget {
  Q_OBJECT
 public:
  enum class Folds : bool { kNo, kYes };
  Section(const QString& title, Folds folds, QWidget* body, QWidget* parent = nullptr);

  [[nodiscard]] QWidget* body() const { return body_; }
  [[nodiscard]] bool open() const;
  void set_open(bool open);
  // Said beside the title of a folded section.
  void set_summary(const QString& text);

 signals:
  void unfolded();  // by its reader, not by set_open()

 private:
  QToolButton* head_ = nullptr;           // null if it does not fold
  ElidedLabel* summary_label_ = nullptr;  // what does not fit gives way to an ellipsis
  QWidget* body_ = nullptr;
};

}  // namespace kvfoot::gui
