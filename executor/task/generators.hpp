// Internal: one builder per task. Each is a pure function of (spec, seed, amount), where `amount`
// is how much context to write; make_sample searches the largest amount that fits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "executor/task/task.hpp"

namespace kvfoot::task {

// Empty result: `amount` holds no whole question (too little context).
using Builder = std::optional<TaskSample> (*)(const TaskSpec&, std::uint64_t seed,
                                              std::size_t amount);

std::optional<TaskSample> build_niah(const TaskSpec&, std::uint64_t seed, std::size_t bytes);
std::optional<TaskSample> build_key_value(const TaskSpec&, std::uint64_t seed, std::size_t bytes);
std::optional<TaskSample> build_json(const TaskSpec&, std::uint64_t seed, std::size_t pairs);
std::optional<TaskSample> build_classify(const TaskSpec&, std::uint64_t seed, std::size_t lines);
std::optional<TaskSample> build_copy(const TaskSpec&, std::uint64_t seed, std::size_t words);

// The fixed depth of the spec, or one drawn from `random`: percent, 0 to 100.
std::uint32_t sample_depth(const TaskSpec& spec, class Random& random);

// Appends text to the prompt and marks it as a segment.
void append_segment(TaskSample& sample, const char* name, std::string_view text);

}  // namespace kvfoot::task
