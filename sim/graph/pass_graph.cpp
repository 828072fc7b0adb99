// Building the graph of a pass from its model and its load.
#include "sim/graph/pass_graph.hpp"

#include <algorithm>
#include <set>

#include "sim/core/check.hpp"
#include "sim/graph/cpu_memory.hpp"

namespace kvfoot {
namespace {

using Tensors = std::vector<std::int32_t>;

struct Uses {
  Tensors reads{};
  Tensors updates{};
  Tensors creates{};
};

RateClass rate_of(OperatorKind kind) {
  switch (kind) {
    case OperatorKind::kUpload:
    case OperatorKind::kDownload:
      return RateClass::kCopy;
    case OperatorKind::kQkv:
    case OperatorKind::kOutput:
    case OperatorKind::kGateUp:
    case OperatorKind::kDown:
    case OperatorKind::kLogits:
      return RateClass::kMatmul;
    case OperatorKind::kAttention:
    case OperatorKind::kScore:
      return RateClass::kAttention;
    default:
      return RateClass::kVector;
  }
}

class Builder {
 public:
  Builder(const PassModel& model, const PassLoad& load) : model_(model), load_(load) {}

  PassGraph build() {
    const std::int64_t h = model_.shape.hidden;
    const bool tied = model_.shape.tied_embeddings;
    const std::int64_t table = embedding_weights(model_.shape);
    const std::int32_t embedding = weights("embedding", kBoundary, table);
    const std::int32_t final_norm = weights("final_norm", kBoundary, h, h);
    const std::int32_t head = tied ? embedding : weights("lm_head", kBoundary, table);

    // Token ids are a few bytes per row: they have edges, but no memory.
    const std::int32_t ids = tensor("token_ids", MemoryClass::kWorkspace, kBoundary, 0);
    if (load_.pass.phase == Phase::kPrefill) {
      add(OperatorKind::kUpload, kBoundary, {.creates = {ids}});
    }
    const std::int32_t hidden = activation("hidden", kBoundary, model_.batch * load_.rows() * h);
    Uses embed{.reads = {embedding, ids}, .creates = {hidden}};
    if (model_.cpu) {
      tensor("panels", MemoryClass::kWorkspace, kBoundary, cpu_panel_bytes(model_), Dies::kAfter);
      rotation_ =
          tensor("rotation", MemoryClass::kWorkspace, kBoundary, cpu_rotation_bytes(model_, load_));
      graph_.tensors.back().per_entry = model_.reindexes;
      embed.creates.push_back(rotation_);
    }
    add(OperatorKind::kEmbed, kBoundary, std::move(embed));
    for (std::int32_t layer = 0; layer < model_.shape.layers; ++layer) {
      add_layer(layer, hidden);
    }
    if (has_logits(model_, load_)) {
      const std::int64_t rows = logit_rows(model_, load_);
      const std::int32_t last = activation("last_hidden", kBoundary, rows * h);
      const std::int32_t logits =
          tensor("logits", MemoryClass::kLogits, kBoundary, rows * model_.shape.vocab * 4);
      add(OperatorKind::kFinalNorm, kBoundary, {.reads = {hidden, final_norm}, .creates = {last}});
      add(OperatorKind::kLogits, kBoundary, {.reads = {last, head}, .creates = {logits}});
      if (load_.samples) {
        const std::int32_t token = tensor("token", MemoryClass::kWorkspace, kBoundary, 0);
        add(OperatorKind::kSample, kBoundary, {.reads = {logits}, .creates = {token}});
        add(OperatorKind::kDownload, kBoundary, {.reads = {token}});
      }
    }
    if (model_.cpu) {
      keep_until_the_end({hidden, rotation_});
    }
    free_after_last_use();
    add_edges();
    return std::move(graph_);
  }

 private:
  enum class Dies : std::uint8_t { kAfter, kHere };

  std::int32_t tensor(std::string_view name, MemoryClass memory, std::int32_t layer,
                      std::int64_t bytes, Dies dies = Dies::kHere) {
    Tensor made;
    made.name = name;
    made.memory = memory;
    made.layer = layer;
    made.bytes = bytes;
    graph_.tensors.push_back(made);
    outlives_.push_back(dies == Dies::kAfter);
    return static_cast<std::int32_t>(graph_.tensors.size()) - 1;
  }
  std::int32_t activation(std::string_view name, std::int32_t layer, std::int64_t elements) {
    return tensor(name, MemoryClass::kActivation, layer,
                  elements * scalar_bytes(model_.activation_dtype()));
  }
  // `norms` of the elements are held a second time on a CPU.
  std::int32_t weights(std::string_view name, std::int32_t layer, std::int64_t elements,
                       std::int64_t norms = 0) {
    const std::int64_t again = model_.cpu ? norms * scalar_bytes(DType::kF32) : 0;
    return tensor(name, MemoryClass::kWeights, layer, elements * scalar_bytes(model_.dtype) + again,
                  Dies::kAfter);
  }

