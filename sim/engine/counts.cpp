// Counting replay: kept_count per pass and stream, decoding in closed form.
#include "sim/engine/counts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "sim/core/capped_sum.hpp"
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

constexpr std::int64_t kPassesAtOnce = 4096;  // a tenth of a second

// What a sliding layer holds between passes: the row that comes next sees itself besides.
std::int64_t window_cap(std::int32_t window) { return std::int64_t{window} - 1; }

// Streams that count alike: one of them is asked for all. Policies know the full layers only.
class StreamClasses {
 public:
  struct Stream {
    std::int64_t key = 0;     // of the policy; 0 on sliding layers
    std::int32_t window = 0;  // of a sliding layer, else 0
    std::int32_t layer = 0;
    std::int32_t full_layer = 0;  // as the policy counts layers
    std::int32_t head = 0;
    std::size_t index = 0;
  };

  StreamClasses(const Policy& policy, const ModelShape& shape, std::int32_t heads)
      : of_(static_cast<std::size_t>(shape.layers) * static_cast<std::size_t>(heads)) {
    std::size_t s = 0;
    std::int32_t full_layer = 0;
    for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
      const std::int32_t window = shape.window(layer);
      for (std::int32_t head = 0; head < heads; ++head, ++s) {
        const std::int64_t key = window > 0 ? 0 : policy.count_key(full_layer, head);
        of_[s] = class_of({key, window, layer, full_layer, head, s});
      }
      full_layer += window == 0 ? 1 : 0;
    }
  }

  // The first stream of every class, in the order of streams.
  [[nodiscard]] std::span<const Stream> first() const { return first_; }
  // out[s] = values[class of s]
  void spread(std::span<const std::int64_t> values, std::span<std::int64_t> out) const {
    for (std::size_t s = 0; s < out.size(); ++s) {
      out[s] = values[of_[s]];
    }
  }

 private:
  // Searched from the last one: neighbours are alike. Beyond a few dozen (a policy that does not
  // say what counts alike) searching costs more than it saves.
  std::uint32_t class_of(const Stream& stream) {
    constexpr std::size_t kSearched = 64;
    for (std::size_t k = first_.size(); k > 0 && first_.size() - k < kSearched; --k) {
      if (first_[k - 1].key == stream.key && first_[k - 1].window == stream.window) {
        return static_cast<std::uint32_t>(k - 1);
      }
    }
    first_.push_back(stream);
    return static_cast<std::uint32_t>(first_.size() - 1);
  }

  std::vector<std::uint32_t> of_;
  std::vector<Stream> first_;
};

// Entries kept by every stream after one pass; `kept` is scratch.
Status count_pass(const Policy& policy, const PassView& view, const StreamClasses& classes,
                  std::span<const std::int64_t> past, std::vector<std::int64_t>& kept,
                  std::vector<std::int64_t>& after) {
  const bool decides = policy.decides(view);
  kept.clear();
  for (const StreamClasses::Stream& stream : classes.first()) {
    const std::int64_t own = past[stream.index] + view.pass.rows();
    if (stream.window > 0) {
      kept.push_back(std::min(own, window_cap(stream.window)));
    } else if (!decides) {
      kept.push_back(own);
    } else {
      const auto count =
          policy.kept_count(view, stream.full_layer, stream.head, past[stream.index]);
      if (!count) {
        return needs_attention(stream.layer, stream.head, view.pass);
      }
      kept.push_back(*count);
    }
  }
  classes.spread(kept, after);
  return {};
}

// True when every stream decodes by a cap; fills `caps`.
bool decode_caps(const Policy& policy, const StreamClasses& classes,
                 std::vector<std::int64_t>& caps) {
  std::vector<std::int64_t> by_class;
  for (const StreamClasses::Stream& stream : classes.first()) {
    const auto cap = stream.window > 0 ? window_cap(stream.window)
                                       : policy.decode_cap(stream.full_layer, stream.head);
    if (!cap) {
      return false;
    }
    by_class.push_back(*cap);
  }
  classes.spread(by_class, caps);
  return true;
}

// The longest run whose entries over rows, in so many streams, 64 bits can count.
std::int64_t most_rows(std::int64_t streams) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max() / streams;
  auto rows = static_cast<std::int64_t>(std::sqrt(2.0 * static_cast<double>(most)));
  while (triangle(rows) > most) {
    --rows;
  }
  return rows;
}

}  // namespace

