// Text of a lesson: Markdown that wraps, with links that open outside.
#pragma once

#include <QLabel>
#include <QRegularExpression>

namespace kvfoot::gui {

class LessonTextLabel final : public QLabel {
 public:
  explicit LessonTextLabel(const QString& markdown, QWidget* parent = nullptr) : QLabel(parent) {
    setTextFormat(Qt::MarkdownText);
    setWordWrap(true);
    setOpenExternalLinks(true);
    setTextInteractionFlags(Qt::TextBrowserInteraction);
    set_markdown(markdown);
  }

  void set_markdown(QString markdown) {
    static const QRegularExpression kUnit(QStringLiteral("(\\d) (%|[KMG]iB)"));
    setText(markdown.replace(kUnit, QStringLiteral("\\1\u00a0\\2")));  // stay on one line
  }
};

}  // namespace kvfoot::gui