  // A CPU keeps the residual stream and the rotations while somebody may ask for more logits.
  void keep_until_the_end(const Tensors& list) {
    const auto last =
        std::find_if(graph_.operators.rbegin(), graph_.operators.rend(),
                     [](const Operator& op) { return op.resource == Resource::kCompute; });
    KVFOOT_CHECK(last != graph_.operators.rend(), "a pass computes");
    for (const std::int32_t kept : list) {
      if (std::ranges::find(last->updates, kept) == last->updates.end()) {
        last->reads.push_back(kept);
      }
    }
  }

  void add(OperatorKind kind, std::int32_t layer, Uses uses) {
    Operator op;
    op.kind = kind;
    op.layer = layer;
    op.rate = rate_of(kind);
    op.resource = op.rate == RateClass::kCopy ? Resource::kCopy : Resource::kCompute;
    op.work = depends_on_residency(kind) ? layer_work(model_, load_, kind, layer,
                                                      load_.layers[static_cast<std::size_t>(layer)])
                                         : row_work(model_, load_, kind, layer);
    op.reads = std::move(uses.reads);
    op.updates = std::move(uses.updates);
    op.creates = std::move(uses.creates);
    const auto index = static_cast<std::int32_t>(graph_.operators.size());
    for (const std::int32_t made : op.creates) {
      graph_.tensors[static_cast<std::size_t>(made)].creator = index;
    }
    graph_.operators.push_back(std::move(op));
  }

  // What stays with the entries of a layer: `sizes` in bytes before, full and after the pass.
  struct Held {
    Tensors before, taken, all;
  };
  Held held(MemoryClass memory, std::int32_t layer, std::int64_t before, std::int64_t full,
            std::int64_t after) {
    const std::int64_t kept_before = std::min(before, after);
    const std::int64_t kept_taken = after - kept_before;
    Held held;
    const auto put = [&](Tensors& list, std::string_view name, std::int64_t bytes, Dies dies) {
      if (bytes > 0) {
        list.push_back(tensor(name, memory, layer, bytes, dies));
        graph_.tensors.back().per_entry = true;
      }
    };
    put(held.before, "kept", kept_before, Dies::kAfter);
    put(held.before, "given_back", before - kept_before, Dies::kHere);
    put(held.taken, "taken", kept_taken, Dies::kAfter);
    put(held.taken, "taken_and_given_back", full - before - kept_taken, Dies::kHere);
    held.all = held.before;
    held.all.insert(held.all.end(), held.taken.begin(), held.taken.end());
    return held;
  }

  void add_layer(std::int32_t layer, std::int32_t hidden) {
    const std::int64_t x = model_.batch * load_.rows();
    const ModelShape& shape = model_.shape;
    const LayerLoad& load = load_.layers[static_cast<std::size_t>(layer)];
    const LayerShape sizes = layer_shape(shape, layer);
    const std::int32_t w = weights("layer", layer, layer_weights(shape, layer), 2 * shape.hidden);
    const std::int64_t page = model_.page_bytes();
    const Held kv = held(MemoryClass::kKv, layer, load.pages_before * page, load.pages_full * page,
                         load.pages_after * page);
    const std::int64_t state = sizes.window == 0 ? model_.batch * model_.state_bytes() : 0;
    const std::int64_t full = load.before + load_.rows() * model_.storage_heads;
    const Held notes =
        held(MemoryClass::kWorkspace, layer, load.before * state, full * state, load.after * state);

    const std::int64_t b = model_.block_rows(x);
    const std::int32_t normed = activation("normed", layer, b * shape.hidden);
    add(OperatorKind::kNorm, layer, {.reads = {hidden, w}, .creates = {normed}});
    const std::int32_t q = activation("q", layer, x * sizes.query);
    const std::int32_t new_kv = activation("k_v", layer, x * sizes.entry);
    Tensors projections{q, new_kv};
    if (sizes.projected > 0) {
      projections.push_back(activation("projected", layer, x * sizes.projected));
    }
    add(OperatorKind::kQkv, layer, {.reads = {normed, w}, .creates = projections});
    Tensors taken = kv.taken;
    taken.insert(taken.end(), notes.taken.begin(), notes.taken.end());
    Tensors updated = kv.before;
    updated.push_back(q);
    add(OperatorKind::kRopeAppend, layer,
        {.reads = {new_kv}, .updates = updated, .creates = taken});
    const std::int32_t mixed = activation("mixed", layer, x * sizes.mixed);
    const std::int32_t pieces =
        tensor("attention", MemoryClass::kWorkspace, layer, attention_workspace(model_, x, load));
    graph_.tensors.back().per_entry = attention_workspace_grows(model_);
    Tensors reads = kv.all;
    reads.push_back(q);
    add(OperatorKind::kAttention, layer, {.reads = reads, .creates = {mixed, pieces}});

    Tensors everything = kv.all;
    everything.insert(everything.end(), notes.all.begin(), notes.all.end());
    std::int32_t answers = kBoundary;
    if (scores(model_, load_, layer)) {
      answers =
          tensor("answers", MemoryClass::kWorkspace, layer, score_workspace(model_, load_, load));
      graph_.tensors.back().per_entry = true;
      Uses score{.reads = reads, .updates = notes.all, .creates = {answers}};
      if (model_.cpu) {
        score.creates.push_back(tensor("score_tiles", MemoryClass::kWorkspace, layer,
                                       cpu_score_bytes(model_, load_, load)));
        graph_.tensors.back().per_entry = true;
      }
      add(OperatorKind::kScore, layer, std::move(score));
    }
    if (evicts(model_, load_, layer)) {
      Uses uses{.updates = everything};
      if (answers != kBoundary) {
        uses.reads.push_back(answers);
      }
      add(OperatorKind::kEvict, layer, uses);
    }
    if (model_.quantises()) {
      add(OperatorKind::kQuantise, layer, {.updates = kv.all});
    }

    const auto adds = [&](OperatorKind kind, std::int32_t from, std::int64_t between) {
      Uses uses{.reads = {from, w}, .updates = {hidden}};
      if (model_.cpu) {
        uses.creates.push_back(activation("product", layer, b * shape.hidden));
      }
      if (between > 0) {
        uses.creates.push_back(activation("values", layer, between));
      }
      add(kind, layer, std::move(uses));
    };
    adds(OperatorKind::kOutput, mixed, sizes.values == sizes.mixed ? 0 : x * sizes.values);
    const std::int32_t normed_mlp = activation("normed_mlp", layer, b * shape.hidden);
    add(OperatorKind::kMlpNorm, layer, {.reads = {hidden, w}, .creates = {normed_mlp}});
    const std::int32_t gate = activation("gate", layer, b * sizes.ffn);
    const std::int32_t up = activation("up", layer, b * sizes.ffn);
    add(OperatorKind::kGateUp, layer, {.reads = {normed_mlp, w}, .creates = {gate, up}});
    add(OperatorKind::kSwiGlu, layer, {.reads = {up}, .updates = {gate}});
    adds(OperatorKind::kDown, gate, 0);
  }

