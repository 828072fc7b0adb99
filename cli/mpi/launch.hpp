// Whether an MPI launcher started this process together with others, and how to reach them.
#pragma once

#include <cstdint>
#include <memory>

#include "cli/mpi/module.hpp"
#include "sim/core/result.hpp"

namespace kvfoot::cli {

// How many processes the launcher says it has started: 1 without one, 0 when it does not say.
[[nodiscard]] std::int64_t launched_ranks();

// The others; null when this process is alone. An error where several would do the same work side
// by side: a build without MPI, or a launcher of another MPI library.
[[nodiscard]] Result<std::unique_ptr<MpiMessenger>> join_ranks();

// Threads for a rank that was not told how many: its share of the processors it may use.
[[nodiscard]] std::int64_t jobs_of_rank(const MpiMessenger& ranks);

}  // namespace kvfoot::cli
