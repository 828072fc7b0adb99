// Finds out, off the window's thread, when the keys go that a state map shows.
#pragma once

#include <QObject>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "gui/model/known_lives.hpp"
#include "gui/model/latest.hpp"
#include "gui/model/workspace.hpp"
#include "gui/plots/state_sum.hpp"

namespace kvfoot::gui {

// One stream, or the sum of all.
struct MapSubject {
  OutcomePtr outcome;
  StreamChoice stream;                         // {-1, -1}: all
  std::optional<StreamLife> life;              // of the one
  std::shared_ptr<const plots::StateSum> sum;  // of all
};

class MapLives final : public QObject {
  Q_OBJECT
 public:
  explicit MapLives(QObject* parent = nullptr) : QObject(parent) {}

  // lives_source(outcome) is kLog or kPolicy. What is known already is reported before this
  // returns; what was asked before is forgotten.
  void request(const OutcomePtr& outcome, StreamChoice stream);
  void cancel() { job_.cancel(); }
  void forget();  // what is known too
  [[nodiscard]] bool busy() const { return job_.busy(); }

 signals:
  void ready(const kvfoot::gui::MapSubject& subject);
  void failed(const kvfoot::Error& error);

 private:
  using Layers = std::map<std::int32_t, std::vector<StreamLife>>;
  struct Found {
    Layers layers;
    std::shared_ptr<const plots::StateSum> sum;
  };
  [[nodiscard]] static Result<Found> find(const Outcome& outcome, StreamChoice stream,
                                          Layers layers, const std::atomic<bool>& cancel);
  [[nodiscard]] bool report(StreamChoice stream);

  OutcomePtr outcome_;  // whose lives are known below
  Found known_;
  Latest job_;
};

}  // namespace kvfoot::gui