  template <class Visit>
  static void for_each_use(const Operator& op, const Visit& visit) {
    for (const Tensors* list : {&op.reads, &op.updates, &op.creates}) {
      for (const std::int32_t used : *list) {
        visit(static_cast<std::size_t>(used));
      }
    }
  }

  void free_after_last_use() {
    std::vector<std::int32_t> last(graph_.tensors.size(), kBoundary);
    for (std::size_t i = 0; i < graph_.operators.size(); ++i) {
      for_each_use(graph_.operators[i],
                   [&](std::size_t used) { last[used] = static_cast<std::int32_t>(i); });
    }
    for (std::size_t t = 0; t < last.size(); ++t) {
      if (!outlives_[t] && last[t] != kBoundary) {
        graph_.tensors[t].last_user = last[t];
        graph_.operators[static_cast<std::size_t>(last[t])].frees.push_back(
            static_cast<std::int32_t>(t));
      }
    }
  }

  // A reader waits for the last writer; a writer for the readers and the writer before it.
  void add_edges() {
    struct Users {
      std::int32_t writer = kBoundary;
      Tensors readers{};
    };
    std::vector<Users> users(graph_.tensors.size());
    std::set<std::pair<std::int32_t, std::int32_t>> edges;
    const auto depend = [&](std::int32_t on, std::int32_t op) {
      if (on != kBoundary && on != op) {
        edges.emplace(on, op);
      }
    };
    for (std::size_t i = 0; i < graph_.operators.size(); ++i) {
      const auto index = static_cast<std::int32_t>(i);
      const Operator& op = graph_.operators[i];
      for (const std::int32_t read : op.reads) {
        Users& of = users[static_cast<std::size_t>(read)];
        depend(of.writer, index);
        of.readers.push_back(index);
      }
      for (const Tensors* list : {&op.updates, &op.creates}) {
        for (const std::int32_t written : *list) {
          Users& of = users[static_cast<std::size_t>(written)];
          depend(of.writer, index);
          for (const std::int32_t reader : of.readers) {
            depend(reader, index);
          }
          of = {index, {}};
        }
      }
    }
    graph_.edges.assign(edges.begin(), edges.end());
  }

  const PassModel& model_;
  const PassLoad& load_;
  PassGraph graph_;
  std::int32_t rotation_ = kBoundary;
  std::vector<bool> outlives_;  // parallel to tensors
};

}  // namespace

PassGraph build_pass_graph(const PassModel& model, const PassLoad& load) {
  KVFOOT_CHECK(load.layers.size() == static_cast<std::size_t>(model.shape.layers),
               "one load per layer");
  KVFOOT_CHECK(load.rows() > 0, "a pass has rows");
  return Builder(model, load).build();
}

MemoryBytes held_throughout(const PassModel& model) {
  MemoryBytes held;
  held[MemoryClass::kWeights] = weight_bytes(model);
  held[MemoryClass::kWorkspace] = model.cpu ? cpu_panel_bytes(model) : 0;
  return held;
}

std::string label(const Operator& op) {
  std::string text(to_string(op.kind));
  return op.layer == kBoundary ? text : "L" + std::to_string(op.layer) + " " + text;
}

}  // namespace kvfoot
