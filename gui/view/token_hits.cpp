// Hits are where their first token is; the key says which of them is shown.
#include "gui/view/token_hits.hpp"

#include <algorithm>

namespace kvfoot::gui {

TokenHits::TokenHits(Workspace& workspace, TokenArea& area, TokenFind& line, QObject* parent)
    : QObject(parent), workspace_(workspace), area_(area), line_(line) {
  connect(&line_, &TokenFind::words_changed, this, [this] {
    search();
    // A hit under the key stays the one that is shown while its word gets longer.
    if (!hit_at(workspace_.key())) {
      step(1);
    }
  });
  connect(&line_, &TokenFind::stepped, this, &TokenHits::step);
  connect(&line_, &TokenFind::closed, this, &TokenHits::close);
  connect(&workspace_, &Workspace::key_changed, this, &TokenHits::show_count);
}

void TokenHits::follow_text() {
  index_.reset();
  search();
}

void TokenHits::search() {
  hits_.clear();
  if (area_.texts() != nullptr && !line_.words().isEmpty()) {
    if (!index_) {
      index_.emplace(*area_.texts());
    }
    hits_ = index_->find(line_.words());
  }
  area_.set_hits(hits_);
  show_count();
}

std::optional<std::int64_t> TokenHits::hit_at(std::int64_t key) const {
  const auto hit = std::ranges::lower_bound(hits_, key, {}, &TokenSpan::begin);
  return hit != hits_.end() && hit->begin == key ? std::optional(hit - hits_.begin())
                                                 : std::nullopt;
}

void TokenHits::step(int direction) {
  if (hits_.empty()) {
    return;
  }
  const std::int64_t key = workspace_.key();
  auto hit = hits_.begin();
  if (direction > 0) {
    hit = std::ranges::upper_bound(hits_, key, {}, &TokenSpan::begin);
    hit = hit == hits_.end() ? hits_.begin() : hit;  // round the end
  } else {
    hit = std::ranges::lower_bound(hits_, key, {}, &TokenSpan::begin);
    hit = (hit == hits_.begin() ? hits_.end() : hit) - 1;
  }
  workspace_.set_key(hit->begin);
}

void TokenHits::show_count() {
  line_.show_count(static_cast<std::int64_t>(hits_.size()), hit_at(workspace_.key()));
}

void TokenHits::close() {
  hits_.clear();
  area_.set_hits({});
  area_.setFocus();
}

}  // namespace kvfoot::gui
