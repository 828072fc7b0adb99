// Any bytes as a config.json: an error, or a configuration that survives being written and read
// again.
#include <cmath>
#include <cstdint>
#include <string_view>

#include "executor/model/config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = kvfoot::parse_config(text, "fuzz");
  if (!config) {
    KVFOOT_CHECK(!config.error().what.empty());
    return 0;
  }
  const auto again = kvfoot::parse_config(kvfoot::config_to_json(*config), "again");
  KVFOOT_CHECK(again.ok(), again.ok() ? "" : again.error().message());
  KVFOOT_CHECK(*again == *config);
  KVFOOT_CHECK(config->parameter_count() > 0);
  if (config->head_dim <= 4096) {
    for (const double frequency : kvfoot::rope_inverse_frequencies(*config)) {
      KVFOOT_CHECK(std::isfinite(frequency) && frequency >= 0.0);
    }
  }
  kvfoot::LlamaConfig other = *config;
  if (kvfoot::parse_generation_config(text, "fuzz", other).ok()) {
    KVFOOT_CHECK(other.eos_token_ids == config->eos_token_ids);  // the same text says the same ids
  }
  return 0;
}
