// Sizes of tiles, tables and answers.
#include "sim/graph/cpu_memory.hpp"

#include <algorithm>

namespace kvfoot {
namespace {

constexpr std::int64_t kF32 = 4;
constexpr std::int64_t kWord = 8;  // a pointer, a count

std::int64_t round_up(std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; }

// One thread's tile of `queries`: packed keys, values twice, queries, scores, output, the state of
// the online softmax, pointers to a block of keys, and `kept` floats.
std::int64_t tile_bytes(const PassModel& model, std::int64_t queries, std::int64_t kept) {
  const std::int64_t d = model.shape.head_dim;
  const std::int64_t width = round_up(d, 16);
  const std::int64_t block = model.cpu->key_block;
  const std::int64_t floats = queries * (d + block + width + 2) + block * (d + 2 * width) + kept;
  return floats * kF32 + (queries + block) * kWord;
}

}  // namespace

std::int64_t cpu_panel_bytes(const PassModel& model) {
  return model.cpu->threads * model.cpu->panel_bytes;
}

std::int64_t cpu_rotation_bytes(const PassModel& model, const PassLoad& load) {
  std::int64_t rows = load.rows();
  if (model.reindexes) {
    rows = 0;
    for (const LayerLoad& layer : load.layers) {
      rows = std::max(rows, layer.longest);
    }
  }
  return rows * model.shape.head_dim * kF32;
}

std::int64_t cpu_attention_bytes(const PassModel& model, std::int64_t rows,
                                 const LayerLoad& layer) {
  const std::int64_t group = model.group();
  const std::int64_t longest =
      std::max<std::int64_t>(round_up(layer.longest, model.cpu->key_block), 1);
  std::int64_t tile_rows = std::max<std::int64_t>(1, model.cpu->tile_queries / group);
  if (model.needs.accumulated) {
    tile_rows = std::clamp<std::int64_t>(model.cpu->kept_scores / (longest * group), 1, tile_rows);
  }
  tile_rows = std::min(tile_rows, rows);
  const std::int64_t queries = tile_rows * group;
  const std::int64_t kept = model.needs.accumulated ? queries * longest + tile_rows : 0;
  return model.cpu->threads * tile_bytes(model, queries, kept);
}

std::int64_t cpu_score_bytes(const PassModel& model, const PassLoad& load, const LayerLoad& layer) {
  const std::int64_t rows = asked(model, load) ? voters(model, load) : 0;
  if (rows == 0) {
    return 0;
  }
  const std::int64_t stride = round_up(layer.longest, model.cpu->key_block);
  return model.cpu->threads * tile_bytes(model, rows, (rows + 1) * stride);
}

std::int64_t cpu_answer_bytes(const PassModel& model, const PassLoad& load,
                              const LayerLoad& layer) {
  if (!asked(model, load)) {
    return 0;
  }
  const std::int64_t resident = layer.before + load.rows() * model.storage_heads;
  std::int64_t values = 0;
  if (model.needs.window > 0) {
    const std::int64_t rows = std::min<std::int64_t>(model.needs.window, load.rows());
    values += candidates(model, load, layer) - rows * model.storage_heads;
  }
  values += model.needs.last_row ? resident : 0;
  values += model.needs.accumulated ? resident : 0;
  values += model.needs.key_norms ? resident : 0;
  return model.batch * values * kF32;
}

}  // namespace kvfoot
