// Seeded random tensors, element by element from a counter (private to executor/model).
#pragma once

#include <cstdint>
#include <span>

#include "executor/model/make_model.hpp"
#include "executor/model/tensor.hpp"

namespace kvfoot::model {

// Writes elements [first, first + out.size() / weight_bytes) of the tensor.
void fill_random(const TensorSpec& tensor, const RandomModelOptions& options, std::uint64_t first,
                 std::span<std::byte> out);

// The same for a large range, cut over options.threads threads.
void fill_random_parallel(const TensorSpec& tensor, const RandomModelOptions& options,
                          std::uint64_t first, std::span<std::byte> out);

}  // namespace kvfoot::model
