// FLOPs and bytes, operator by operator.
#include "sim/graph/pass_work.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "sim/core/capped_sum.hpp"
#include "sim/core/check.hpp"
#include "sim/graph/cpu_memory.hpp"

namespace kvfoot {
namespace {

constexpr std::int64_t kF32 = 4;
constexpr std::int64_t kTokenId = 4;
// FLOPs per element: square, add, scale, weight; two products and a sum; silu and its product.
constexpr std::int64_t kNormFlops = 4;
constexpr std::int64_t kRopeFlops = 3;
constexpr std::int64_t kSwiGluFlops = 5;
constexpr std::int64_t kQuantiseFlops = 4;  // smallest, largest, scale, round
// Decoding cuts the keys of a head into pieces, so that one row keeps a whole device busy
// (Flash-Decoding); more rows than this fill it without.
constexpr std::int64_t kFewRows = 16;
constexpr std::int64_t kKeyPieces = 32;

// Bytes of a weight and of an activation.
struct Scalars {
  std::int64_t w, a;
  explicit Scalars(const PassModel& model)
      : w(scalar_bytes(model.dtype)), a(scalar_bytes(model.activation_dtype())) {}
};

Work operator*(std::int64_t times, const Work& one) {
  return {times * one.flops, times * one.read, times * one.written};
}

Work norm(std::int64_t rows, std::int64_t hidden, Scalars size) {
  return {kNormFlops * rows * hidden, hidden * size.w + rows * hidden * size.a,
          rows * hidden * size.a};
}

Work score_work(const PassModel& model, const PassLoad& load, std::int32_t index,
                const LayerLoad& held) {
  const LayerShape layer = layer_shape(model.shape, index);
  const std::int64_t d = layer.key_dim;
  const std::int64_t group = model.group();
  const std::int64_t key = model.copies() * d * scalar_bytes(model.kv_dtype);
  const std::int64_t own = load.rows() * model.storage_heads;
  const auto key_bytes = [&](std::int64_t entries) {
    return model.layout.has_formula() && entries > own
               ? model.copies() * held.keys_before + own * key
               : entries * key;
  };
  const std::int64_t resident = held.before + load.rows() * model.storage_heads;
  const std::int64_t query = layer.query * Scalars(model).a;
  Work work;
  if (model.needs.accumulated) {
    // Fused attention keeps no probabilities: they are computed once more and added up.
    work.flops += (2 * d + 1) * attention_pairs(model, load.rows(), index, held);
    work.read += key_bytes(resident) + resident * group * kF32 + load.rows() * query;
    work.written += resident * group * kF32;
  }
  if (asked(model, load)) {
    if (const std::int64_t rows = voters(model, load); rows > 0) {
      const std::int64_t keys = candidates(model, load, held);
      work.flops += (2 * d + 1) * rows * keys * group;
      work.read += key_bytes(keys) + rows * query;
      work.written += keys * group * kF32;
    }
    if (model.needs.key_norms) {
      work.read += resident * kF32;
    }
  }
  return work;
}

// Queries, keys and values of `rows` rows. With a latent query there are two products in a row, and
// another carries the queries into the latent space; every matrix is read once.
Work input_projection(const ModelShape& shape, const LayerShape& layer, std::int64_t rows,
                      Scalars size) {
  return {2 * rows * layer.in_weights,
          layer.in_weights * size.w + rows * (shape.hidden + layer.projected) * size.a,
          rows * (layer.projected + layer.query + layer.entry) * size.a};
}

// From what attention mixed to the residual stream, to which it is added.
Work output_projection(const ModelShape& shape, const LayerShape& layer, std::int64_t rows,
                       Scalars size) {
  const std::int64_t between = layer.values == layer.mixed ? 0 : layer.values;
  return {2 * rows * layer.out_weights,
          layer.out_weights * size.w + rows * (layer.mixed + between + shape.hidden) * size.a,
          rows * (between + shape.hidden) * size.a};
}

// The work of `matrices` matrices (hidden x ffn) of the MLP, whichever way they are multiplied.
Work mlp(const ModelShape& shape, const LayerShape& layer, std::int64_t rows, std::int64_t matrices,
         Scalars size) {
  const std::int64_t read = matrices * shape.hidden * ffn_read(shape, layer, rows);
  return {2 * rows * matrices * shape.hidden * layer.ffn, read * size.w, 0};
}

}  // namespace

std::int64_t voters(const PassModel& model, const PassLoad& load) {
  const std::int64_t window = std::min<std::int64_t>(model.needs.window, load.rows());
  return std::max<std::int64_t>(window, model.needs.last_row ? 1 : 0);
}

bool asked(const PassModel& model, const PassLoad& load) {
  return load.decides &&
         (load.pass.phase == Phase::kPrefill ? model.needs.in_prefill : model.needs.in_decode);
}

// Entries that an answer has a value for, over the storage heads of a layer.
std::int64_t candidates(const PassModel& model, const PassLoad& load, const LayerLoad& layer) {
  const std::int64_t own = load.rows() * model.storage_heads;
  const bool pass_only = model.votes_over_pass && model.needs.window > 0 && !model.needs.last_row &&
                         !model.needs.accumulated;
  return pass_only ? own : layer.before + own;
}

std::int64_t PassModel::state_bytes() const {
  return (needs.accumulated ? group() * kF32 : 0) + (needs.key_norms && !cpu ? kF32 : 0);
}

Status check_model(const PassModel& model, const RunLengths& run) {
  KVFOOT_TRY(validate(model.shape));
  KVFOOT_TRY(validate(run));
  const Experts& experts = model.shape.experts;
  const bool all_experts = experts.count > 0 && experts.dense_layers == 0;
  const std::array<std::pair<const char*, std::int32_t>, 3> needed{{
      {"hidden size", model.shape.hidden},
      {"MLP size", all_experts ? experts.ffn : model.shape.ffn},
      {"vocabulary", model.shape.vocab},
  }};
  for (const auto& [field, value] : needed) {
    if (value <= 0) {
      return Error{"model shape '" + model.shape.name + "'",
                   "has no " + std::string(field) + ", which times and whole memory depend on",
                   "give the config.json of the whole model"};
    }
  }
  if (model.storage_heads <= 0 || model.shape.q_heads % model.storage_heads != 0) {
    return Error{"model shape '" + model.shape.name + "'",
                 std::to_string(model.storage_heads) + " caches per layer do not share " +
                     std::to_string(model.shape.q_heads) + " query heads"};
  }
  if (model.shape.latent.kv_rank > 0 && model.storage_heads != 1) {
    return Error{"model shape '" + model.shape.name + "'",
                 "has one latent row per token for all heads: there is no cache per query head",
                 "drop group=none"};
  }
  // The largest products are attention's FLOPs over the longest pass, and the logits.
  const LayerShape layer = layer_shape(model.shape, model.shape.layers - 1);
  const double all_rows = static_cast<double>(run.rows());
  // A chunk and its patch rows, which are no more.
  const double rows = run.chunk == kWholePrompt
                          ? all_rows
                          : std::min(all_rows, 2.0 * static_cast<double>(run.chunk));
  const double batch = static_cast<double>(model.batch);
  const double pairs = batch * rows * all_rows * model.shape.q_heads;
  const double widest =
      static_cast<double>(std::max({std::int64_t{model.shape.hidden}, std::int64_t{model.shape.ffn},
                                    std::int64_t{model.shape.vocab}, layer.query, layer.ffn}));
  const double largest = std::max(
      {pairs * 2 * static_cast<double>(layer.pair_flops()), batch * rows * widest * widest * 4,
       batch * rows * 4 * static_cast<double>(layer.in_weights + layer.out_weights),
       2.0 * static_cast<double>(all_weights(model.shape))});
  if (largest > 4e18) {
    return Error{"prompt and output", "too many operations to count in 64 bits for this shape"};
  }
  return {};
}

std::int64_t weight_bytes(const PassModel& model) {
  const std::int64_t norms = (2 * std::int64_t{model.shape.layers} + 1) * model.shape.hidden;
  return all_weights(model.shape) * scalar_bytes(model.dtype) + (model.cpu ? norms * kF32 : 0);
}

std::int64_t attention_pairs(const PassModel& model, std::int64_t rows, std::int32_t layer,
                             const LayerLoad& held) {
  const std::int64_t window = model.shape.window(layer);
  if (window == 0) {
    return model.group() * (rows * held.before + model.storage_heads * triangle(rows));
  }
  // All streams of the layer hold the same: row i sees min(past + i + 1, window).
  const std::int64_t past = held.before / model.storage_heads;
  return model.group() * model.storage_heads * capped_sum(past + 1, window, rows);
}

bool scores(const PassModel& model, const PassLoad& load, std::int32_t layer) {
  const bool answers = model.needs.window > 0 || model.needs.last_row || model.needs.key_norms;
  return model.shape.window(layer) == 0 &&
         (model.needs.accumulated || (asked(model, load) && answers));
}

bool evicts(const PassModel& model, const PassLoad& load, std::int32_t layer) {
  return model.shape.window(layer) == 0 && (load.decides || load.pass.patch_rows > 0);
}

bool selects(const PassModel& model, std::int32_t layer) {
  const KvIndex& index = model.layout.index;
  return index.budget > 0 && layer >= index.dense && model.shape.window(layer) == 0;
}

OperatorKind gives_back(const PassModel& model, std::int32_t layer) {
  return model.quantises()               ? OperatorKind::kQuantise
         : model.shape.window(layer) > 0 ? OperatorKind::kAttention
                                         : OperatorKind::kEvict;
}

bool has_logits(const PassModel& model, const PassLoad& load) {
  return load.samples || model.logits == LogitsRows::kAll;
}

std::int64_t logit_rows(const PassModel& model, const PassLoad& load) {
  return model.batch * (model.logits == LogitsRows::kAll ? load.rows() : 1);
}

Work row_work(const PassModel& model, const PassLoad& load, OperatorKind kind,
              std::int32_t layer_index) {
  const ModelShape& shape = model.shape;
  const LayerShape layer = layer_shape(shape, std::max(layer_index, 0));
  const std::int64_t hidden = shape.hidden;
  const Scalars size(model);
  const std::int64_t w = size.w;
  const std::int64_t a = size.a;
  const std::int64_t x = model.batch * load.rows();
  switch (kind) {
    case OperatorKind::kUpload:
      return {0, 0, x * kTokenId};
    case OperatorKind::kEmbed:
      return {0, x * (hidden * w + kTokenId), x * hidden * a};
    case OperatorKind::kNorm:
    case OperatorKind::kMlpNorm:
      return norm(x, hidden, size);
    case OperatorKind::kQkv:
      return input_projection(shape, layer, x, size);
    case OperatorKind::kRopeAppend: {
      const std::int64_t entries = x * model.storage_heads;
      return {kRopeFlops * x * (layer.rotated_q + layer.rotated_k),
              x * (layer.rotated_q + layer.entry) * a,
              x * layer.rotated_q * a + entries * model.entry()};
    }
    case OperatorKind::kQuantise: {
      // Codes are written at most as long as what they stand for.
      const std::int64_t bytes = x * model.storage_heads * model.entry();
      return {kQuantiseFlops * bytes / scalar_bytes(model.kv_dtype), bytes, bytes};
    }
    case OperatorKind::kOutput:
      return output_projection(shape, layer, x, size);
    case OperatorKind::kGateUp: {
      Work work = mlp(shape, layer, x, 2, size);
      work.flops += 2 * x * hidden * layer.router;
      work.read += x * hidden * a + hidden * layer.router * w;
      work.written = 2 * x * layer.ffn * a;
      return work;
    }
    case OperatorKind::kSwiGlu:
      return {kSwiGluFlops * x * layer.ffn, 2 * x * layer.ffn * a, x * layer.ffn * a};
    case OperatorKind::kDown: {
      Work work = mlp(shape, layer, x, 1, size);
      work.read += x * (layer.ffn + hidden) * a;
      work.written = x * hidden * a;
      return work;
    }
    case OperatorKind::kFinalNorm:
      return norm(logit_rows(model, load), hidden, size);
    case OperatorKind::kLogits: {
      const std::int64_t rows = logit_rows(model, load);
      return {2 * rows * hidden * shape.vocab, hidden * shape.vocab * w + rows * hidden * a,
              rows * shape.vocab * kF32};
    }
    case OperatorKind::kSample:
      return model.batch * Work{shape.vocab, shape.vocab * kF32, kTokenId};
    case OperatorKind::kDownload:
      return model.batch * Work{0, kTokenId, 0};
    case OperatorKind::kAttention:
    case OperatorKind::kScore:
    case OperatorKind::kEvict:
      break;
  }
  KVFOOT_CHECK(false, "this operator's work depends on what is resident");
  return {};
}

Work layer_work(const PassModel& model, const PassLoad& load, OperatorKind kind,
                std::int32_t layer_index, const LayerLoad& held) {
  const std::int64_t entry = model.entry();
  const bool formula = model.layout.has_formula();
  switch (kind) {
    case OperatorKind::kAttention: {
      const LayerShape layer = layer_shape(model.shape, layer_index);
      const std::int64_t a = scalar_bytes(model.activation_dtype());
      const std::int64_t own = load.rows() * model.storage_heads;
      const std::int64_t read =
          formula ? model.copies() * held.read_before + own * entry : (held.before + own) * entry;
      const bool some = load.pass.phase == Phase::kDecode && selects(model, layer_index);
      const std::int64_t pairs = some ? held.selected_pairs + model.group() * own
                                      : attention_pairs(model, load.rows(), layer_index, held);
      return model.batch * Work{layer.pair_flops() * pairs, load.rows() * layer.query * a + read,
                                load.rows() * layer.mixed * a};
    }
    case OperatorKind::kScore:
      return model.batch * score_work(model, load, layer_index, held);
    case OperatorKind::kEvict: {
      const std::int64_t bytes =
          (formula ? model.copies() * held.moved_bytes : held.moved * entry) +
          held.moved * model.state_bytes();
      return model.batch * Work{0, bytes, bytes};
    }
    default:
      return row_work(model, load, kind, layer_index);
  }
}

std::int64_t score_workspace(const PassModel& model, const PassLoad& load, const LayerLoad& held) {
  if (model.cpu) {
    return cpu_answer_bytes(model, load, held);
  }
  if (!asked(model, load) || voters(model, load) == 0) {
    return 0;
  }
  // One value per query head, then their mean per storage head.
  return model.batch * candidates(model, load, held) * (model.group() + 1) * kF32;
}

std::int64_t attention_workspace(const PassModel& model, std::int64_t rows,
                                 const LayerLoad& layer) {
  if (model.cpu) {
    return cpu_attention_bytes(model, rows / model.batch, layer);  // requests take turns
  }
  const std::int64_t row_heads = rows * model.shape.q_heads;
  const std::int64_t mixed = layer_shape(model.shape, 0).value_dim;
  const std::int64_t pieces = rows <= kFewRows ? kKeyPieces * row_heads * (mixed + 2) : 0;
  return (row_heads + pieces) * kF32;
}

}  // namespace kvfoot
