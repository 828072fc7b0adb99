// Which random elements a tensor has (private to executor/model).
#pragma once

#include <cstdint>
#include <span>

#include "executor/model/make_model.hpp"
#include "executor/model/tensor.hpp"

namespace kvfoot::model {

[[nodiscard]] RandomElements random_elements(const TensorSpec& tensor,
                                             const RandomModelOptions& options);

// Writes elements [first, first + out.size() / weight_bytes(tensor.type)), cut over options.threads
// threads.
void fill_random_parallel(const TensorSpec& tensor, const RandomModelOptions& options,
                          std::uint64_t first, std::span<std::byte> out);

}  // namespace kvfoot::model
