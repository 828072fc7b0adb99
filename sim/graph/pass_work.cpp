// FLOPs and bytes, operator by operator.
#include "sim/graph/pass_work.hpp"

#include <algorithm>
#include <array>
#include <string>

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
// Decoding cuts the keys of a head into pieces, so that one row keeps a whole device busy
// (Flash-Decoding); more rows than this fill it without.
constexpr std::int64_t kFewRows = 16;
constexpr std::int64_t kKeyPieces = 32;

// Sizes of the projections as they appear in every formula.
struct Sizes {
  std::int64_t hidden, ffn, vocab, q, kv;
  std::int64_t w, a;  // bytes of a weight and of an activation
  explicit Sizes(const PassModel& model)
      : hidden(model.shape.hidden),
        ffn(model.shape.ffn),
        vocab(model.shape.vocab),
        q(std::int64_t{model.shape.q_heads} * model.shape.head_dim),
        kv(std::int64_t{model.shape.kv_heads} * model.shape.head_dim),
        w(scalar_bytes(model.dtype)),
        a(scalar_bytes(model.activation_dtype())) {}
};

// y (rows, out) = x (rows, in) W^T; `adds`: y is added to what is there.
Work gemm(std::int64_t rows, std::int64_t in, std::int64_t out, const Sizes& size, bool adds) {
  return {2 * rows * in * out, in * out * size.w + (rows * in + (adds ? rows * out : 0)) * size.a,
          rows * out * size.a};
}

Work operator*(std::int64_t times, const Work& one) {
  return {times * one.flops, times * one.read, times * one.written};
}

Work norm(std::int64_t rows, const Sizes& size) {
  return {kNormFlops * rows * size.hidden, size.hidden * size.w + rows * size.hidden * size.a,
          rows * size.hidden * size.a};
}

