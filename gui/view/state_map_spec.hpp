// From lives to the picture.
#pragma once

#include <memory>

#include "gui/model/known_lives.hpp"
#include "gui/model/workspace.hpp"
#include "gui/plots/spec.hpp"
#include "gui/plots/state_sum.hpp"

namespace kvfoot::gui {

// One stream of an outcome; nothing is copied.
[[nodiscard]] plots::PlotSpec state_spec(const Outcome& outcome, const StreamLife& life,
                                         StreamChoice stream);
// All of them.
[[nodiscard]] plots::PlotSpec state_spec(const Outcome& outcome,
                                         std::shared_ptr<const plots::StateSum> sum);

}  // namespace kvfoot::gui
