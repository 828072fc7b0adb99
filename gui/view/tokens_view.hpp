// The text of the trace, each token shaded by how long it lives.
#pragma once

#include <QHBoxLayout>
#include <QLabel>
#include <QWidget>

#include "gui/model/latest.hpp"
#include "gui/model/workspace.hpp"
#include "gui/view/sight.hpp"
#include "gui/view/token_area.hpp"
#include "gui/view/token_find.hpp"
#include "gui/view/token_hits.hpp"
#include "gui/view/token_legend.hpp"

namespace kvfoot::gui {

class TokensView final : public QWidget {
  Q_OBJECT
 public:
  explicit TokensView(Workspace& workspace, QWidget* parent = nullptr);

  [[nodiscard]] TokenArea& area() { return *area_; }
  [[nodiscard]] TokenFind& find_line() { return *find_; }
  [[nodiscard]] const std::vector<TokenSpan>& hits() const { return hits_->all(); }
  [[nodiscard]] bool busy() const { return latest_.busy(); }
  [[nodiscard]] QString readout() const { return readout_->text(); }
  // What the tip of a token says.
  [[nodiscard]] QString words_of(std::int64_t token) const;

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void rebuild();
  void read_texts();
  void show_lives();
  void show_marks();
  void write_readout();
  [[nodiscard]] QString stream_words() const;
  [[nodiscard]] QString survival_words() const;
  // To the next stretch of this name after the key, or to the first.
  void go_to(const QString& name);

  Workspace& workspace_;
  Sight sight_{*this};
  QLabel* stream_;
  QHBoxLayout* buttons_;
  TokenFind* find_;
  TokenHits* hits_ = nullptr;
  TokenLegend* legend_;
  TokenArea* area_;
  QLabel* readout_;
  OutcomePtr shown_;
  // What the texts were read from.
  std::shared_ptr<const TraceReader> read_;
  std::int64_t read_rows_ = 0;
  std::int64_t pointed_ = -1;
  Latest latest_;
};

}  // namespace kvfoot::gui
