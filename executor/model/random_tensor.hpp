// Which random elements a tensor has (private to executor/model).
#pragma once

#include <cstdint>
#include <span>

#include "executor/model/make_model.hpp"
#include "executor/model/tensor.hpp"

namespace kvfoot::model {

[[nodiscard]] RandomElements random_elements(const TensorSpec& tensor,
                                             const RandomModelOptions& options);

// fill_random cut over `threads` threads.
void fill_random_parallel(const RandomElements& elements, WeightType type, int threads,
                          std::uint64_t first, std::span<std::byte> out);

}  // namespace kvfoot::model
