// Traces of made-up attention: a policy really decides on it while the writer records.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "sim/cache/driver.hpp"
#include "sim/cache/pages.hpp"
#include "sim/engine/counts.hpp"
#include "sim/trace/writer.hpp"
#include "tests/policy/drive.hpp"

namespace kvfoot::test {

struct SyntheticTrace {
  ModelShape shape;
  RunLengths run;
  std::string policy = "full";
  TraceFidelity fidelity = TraceFidelity::kRows;
  TraceCoding coding{};
  std::uint64_t seed = 1;
};

// The rows of one query head of one pass, from the logits and what its storage head holds.
inline void record_head(TraceWriter& writer, const Logit& logit, const Pass& pass,
                        std::int32_t layer, std::int32_t q, std::span<const TokenPos> resident) {
  const auto forward = static_cast<std::size_t>(pass.forward_rows());
  const std::size_t past = resident.size() - forward;
  std::vector<float> rows(forward * resident.size(), 0.0F);
  std::vector<float> log_sum_exp(forward);
  for (std::size_t r = 0; r < forward; ++r) {
    std::vector<float> logits;
    double total = 0;
    for (std::size_t k = 0; k <= past + r; ++k) {
      logits.push_back(logit(
          layer, q, static_cast<TokenPos>(pass.begin + static_cast<std::int64_t>(r)), resident[k]));
      total += std::exp(static_cast<double>(logits.back()));
    }
    log_sum_exp[r] = static_cast<float>(std::log(total));
    const std::vector<float> p = softmax(logits);
    std::copy(p.begin(), p.end(), rows.begin() + static_cast<std::ptrdiff_t>(r * resident.size()));
  }
  AttentionTile tile;
  tile.layer = layer;
  tile.q_head = q;
  tile.rows = static_cast<std::int32_t>(forward);
  tile.past = static_cast<std::int64_t>(past);
  tile.probability = rows.data();
  tile.stride = static_cast<std::int64_t>(resident.size());
  tile.log_sum_exp = log_sum_exp.data();
  writer.on_tile(tile);
}

inline Status write_synthetic_trace(const std::string& path, const SyntheticTrace& what) {
  const auto policy = make(what.policy, what.shape, what.run);
  TraceHeader header;
  header.shape = what.shape;
  header.run = what.run;
  header.policy = to_string(*parse_policy(what.policy));
  header.patch_window = policy->patch_window();
  header.storage = policy->storage();
  header.kv_dtype = DType::kBF16;
  header.block = 4;
  header.fidelity = what.fidelity;
  header.device = "cpu";
  TraceWriteOptions options;
  options.coding = what.coding;
  KVFOOT_ASSIGN(auto writer, TraceWriter::create(path, header, options));

  const Logit logit = hashed_logits(what.seed);
  const PageSize page = page_size(what.shape, header.kv_dtype, header.block);
  PolicyDriver driver(*policy, what.shape, what.run, writer.get());
  PageLedger ledger(what.shape.layers, driver.heads(), page.block, page.bytes);
  FakeAttention attention(what.shape, policy->storage(), logit);
  const std::int32_t group = what.shape.q_heads / driver.heads();
  for (std::int64_t i = 0; i < what.run.passes(); ++i) {
    const Pass pass = pass_at(what.run, i, policy->patch_window());
    std::vector<std::int32_t> tokens;
    std::vector<TokenPos> positions;
    for (std::int64_t r = 0; r < pass.forward_rows(); ++r) {
      positions.push_back(static_cast<TokenPos>(pass.begin + r));
      tokens.push_back(static_cast<std::int32_t>((pass.begin + r) % what.shape.vocab));
    }
    KVFOOT_TRY(writer->begin_pass({pass, false}, tokens, positions));
    driver.begin_pass(pass);
    ledger.begin_pass(pass.index);
    for (std::int32_t layer = 0; layer < what.shape.layers; ++layer) {
      driver.append(layer);
      std::vector<std::span<const TokenPos>> resident;
      for (std::int32_t head = 0; head < driver.heads(); ++head) {
        resident.push_back(driver.residency().resident(layer, head));
        ledger.append(layer, head, pass.forward_rows());
        const std::vector<float> norms(static_cast<std::size_t>(pass.forward_rows()), 1.0F);
        writer->key_norms(layer, head, norms);
      }
      attention.attend(pass, layer, resident);
      for (std::int32_t q = 0; q < what.shape.q_heads; ++q) {
        record_head(*writer, logit, pass, layer, q, resident[static_cast<std::size_t>(q / group)]);
      }
      KVFOOT_TRY(writer->end_layer(layer));
      KVFOOT_TRY(driver.decide(layer, &attention));
      for (std::int32_t head = 0; head < driver.heads(); ++head) {
        ledger.retain(layer, head, driver.residency().size(layer, head));
      }
    }
    driver.end_pass();
    KVFOOT_TRY(writer->end_pass(ledger.end_pass(), 0));
  }
  return writer->finish(what.run, {});
}

}  // namespace kvfoot::test
