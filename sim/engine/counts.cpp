// Counting replay: kept_count per pass and stream, decoding in closed form.
#include "sim/engine/counts.hpp"

#include <string>
#include <vector>

#include "sim/engine/pass_account.hpp"

namespace kvfoot {
namespace {

Error needs_attention(std::int32_t layer, std::int32_t head, const Pass& pass) {
  return Error{"counting",
               "what layer " + std::to_string(layer) + ", head " + std::to_string(head) +
                   " keeps after rows " + std::to_string(pass.begin) + " to " +
                   std::to_string(pass.end - 1) + " depends on attention",
               "replay a trace instead of a shape"};
}

// Entries kept by every stream after one pass.
Status count_pass(const Policy& policy, const PassView& view, std::int32_t heads,
                  std::span<const std::int64_t> past, std::vector<std::int64_t>& after) {
  const std::int64_t rows = view.pass.rows();
  if (!policy.decides(view)) {
    for (std::size_t s = 0; s < past.size(); ++s) {
      after[s] = past[s] + rows;
    }
    return {};
  }
  std::size_t s = 0;
  for (std::int32_t layer = 0; layer < view.layers; ++layer) {
    for (std::int32_t head = 0; head < heads; ++head, ++s) {
      const auto kept = policy.kept_count(view, layer, head, past[s]);
      if (!kept) {
        return needs_attention(layer, head, view.pass);
      }
      after[s] = *kept;
    }
  }
  return {};
}

// True when every stream decodes by a cap; fills `caps`.
bool decode_caps(const Policy& policy, std::int32_t layers, std::int32_t heads,
                 std::vector<std::int64_t>& caps) {
  std::size_t s = 0;
  for (std::int32_t layer = 0; layer < layers; ++layer) {
    for (std::int32_t head = 0; head < heads; ++head, ++s) {
      const auto cap = policy.decode_cap(layer, head);
      if (!cap) {
        return false;
      }
      caps[s] = *cap;
    }
  }
  return true;
}

}  // namespace

PageSize page_size(const ModelShape& shape, DType kv_dtype, std::int64_t block,
                   std::int64_t batch) {
  return PageSize{block, batch * block * entry_bytes(shape, kv_dtype)};
}

Status check_countable(const ModelShape& shape, const RunLengths& run, std::int32_t heads,
                       std::int64_t block, std::int64_t batch) {
  KVFOOT_TRY(validate(shape));
  KVFOOT_TRY(validate(run));
  if (block < 1 || block > (std::int64_t{1} << 30)) {
    return Error{"block size", std::to_string(block) + " entries per page",
                 "give a positive number of entries"};
  }
  if (batch < 1 || batch > kMaxBatch) {
    return Error{"batch", "a batch of " + std::to_string(batch) + " requests",
                 "give 1 to " + std::to_string(kMaxBatch)};
  }
  std::int64_t sum = 0;
  if (__builtin_mul_overflow(triangle(run.rows()), std::int64_t{shape.layers} * heads, &sum)) {
    return Error{"prompt and output", "too many rows to count in 64 bits for this shape"};
  }
  // Bytes of all entries of the widest type; patch rows at most double a pass, pages round up.
  const std::int64_t entries = 2 * run.rows() + block;
  const std::int64_t streams = std::int64_t{shape.layers} * heads;
  if (__builtin_mul_overflow(entries, streams, &sum) ||
      __builtin_mul_overflow(sum, entry_bytes(shape, DType::kF32), &sum) ||
      __builtin_mul_overflow(sum, batch, &sum)) {
    return Error{"model shape '" + shape.name + "'", "has too many bytes to count in 64 bits"};
  }
  return {};
}

Result<CountOutcome> replay_counts(const Policy& policy, const ModelShape& shape,
                                   const RunLengths& run, const CountOptions& options) {
  const std::int32_t heads = storage_heads(policy, shape);
  KVFOOT_TRY(check_countable(shape, run, heads, options.block, options.batch));
  const PageSize page = page_size(shape, options.kv_dtype, options.block, options.batch);
  CountOutcome outcome;
  if (options.profile) {
    outcome.profile.emplace(run, shape.layers, heads, page);
  }
  PassAccount account(run, shape.layers, heads, page,
                      outcome.profile ? &*outcome.profile : nullptr);

  std::vector<std::int64_t> after(account.past().size());
  PassView view;
  view.run = run;
  view.layers = shape.layers;
  const std::int64_t prefill_passes = run.prefill_passes();
  const bool closed = !options.pass_by_pass && decode_caps(policy, shape.layers, heads, after);
  const std::vector<std::int64_t> caps = closed ? after : std::vector<std::int64_t>{};
  const std::int64_t counted = closed ? prefill_passes : run.passes();
  for (std::int64_t p = 0; p < counted; ++p) {
    view.pass = pass_at(run, p, policy.patch_window());
    KVFOOT_TRY(count_pass(policy, view, heads, account.past(), after));
    account.pass(view.pass, after);
  }
  if (closed) {
    account.decode(prefill_passes, run.decode_rows(), caps);
  }
  outcome.metrics = account.metrics();
  return outcome;
}

}  // namespace kvfoot
