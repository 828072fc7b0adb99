// What is looked for in the text: the hits, the one that is shown, and going round them.
#pragma once

#include <QObject>
#include <cstdint>
#include <optional>
#include <vector>

#include "gui/model/token_search.hpp"
#include "gui/model/workspace.hpp"
#include "gui/view/token_area.hpp"
#include "gui/view/token_find.hpp"

namespace kvfoot::gui {

// Between the line in which words are typed, the text, and the key, which is where a hit begins.
class TokenHits final : public QObject {
  Q_OBJECT
 public:
  // All outlive it.
  TokenHits(Workspace& workspace, TokenArea& area, TokenFind& line, QObject* parent);

  [[nodiscard]] const std::vector<TokenSpan>& all() const { return hits_; }
  // The area shows another text: finds the words in it, and stays where it is.
  void follow_text();
  void step(int direction);  // 1: to the next, -1: to the one before

 private:
  void search();
  void close();
  void show_count();
  [[nodiscard]] std::optional<std::int64_t> hit_at(std::int64_t key) const;  // begins there

  Workspace& workspace_;
  TokenArea& area_;
  TokenFind& line_;
  std::optional<TokenSearch> index_;  // of the text that is shown, once somebody searches
  std::vector<TokenSpan> hits_;
};

}  // namespace kvfoot::gui
