// Runs a policy through the driver over made-up attention.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/cache/driver.hpp"
#include "sim/core/check.hpp"
#include "sim/policy/descriptor.hpp"
#include "tests/policy/fake_attention.hpp"

namespace kvfoot::test {

inline ModelShape small_shape(std::int32_t layers, std::int32_t kv_heads, std::int32_t group) {
  return {.name = "small",
          .layers = layers,
          .q_heads = kv_heads * group,
          .kv_heads = kv_heads,
          .head_dim = 4,
          .hidden = kv_heads * group * 4,
          .ffn = 16,
          .vocab = 32};
}

inline RunLengths lengths(std::int64_t prompt, std::int64_t output,
                          std::int64_t chunk = kWholePrompt,
                          LastPromptToken last = LastPromptToken::kPrefill) {
  return {.prompt = prompt, .output = output, .chunk = chunk, .last_prompt_token = last};
}

inline Result<std::unique_ptr<const Policy>> try_policy(const std::string& text,
                                                        const ModelShape& shape,
                                                        const RunLengths& run,
                                                        const std::string& file = "") {
  KVFOOT_ASSIGN(const PolicySpec spec, parse_policy(text));
  PolicyContext context{.shape = shape, .run = run};
  context.read_file = [file](const std::string&) -> Result<std::string> { return file; };
  return make_policy(spec, context);
}

inline std::unique_ptr<const Policy> make(const std::string& text, const ModelShape& shape,
                                          const RunLengths& run, const std::string& file = "") {
  return try_policy(text, shape, run, file).value();
}

using Positions = std::vector<TokenPos>;

// Called after each layer's decision.
using AfterDecision =
    std::function<void(const PolicyDriver&, std::int32_t layer, std::span<const HeadKeep> kept)>;

inline void drive(const Policy& policy, const ModelShape& shape, const RunLengths& run,
                  const Logit& logit, DecisionSink* sink = nullptr,
                  const AfterDecision& after = {}) {
  PolicyDriver driver(policy, shape, run, sink);
  FakeAttention attention(shape, policy.storage(), logit, run.rows());
  for (std::int64_t i = 0; i < run.passes(); ++i) {
    const Pass pass = pass_at(run, i, policy.patch_window());
    driver.begin_pass(pass);
    for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
      driver.append(layer);
      std::vector<std::span<const TokenPos>> resident;
      for (std::int32_t head = 0; head < driver.heads(); ++head) {
        resident.push_back(driver.residency().resident(layer, head));
      }
      attention.attend(pass, layer, resident);
      const auto kept = driver.decide(layer, &attention);
      KVFOOT_CHECK(kept.ok(), kept.error().message());
      if (after) {
        after(driver, layer, *kept);
      }
    }
    driver.end_pass();
  }
}

// What each stream holds after each pass: [pass][layer * heads + head].
inline std::vector<std::vector<Positions>> residency_by_pass(const Policy& policy,
                                                             const ModelShape& shape,
                                                             const RunLengths& run,
                                                             const Logit& logit) {
  std::vector<std::vector<Positions>> all;
  drive(policy, shape, run, logit, nullptr,
        [&](const PolicyDriver& driver, std::int32_t layer, std::span<const HeadKeep>) {
          if (layer == 0) {
            all.emplace_back();
          }
          for (std::int32_t head = 0; head < driver.heads(); ++head) {
            const auto resident = driver.residency().resident(layer, head);
            all.back().emplace_back(resident.begin(), resident.end());
          }
        });
  return all;
}

}  // namespace kvfoot::test