Work score_work(const PassModel& model, const PassLoad& load, const LayerLoad& layer) {
  const std::int64_t d = model.shape.head_dim;
  const std::int64_t group = model.group();
  const std::int64_t key = d * scalar_bytes(model.kv_dtype);
  const std::int64_t resident = layer.before + load.rows() * model.storage_heads;
  const std::int64_t query =
      std::int64_t{model.shape.q_heads} * d * scalar_bytes(model.activation_dtype());
  Work work;
  if (model.needs.accumulated) {
    // Fused attention keeps no probabilities: they are computed once more and added up.
    work.flops += (2 * d + 1) * attention_pairs(model, load.rows(), layer);
    work.read += resident * (key + group * kF32) + load.rows() * query;
    work.written += resident * group * kF32;
  }
  if (asked(model, load)) {
    if (const std::int64_t rows = voters(model, load); rows > 0) {
      const std::int64_t keys = candidates(model, load, layer);
      work.flops += (2 * d + 1) * rows * keys * group;
      work.read += keys * key + rows * query;
      work.written += keys * group * kF32;
    }
    if (model.needs.key_norms) {
      work.read += resident * kF32;
    }
  }
  return work;
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
  const std::array<std::pair<const char*, std::int32_t>, 3> needed{{
      {"hidden size", model.shape.hidden},
      {"MLP size", model.shape.ffn},
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
  // The largest products are attention's FLOPs over one pass of all rows, and the logits.
  const double rows = static_cast<double>(run.rows());
  const double batch = static_cast<double>(model.batch);
  const double pairs = batch * rows * rows * model.shape.q_heads;
  const double widest = static_cast<double>(
      std::max({model.shape.hidden, model.shape.ffn, model.shape.vocab,
                model.shape.q_heads * std::min(model.shape.head_dim, 1 << 14)}));
  const double largest =
      std::max({pairs * 8 * model.shape.head_dim, batch * rows * widest * widest * 4,
                2.0 * static_cast<double>(all_weights(model.shape))});
  if (largest > 4e18) {
    return Error{"prompt and output", "too many operations to count in 64 bits for this shape"};
  }
  return {};
}

std::int64_t layer_weights(const ModelShape& shape) {
  const std::int64_t h = shape.hidden;
  const std::int64_t d = shape.head_dim;
  const std::int64_t attention = h * d * (2 * std::int64_t{shape.q_heads} + 2 * shape.kv_heads);
  return attention + 3 * h * shape.ffn + 2 * h;
}

std::int64_t embedding_weights(const ModelShape& shape) {
  return std::int64_t{shape.vocab} * shape.hidden;
}

std::int64_t all_weights(const ModelShape& shape) {
  return shape.layers * layer_weights(shape) + shape.hidden +
         embedding_weights(shape) * (shape.tied_embeddings ? 1 : 2);
}

std::int64_t weight_bytes(const PassModel& model) {
  const std::int64_t norms = (2 * std::int64_t{model.shape.layers} + 1) * model.shape.hidden;
  return all_weights(model.shape) * scalar_bytes(model.dtype) + (model.cpu ? norms * kF32 : 0);
}

std::int64_t attention_pairs(const PassModel& model, std::int64_t rows, const LayerLoad& layer) {
  return model.group() * (rows * layer.before + model.storage_heads * triangle(rows));
}

bool scores(const PassModel& model, const PassLoad& load) {
  const bool answers = model.needs.window > 0 || model.needs.last_row || model.needs.key_norms;
  return model.needs.accumulated || (asked(model, load) && answers);
}

bool has_logits(const PassModel& model, const PassLoad& load) {
  return load.samples || model.logits == LogitsRows::kAll;
}

std::int64_t logit_rows(const PassModel& model, const PassLoad& load) {
  return model.batch * (model.logits == LogitsRows::kAll ? load.rows() : 1);
}

Work row_work(const PassModel& model, const PassLoad& load, OperatorKind kind) {
  const Sizes size(model);
  const std::int64_t x = model.batch * load.rows();
  switch (kind) {
    case OperatorKind::kUpload:
      return {0, 0, x * kTokenId};
    case OperatorKind::kEmbed:
      return {0, x * (size.hidden * size.w + kTokenId), x * size.hidden * size.a};
    case OperatorKind::kNorm:
    case OperatorKind::kMlpNorm:
      return norm(x, size);
    case OperatorKind::kQkv:
      return gemm(x, size.hidden, size.q + 2 * size.kv, size, false);
    case OperatorKind::kRopeAppend: {
      const std::int64_t entries = x * model.storage_heads;
      return {kRopeFlops * x * (size.q + size.kv), x * (size.q + 2 * size.kv) * size.a,
              x * size.q * size.a + entries * entry_bytes(model.shape, model.kv_dtype)};
    }
    case OperatorKind::kOutput:
      return gemm(x, size.q, size.hidden, size, true);
    case OperatorKind::kGateUp:
      return gemm(x, size.hidden, 2 * size.ffn, size, false);
    case OperatorKind::kSwiGlu:
      return {kSwiGluFlops * x * size.ffn, 2 * x * size.ffn * size.a, x * size.ffn * size.a};
    case OperatorKind::kDown:
      return gemm(x, size.ffn, size.hidden, size, true);
    case OperatorKind::kFinalNorm:
      return norm(logit_rows(model, load), size);
    case OperatorKind::kLogits: {
      const std::int64_t rows = logit_rows(model, load);
      Work work = gemm(rows, size.hidden, size.vocab, size, false);
      work.written = rows * size.vocab * kF32;
      return work;
    }
    case OperatorKind::kSample:
      return model.batch * Work{size.vocab, size.vocab * kF32, kTokenId};
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
                const LayerLoad& layer) {
  const std::int64_t entry = entry_bytes(model.shape, model.kv_dtype);
  switch (kind) {
    case OperatorKind::kAttention: {
      const std::int64_t rows_bytes = load.rows() * std::int64_t{model.shape.q_heads} *
                                      model.shape.head_dim * scalar_bytes(model.activation_dtype());
      const std::int64_t resident = layer.before + load.rows() * model.storage_heads;
      return model.batch *
             Work{4 * model.shape.head_dim * attention_pairs(model, load.rows(), layer),
                  rows_bytes + resident * entry, rows_bytes};
    }
    case OperatorKind::kScore:
      return model.batch * score_work(model, load, layer);
    case OperatorKind::kEvict: {
      const std::int64_t bytes = layer.moved * (entry + model.state_bytes());
      return model.batch * Work{0, bytes, bytes};
    }
    default:
      return row_work(model, load, kind);
  }
}

std::int64_t score_workspace(const PassModel& model, const PassLoad& load, const LayerLoad& layer) {
  if (model.cpu) {
    return cpu_answer_bytes(model, load, layer);
  }
  if (!asked(model, load) || voters(model, load) == 0) {
    return 0;
  }
  // One value per query head, then their mean per storage head.
  return model.batch * candidates(model, load, layer) * (model.group() + 1) * kF32;
}

std::int64_t attention_workspace(const PassModel& model, std::int64_t rows,
                                 const LayerLoad& layer) {
  if (model.cpu) {
    return cpu_attention_bytes(model, rows / model.batch, layer);  // requests take turns
  }
  const std::int64_t row_heads = rows * model.shape.q_heads;
  const std::int64_t pieces =
      rows <= kFewRows ? kKeyPieces * row_heads * (model.shape.head_dim + 2) : 0;
  return (row_heads + pieces) * kF32;
}

}  // namespace kvfoot
