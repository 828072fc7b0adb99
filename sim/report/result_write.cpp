// Results as JSON text.
#include "sim/io/json.hpp"
#include "sim/report/metric_table.hpp"
#include "sim/report/result_json.hpp"

namespace kvfoot {
namespace {

using Array = JsonValue::Array;
using Object = JsonValue::Object;

// What a plain decoder does not have is absent.
JsonValue shape_json(const ModelShape& shape) {
  Object object{
      {"name", shape.name},
      {"layers", std::int64_t{shape.layers}},
      {"q_heads", std::int64_t{shape.q_heads}},
      {"kv_heads", std::int64_t{shape.kv_heads}},
      {"head_dim", std::int64_t{shape.head_dim}},
      {"hidden", std::int64_t{shape.hidden}},
      {"ffn", std::int64_t{shape.ffn}},
      {"vocab", std::int64_t{shape.vocab}},
      {"tied_embeddings", shape.tied_embeddings},
  };
  if (const SlidingLayers& sliding = shape.sliding; sliding.window > 0) {
    object.emplace_back(
        "sliding", Object{{"window", std::int64_t{sliding.window}}, {"pattern", sliding.pattern}});
  }
  if (const LatentAttention& latent = shape.latent; latent.kv_rank > 0) {
    object.emplace_back("latent", Object{{"kv_rank", std::int64_t{latent.kv_rank}},
                                         {"rope_dim", std::int64_t{latent.rope_dim}},
                                         {"value_dim", std::int64_t{latent.value_dim}},
                                         {"q_rank", std::int64_t{latent.q_rank}}});
  }
  if (const Experts& experts = shape.experts; experts.count > 0) {
    object.emplace_back("experts", Object{{"count", std::int64_t{experts.count}},
                                          {"active", std::int64_t{experts.active}},
                                          {"shared", std::int64_t{experts.shared}},
                                          {"ffn", std::int64_t{experts.ffn}},
                                          {"dense_layers", std::int64_t{experts.dense_layers}}});
  }
  return object;
}

JsonValue inputs_json(const RunInputs& inputs) {
  Object params;
  params.reserve(inputs.params.size());
  for (const auto& [key, value] : inputs.params) {
    params.emplace_back(key, value);
  }
  const RunLengths& run = inputs.run;
  // Member by member: a list in braces would copy every text twice, and sweeps write many results.
  Object object;
  object.reserve(17);
  const auto add = [&object](std::string_view name, JsonValue value) {
    object.emplace_back(name, std::move(value));
  };
  add("policy", inputs.policy);
  add("spec", inputs.spec);
  add("params", std::move(params));
  add("trace", inputs.trace);
  add("shape", shape_json(inputs.shape));
  add("prompt", run.prompt);
  add("output", run.output);
  add("chunk", run.chunk == kWholePrompt ? JsonValue("all") : JsonValue(run.chunk));
  add("last_prompt_token", to_string(run.last_prompt_token));
  add("accounting", to_string(inputs.accounting));
  add("block_size", inputs.block_size);
  add("kv_dtype", to_string(inputs.kv_dtype));
  add("device_model", inputs.device_model);
  // 64 unsigned bits do not fit into the integers of most JSON readers.
  add("seed", std::to_string(inputs.seed));
  const KvLayout& layout = inputs.layout;
  if (layout.quant != KvQuant{}) {
    add("kv_quant", to_string(layout.quant));
  }
  if (layout.index != KvIndex{}) {
    add("kv_index", to_string(layout.index));
  }
  if (layout.alloc != KvAlloc{}) {
    add("kv_alloc", to_string(layout.alloc));
  }
  if (layout.copies != KvCopies{}) {
    add("kv_copies", to_string(layout.copies));
  }
  if (inputs.batch != 1) {
    add("batch", inputs.batch);
  }
  if (!inputs.device_model.empty()) {
    object.emplace_back("weight_dtype", to_string(inputs.weight_dtype));
    object.emplace_back("logits", to_string(inputs.logits));
  }
  return object;
}

JsonValue provenance_json(const Provenance& provenance) {
  return Object{
      {"program", provenance.program},
      {"scenario_hash", provenance.scenario_hash},
      {"trace_hash", provenance.trace_hash},
      {"machine", provenance.machine},
  };
}

JsonValue metrics_json(const Metrics& metrics) {
  Object object;
  object.reserve(metric_table().size());
  for (const MetricInfo& metric : metric_table()) {
    if (const auto value = metric.get(metrics)) {
      object.emplace_back(metric.name,
                          std::visit([](auto number) { return JsonValue(number); }, *value));
    }
  }
  return object;
}

JsonValue warnings_json(const std::vector<Warning>& warnings) {
  Array array;
  for (const Warning& warning : warnings) {
    array.emplace_back(Object{{"code", warning.code}, {"text", warning.text}});
  }
  return array;
}

Object body(const RunResult& result) {
  Object object;
  object.reserve(5);
  object.emplace_back("inputs", inputs_json(result.inputs));
  object.emplace_back("provenance", provenance_json(result.provenance));
  object.emplace_back("metrics", metrics_json(result.metrics));
  object.emplace_back("warnings", warnings_json(result.warnings));
  return object;
}

// Goes on with an object that lacks its closing brace: `"key": [` and the items, as JSON of the
// same layout would have them.
template <class Item, class ToObject>
void add_member(std::string& text, std::string_view key, const std::vector<Item>& items,
                const ToObject& to_object) {
  text += ",\n  \"" + std::string(key) + "\": [";
  const char* separator = "\n    ";
  for (const Item& item : items) {
    text += separator;
    separator = ",\n    ";
    // Line breaks stand between values only: within text they are escaped.
    for (const char c : write_json(JsonValue(to_object(item)), JsonLayout::kIndented)) {
      text += c;
      if (c == '\n') {
        text += "    ";
      }
    }
  }
  text += items.empty() ? "]" : "\n  ]";
}

std::string document(Object object) {
  return write_json(JsonValue(std::move(object)), JsonLayout::kIndented) + "\n";
}

}  // namespace

std::string result_to_json(const RunResult& result) {
  Object object = body(result);
  object.insert(object.begin(), {"schema", kResultSchema});
  return document(std::move(object));
}

// One result after the other: the values of a million runs at once would take ten times the memory
// of their text.
std::string sweep_to_json(const SweepResult& sweep) {
  std::string text = write_json(JsonValue(Object{
                                    {"schema", kSweepSchema},
                                    {"title", sweep.title},
                                    {"teaches", sweep.teaches},
                                    {"provenance", provenance_json(sweep.provenance)},
                                }),
                                JsonLayout::kIndented);
  text.resize(text.rfind("\n}"));
  add_member(text, "results", sweep.results, body);
  add_member(text, "failed", sweep.failed, [](const FailedPoint& point) {
    return Object{{"run", point.run}, {"error", point.error}};
  });
  return text + "\n}\n";
}

std::string result_to_line(const RunResult& result) {
  return write_json(JsonValue(body(result)), JsonLayout::kOneLine);
}

}  // namespace kvfoot
