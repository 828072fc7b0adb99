// Bytes become runs: a policy with some parameters, a shape, lengths, attention with many ties. The
// driver's own checks must hold, and what each stream holds must add up.
#include <algorithm>
#include <string>

#include "sim/cache/pages.hpp"
#include "tests/policy/contract.hpp"
#include "tests/policy/drive.hpp"

namespace {

using namespace kvfoot;        // NOLINT: a program of its own
using namespace kvfoot::test;  // NOLINT

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  [[nodiscard]] bool empty() const { return at_ >= size_; }
  // In [low, high]; `low` once the bytes are used up.
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    std::uint64_t value = 0;
    for (int i = 0; i < 2 && !empty(); ++i) {
      value = value << 8U | data_[at_++];
    }
    return low + static_cast<std::int64_t>(value % static_cast<std::uint64_t>(high - low + 1));
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

std::string random_value(const ParamInfo& info, std::int64_t prompt, Bytes& bytes) {
  switch (info.type) {
    case ParamType::kInt:
      return std::to_string(bytes.pick(0, 2 * prompt));
    case ParamType::kDecimal:
      return "0." + std::to_string(bytes.pick(0, 999));
    case ParamType::kBytes:
      return std::to_string(bytes.pick(1, 60000));
    case ParamType::kChoice:
    case ParamType::kBool: {
      const auto words = split(info.type == ParamType::kBool ? "true|false" : info.choices, '|');
      return std::string(words[static_cast<std::size_t>(
          bytes.pick(0, static_cast<std::int64_t>(words.size()) - 1))]);
    }
    case ParamType::kFile:
      return "mask";
    case ParamType::kPolicy: {
      const auto all = builtin_policies();
      return all[static_cast<std::size_t>(bytes.pick(0, static_cast<std::int64_t>(all.size()) - 1))]
          ->example(std::max<std::int64_t>(prompt, 8));
    }
  }
  return {};
}

PolicySpec random_spec(std::int64_t prompt, Bytes& bytes) {
  const auto all = builtin_policies();
  const PolicyDescriptor& policy =
      *all[static_cast<std::size_t>(bytes.pick(0, static_cast<std::int64_t>(all.size()) - 1))];
  PolicySpec spec = parse_policy(policy.example(std::max<std::int64_t>(prompt, 8))).value();
  for (const ParamInfo& info : policy.params) {
    if (bytes.pick(0, 1) == 1) {
      std::vector<PolicySpec> changed;
      push_variant(policy, spec, info, random_value(info, prompt, bytes), changed);
      if (!changed.empty()) {
        spec = changed.front();
      }
    }
  }
  return spec;
}

std::string random_mask(const ModelShape& shape, Bytes& bytes) {
  std::string text;
  for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
    for (std::int32_t head = 0; head < shape.kv_heads; ++head) {
      text += std::to_string(bytes.pick(0, 1)) + "\t";
    }
    text += "\n";
  }
  return text;
}

void one_run(Bytes& bytes) {
  const ModelShape shape = small_shape(static_cast<std::int32_t>(bytes.pick(1, 3)),
                                       static_cast<std::int32_t>(bytes.pick(1, 3)),
                                       static_cast<std::int32_t>(bytes.pick(1, 3)));
  const std::int64_t prompt = bytes.pick(1, 40);
  const RunLengths run =
      lengths(prompt, bytes.pick(0, 6), bytes.pick(0, prompt),
              bytes.pick(0, 1) == 0 ? LastPromptToken::kPrefill : LastPromptToken::kDecode);
  const PolicySpec spec = random_spec(prompt, bytes);
  const auto policy = try_policy(to_string(spec), shape, run, random_mask(shape, bytes));
  if (!policy.ok()) {
    KVFOOT_CHECK(!policy.error().what.empty());
    return;
  }
  const Logit logit = hashed_logits(static_cast<std::uint64_t>(bytes.pick(0, 65535)),
                                    static_cast<std::uint64_t>(bytes.pick(1, 500)));
  const std::int32_t heads = storage_heads(**policy, shape);
  PageLedger ledger(shape.layers, heads, bytes.pick(1, 16), 1);
  std::int64_t entries = 0;
  drive(**policy, shape, run, logit, nullptr,
        [&](const PolicyDriver& driver, std::int32_t layer, std::span<const HeadKeep>) {
          const Pass& pass = driver.pass().pass;
          if (layer == 0) {
            ledger.begin_pass(pass.index);
          }
          for (std::int32_t head = 0; head < heads; ++head) {
            ledger.append(layer, head, pass.forward_rows());
          }
          for (std::int32_t head = 0; head < heads; ++head) {
            ledger.retain(layer, head, driver.residency().size(layer, head));
          }
          if (layer + 1 == shape.layers) {
            entries += pass.rows() * shape.layers * heads;
            const PassMemory memory = ledger.end_pass();
            KVFOOT_CHECK(memory.resident_entries == driver.residency().total());
            KVFOOT_CHECK(memory.resident_entries + driver.evicted() == entries);
            KVFOOT_CHECK(memory.bytes <= memory.peak_bytes);
            KVFOOT_CHECK(memory.peak_bytes <= ledger.peak_bytes_pass());
          }
        });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  for (int runs = 0; runs < 8 && !bytes.empty(); ++runs) {
    one_run(bytes);
  }
  return 0;
}
