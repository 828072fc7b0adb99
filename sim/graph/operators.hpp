// Words of the operator graph: kinds of operators, the work they do, the tensors they hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/core/memory_classes.hpp"

namespace kvfoot {

// In the order in which a pass issues them; kNorm to kDown once per layer.
enum class OperatorKind : std::uint8_t {
  kUpload,      // token ids to the device
  kEmbed,       // rows of the embedding table
  kNorm,        // RMSNorm before attention
  kQkv,         // query, key and value projections
  kRopeAppend,  // rotate queries and keys, write keys and values to pages
  kAttention,   // causal attention over what is resident
  kScore,       // the answers that a policy asks for
  kEvict,       // compaction of the survivors, pages given back
  kQuantise,    // codes in place of the pass's rows
  kOutput,      // output projection, added to the residual stream
  kMlpNorm,     // RMSNorm before the MLP
  kGateUp,      // gate and up projections
  kSwiGlu,      // silu(gate) * up, in place of gate
  kDown,        // down projection, added to the residual stream
  kFinalNorm,   // RMSNorm before the logits
  kLogits,      // logits in f32
  kSample,      // the next token
  kDownload,    // its id to the host
};
constexpr std::size_t kOperatorKinds = 18;
[[nodiscard]] std::string_view to_string(OperatorKind kind);  // "rope_append"

// What executes an operator. A resource runs one operator at a time.
enum class Resource : std::uint8_t { kCompute, kCopy };
constexpr std::size_t kResources = 2;
[[nodiscard]] std::string_view to_string(Resource resource);

// Which peak rate bounds an operator's arithmetic.
enum class RateClass : std::uint8_t { kMatmul, kAttention, kVector, kCopy };

// What one operator computes and moves to and from device memory. A multiply-add is two operations;
// every input and output counts once, as if caches were ideal.
struct Work {
  std::int64_t flops = 0;
  std::int64_t read = 0;     // bytes
  std::int64_t written = 0;  // bytes

  [[nodiscard]] std::int64_t bytes() const { return read + written; }
  friend bool operator==(const Work&, const Work&) = default;
};

// A tensor lives from the start of the operator that creates it to the end of the one that frees
// it. kBoundary instead of an operator: it was there before the pass, or outlives it.
constexpr std::int32_t kBoundary = -1;

struct Tensor {
  std::string_view name;  // "gate", "kv_kept"
  MemoryClass memory = MemoryClass::kActivation;
  std::int32_t layer = kBoundary;
  std::int64_t bytes = 0;
  bool per_entry = false;  // its size depends on what is resident, else on the rows only
  std::int32_t creator = kBoundary;
  std::int32_t last_user = kBoundary;  // frees it
  friend bool operator==(const Tensor&, const Tensor&) = default;
};

// Tensors by index into PassGraph::tensors.
struct Operator {
  OperatorKind kind = OperatorKind::kNorm;
  std::int32_t layer = kBoundary;  // of a layer, else kBoundary
  Resource resource = Resource::kCompute;
  RateClass rate = RateClass::kVector;
  Work work;
  std::vector<std::int32_t> reads;
  std::vector<std::int32_t> updates;  // read and written in place
  std::vector<std::int32_t> creates;
  std::vector<std::int32_t> frees;
};

}  // namespace kvfoot
