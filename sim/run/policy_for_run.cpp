// The one place where a PolicyContext is filled for a run.
#include "sim/run/policy_for_run.hpp"

#include "sim/io/file.hpp"

namespace kvfoot {

PolicyFiles policy_files(const std::filesystem::path& folder) {
  constexpr std::int64_t kMostBytes = std::int64_t{16} << 20;
  return [folder](const std::string& path) { return read_regular_file(folder / path, kMostBytes); };
}

Result<std::unique_ptr<const Policy>> policy_for_run(const PolicySpec& spec,
                                                     const ModelShape& shape, const RunLengths& run,
                                                     DType kv_dtype, std::uint64_t seed,
                                                     const PolicyFiles& files) {
  return make_policy(spec, PolicyContext{.shape = policy_shape(shape),
                                         .run = run,
                                         .kv_dtype = kv_dtype,
                                         .seed = seed,
                                         .read_file = files ? files : policy_files()});
}

Result<std::unique_ptr<const Policy>> policy_for_run(const std::string& text,
                                                     const ModelShape& shape, const RunLengths& run,
                                                     DType kv_dtype, std::uint64_t seed) {
  KVFOOT_ASSIGN(const PolicySpec spec, parse_policy(text));
  return policy_for_run(spec, shape, run, kv_dtype, seed);
}

}  // namespace kvfoot
