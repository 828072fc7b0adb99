// Policies as commands make them: for one model and run, with the files that they name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "sim/core/result.hpp"
#include "sim/policy/descriptor.hpp"

namespace kvfoot {

// Reads the small text files that a policy names, relative to `folder`; a table of heads is tiny,
// 16 MiB are refused.
using PolicyFiles = std::function<Result<std::string>(const std::string& path)>;
[[nodiscard]] PolicyFiles policy_files(const std::filesystem::path& folder = {});

// Without `files`: policy_files().
[[nodiscard]] Result<std::unique_ptr<const Policy>> policy_for_run(
    const PolicySpec& spec, const ModelShape& shape, const RunLengths& run, DType kv_dtype,
    std::uint64_t seed, const PolicyFiles& files = {});
// The same from text such as "snapkv:sparsity=0.7".
[[nodiscard]] Result<std::unique_ptr<const Policy>> policy_for_run(const std::string& text,
                                                                   const ModelShape& shape,
                                                                   const RunLengths& run,
                                                                   DType kv_dtype,
                                                                   std::uint64_t seed);

}  // namespace kvfoot
