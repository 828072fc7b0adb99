// The scenarios that stand side by side: what is pinned, and the current one.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gui/model/outcome.hpp"
#include "gui/model/workspace.hpp"

namespace kvfoot::gui {

struct Compared {
  OutcomePtr outcome;
  std::optional<std::size_t> pin;  // its place in Workspace::pins(); absent: not pinned
  bool current = false;            // of the scenario that the form shows
  std::size_t style = 0;  // in the palette: 0 the current one, then the pins; others keep theirs
  std::string policy;     // "snapkv:sparsity=0.7"
  std::string details;  // what else tells it from the others, "chunk 256 · output 64"; may be empty
  std::string english{};  // the same in the language of files
  // Both in one line, for legends.
  [[nodiscard]] std::string name() const {
    return details.empty() ? policy : policy + " · " + details;
  }
  // For files, which other programs read: whatever language the window speaks.
  [[nodiscard]] std::string name_in_files() const {
    return english.empty() ? policy : policy + " · " + english;
  }
};

// The current outcome, then the pins, oldest first. A pin that asked the same and counted the same
// as the current outcome is that one and stands in its place. Names are unique.
[[nodiscard]] std::vector<Compared> compared_scenarios(const Workspace& workspace);

// For places where a whole name is too long: names apart, without the pieces at either end (between
// ":", "," and " · ") that all of them share; of one parameter that differs, its values.
struct ShortNames {
  std::string before;  // the shared head, "snapkv:sparsity"; may be empty
  std::vector<std::string> names;
};
[[nodiscard]] ShortNames short_names(std::span<const Compared> scenarios);

// Fills in the names: the policy, and of the other inputs those that are not all equal.
void name_apart(std::span<Compared> scenarios);

}  // namespace kvfoot::gui