std::int64_t native_entry_rows(const ModelShape& shape, const RunLengths& run, std::int32_t heads) {
  const std::int64_t full = triangle(run.rows());
  std::int64_t sum = 0;
  std::int64_t slides = 0;
  if (shape.hybrid()) {
    const std::int64_t cap = window_cap(shape.sliding.window);
    std::int64_t past = 0;
    for (std::int64_t p = 0; p < run.prefill_passes(); ++p) {
      const std::int64_t rows = pass_at(run, p, 0).rows();
      slides += rows * past + triangle(rows);
      past = std::min(past + rows, cap);
    }
    // Decode row i holds min(past + i, cap) and itself.
    slides += capped_sum(past, cap, run.decode_rows()) + run.decode_rows();
  }
  for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
    sum += shape.window(layer) > 0 ? slides : full;
  }
  return sum * heads;
}

Status check_countable(const ModelShape& shape, const RunLengths& run, std::int32_t heads,
                       std::int64_t block, std::int64_t batch, const KvLayout& layout) {
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
  KVFOOT_TRY(check_layout(layout, shape));
  std::int64_t sum = 0;
  const std::int64_t all_streams = std::int64_t{shape.layers} * heads;
  if (__builtin_mul_overflow(triangle(run.rows()), all_streams, &sum)) {
    return Error{run.prompt >= run.output ? "prompt" : "output",
                 std::to_string(run.rows()) + " rows in each of " + std::to_string(all_streams) +
                     " streams are too many entries to count in 64 bits",
                 "give at most " + std::to_string(most_rows(all_streams)) +
                     " tokens, prompt and output together"};
  }
  // Bytes of all entries of the widest type; patch rows at most double a pass, pages round up, and
  // scales, outliers and indices may weigh several times what they belong to.
  const std::int64_t metadata = layout.has_formula() ? 8 : 1;
  const std::int64_t entries = 2 * run.rows() + block;
  const std::int64_t streams = std::int64_t{shape.layers} * heads;
  if (__builtin_mul_overflow(entries, streams, &sum) ||
      __builtin_mul_overflow(sum, entry_bytes(shape, DType::kF32), &sum) ||
      __builtin_mul_overflow(sum, batch * copies_of(shape, heads, layout), &sum) ||
      __builtin_mul_overflow(sum, metadata, &sum)) {
    return Error{"model shape '" + shape.name + "'", "has too many bytes to count in 64 bits",
                 "shorten prompt and output, or lower the batch"};
  }
  return {};
}

Result<CountOutcome> replay_counts(const Policy& policy, const ModelShape& shape,
                                   const RunLengths& run, const CountOptions& options,
                                   const ReplayControl& control) {
  const std::int32_t heads = storage_heads(policy, shape);
  KVFOOT_TRY(check_countable(shape, run, heads, options.block, options.batch, options.layout));
  const PageSize page =
      page_size(shape, heads, options.kv_dtype, options.block, options.batch, options.layout);
  CountOutcome outcome;
  if (options.profile) {
    outcome.profile.emplace(run, shape.layers, heads, page);
    if (shape.hybrid()) {
      std::vector<std::int32_t> windows;
      for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
        windows.push_back(shape.window(layer));
      }
      outcome.profile->slide(std::move(windows));
    }
  }
  PassAccount account(run, shape.layers, heads, page,
                      outcome.profile ? &*outcome.profile : nullptr);

  std::vector<std::int64_t> after(account.past().size());
  PassView view;
  view.run = run;
  view.layers = policy_shape(shape).layers;
  const std::int64_t prefill_passes = run.prefill_passes();
  const StreamClasses classes(policy, shape, heads);
  std::vector<std::int64_t> kept;
  const bool closed = !options.pass_by_pass && decode_caps(policy, classes, after);
  const std::vector<std::int64_t> caps = closed ? after : std::vector<std::int64_t>{};
  const std::int64_t counted = closed ? prefill_passes : run.passes();
  for (std::int64_t p = 0; p < counted; ++p) {
    KVFOOT_TRY(control.check());
    view.pass = pass_at(run, p, policy.patch_window());
    KVFOOT_TRY(count_pass(policy, view, classes, account.past(), kept, after));
    account.pass(view.pass, after);
    control.tell(view.pass.end, run.rows());
  }
  // Plain pages take no longer for many passes than for few; a layout is counted pass by pass, so
  // that it looks up now and then.
  const std::int64_t most = page.plain() ? run.decode_rows() : kPassesAtOnce;
  for (std::int64_t done = 0; closed && done < run.decode_rows(); done += most) {
    KVFOOT_TRY(control.check());
    const std::int64_t count = std::min(most, run.decode_rows() - done);
    account.decode(prefill_passes + done, count, caps);
    control.tell(run.rows() - run.decode_rows() + done + count, run.rows());
  }
  outcome.metrics = account.metrics();
  if (shape.hybrid()) {
    outcome.metrics.footprint_native = static_cast<double>(*outcome.metrics.entry_rows) /
                                       static_cast<double>(native_entry_rows(shape, run, heads));
  }
  return outcome;
}

}  // namespace kvfoot
