// Results out of JSON text: what the writer writes and nothing else.
#include <charconv>
#include <limits>
#include <vector>

#include "sim/core/text.hpp"
#include "sim/io/file.hpp"
#include "sim/io/json.hpp"
#include "sim/report/json_fields.hpp"
#include "sim/report/metric_table.hpp"
#include "sim/report/result_json.hpp"

namespace kvfoot {
namespace {

constexpr std::int64_t kMaxInt = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMaxResultBytes = std::int64_t{1} << 32;

using Sizes = std::vector<std::pair<std::string_view, std::int32_t*>>;

Status read_sizes(JsonFields& fields, const Sizes& sizes) {
  for (const auto& [key, size] : sizes) {
    KVFOOT_ASSIGN(const std::int64_t number, fields.integer(key, 0, kMaxInt));
    *size = static_cast<std::int32_t>(number);
  }
  return {};
}

// The parts that a plain decoder does not have.
Status read_architecture(JsonFields& shape_fields, ModelShape& shape) {
  if (const JsonValue* part = shape_fields.optional("sliding"); part != nullptr) {
    KVFOOT_ASSIGN(JsonFields fields, JsonFields::of(*part, shape_fields.place("sliding")));
    KVFOOT_TRY(read_sizes(fields, {{"window", &shape.sliding.window}}));
    KVFOOT_ASSIGN(shape.sliding.pattern, fields.text("pattern"));
    KVFOOT_TRY(fields.finish());
  }
  if (const JsonValue* part = shape_fields.optional("latent"); part != nullptr) {
    KVFOOT_ASSIGN(JsonFields fields, JsonFields::of(*part, shape_fields.place("latent")));
    LatentAttention& latent = shape.latent;
    KVFOOT_TRY(read_sizes(fields, {{"kv_rank", &latent.kv_rank},
                                   {"rope_dim", &latent.rope_dim},
                                   {"value_dim", &latent.value_dim},
                                   {"q_rank", &latent.q_rank}}));
    KVFOOT_TRY(fields.finish());
  }
  if (const JsonValue* part = shape_fields.optional("experts"); part != nullptr) {
    KVFOOT_ASSIGN(JsonFields fields, JsonFields::of(*part, shape_fields.place("experts")));
    Experts& experts = shape.experts;
    KVFOOT_TRY(read_sizes(fields, {{"count", &experts.count},
                                   {"active", &experts.active},
                                   {"shared", &experts.shared},
                                   {"ffn", &experts.ffn},
                                   {"dense_layers", &experts.dense_layers}}));
    KVFOOT_TRY(fields.finish());
  }
  return {};
}

Result<ModelShape> read_shape(const JsonValue& value, const std::string& place) {
  KVFOOT_ASSIGN(JsonFields fields, JsonFields::of(value, place));
  ModelShape shape;
  KVFOOT_ASSIGN(shape.name, fields.text("name"));
  const Sizes sizes = {{"layers", &shape.layers},     {"q_heads", &shape.q_heads},
                       {"kv_heads", &shape.kv_heads}, {"head_dim", &shape.head_dim},
                       {"hidden", &shape.hidden},     {"ffn", &shape.ffn},
                       {"vocab", &shape.vocab}};
  KVFOOT_TRY(read_sizes(fields, sizes));
  KVFOOT_ASSIGN(shape.tied_embeddings, fields.boolean("tied_embeddings"));
  KVFOOT_TRY(read_architecture(fields, shape));
  KVFOOT_TRY(fields.finish());
  if (const Status status = validate(shape); !status) {
    return Error{place, status.error().what};
  }
  return shape;
}

// One of two words.
template <class Value>
Result<Value> read_choice(JsonFields& fields, std::string_view key, Value first, Value second) {
  KVFOOT_ASSIGN(const std::string word, fields.text(key));
  if (word == to_string(first)) {
    return first;
  }
  if (word == to_string(second)) {
    return second;
  }
  return Error{fields.place(key), "'" + word + "' is neither '" + std::string(to_string(first)) +
                                      "' nor '" + std::string(to_string(second)) + "'"};
}

Result<DType> read_dtype(JsonFields& fields, std::string_view key) {
  KVFOOT_ASSIGN(const std::string text, fields.text(key));
  Result<DType> dtype = parse_dtype(text);
  if (!dtype) {
    return Error{fields.place(key), dtype.error().what, dtype.error().hint};
  }
  return dtype;
}

// Absent where it is the default.
template <class Part>
Status read_layout_part(JsonFields& fields, std::string_view key,
                        Result<Part> (*parse)(std::string_view), Part& part) {
  if (fields.optional(key) == nullptr) {
    return {};
  }
  KVFOOT_ASSIGN(const std::string text, fields.text(key));
  auto parsed = parse(text);
  if (!parsed) {
    return Error{fields.place(key), parsed.error().what, parsed.error().hint};
  }
  part = *parsed;
  return {};
}

Result<std::int64_t> read_chunk(JsonFields& fields) {
  KVFOOT_ASSIGN(const JsonValue* value, fields.required("chunk"));
  if (const auto* word = value->get_if<std::string>(); word != nullptr && *word == "all") {
    return kWholePrompt;
  }
  return fields.integer("chunk", 1, kMaxInt);
}

Result<RunInputs> read_inputs(const JsonValue& value, const std::string& place) {
  KVFOOT_ASSIGN(JsonFields fields, JsonFields::of(value, place));
  RunInputs inputs;
  KVFOOT_ASSIGN(inputs.policy, fields.text("policy"));
  KVFOOT_ASSIGN(inputs.spec, fields.text("spec"));
  KVFOOT_ASSIGN(const JsonValue* params, fields.required("params"));
  const auto* object = params->get_if<JsonValue::Object>();
  if (object == nullptr) {
    return fields.wrong("params", *params, "an object");
  }
  for (const auto& [key, param] : *object) {
    const auto* text = param.get_if<std::string>();
    if (text == nullptr) {
      return fields.wrong("params." + key, param, "a string");
    }
    inputs.params.emplace_back(key, *text);
  }
  KVFOOT_ASSIGN(inputs.trace, fields.text("trace"));
  KVFOOT_ASSIGN(const JsonValue* shape, fields.required("shape"));
  KVFOOT_ASSIGN(inputs.shape, read_shape(*shape, fields.place("shape")));
  KVFOOT_ASSIGN(inputs.run.prompt, fields.integer("prompt", 1, kMaxInt));
  KVFOOT_ASSIGN(inputs.run.output, fields.integer("output", 0, kMaxInt));
  KVFOOT_ASSIGN(inputs.run.chunk, read_chunk(fields));
  KVFOOT_ASSIGN(inputs.run.last_prompt_token,
                read_choice(fields, "last_prompt_token", LastPromptToken::kPrefill,
                            LastPromptToken::kDecode));
  KVFOOT_ASSIGN(inputs.accounting,
                read_choice(fields, "accounting", Accounting::kExact, Accounting::kPaper));
  KVFOOT_ASSIGN(inputs.block_size, fields.integer("block_size", 1, kMaxInt));
  KVFOOT_ASSIGN(inputs.kv_dtype, read_dtype(fields, "kv_dtype"));
  KVFOOT_ASSIGN(inputs.device_model, fields.text("device_model"));
  KVFOOT_TRY(read_layout_part(fields, "kv_quant", parse_kv_quant, inputs.layout.quant));
  KVFOOT_TRY(read_layout_part(fields, "kv_index", parse_kv_index, inputs.layout.index));
  KVFOOT_TRY(read_layout_part(fields, "kv_alloc", parse_kv_alloc, inputs.layout.alloc));
  KVFOOT_TRY(read_layout_part(fields, "kv_copies", parse_kv_copies, inputs.layout.copies));
  if (fields.optional("batch") != nullptr) {
    KVFOOT_ASSIGN(inputs.batch, fields.integer("batch", 1, kMaxInt));
  }
  if (fields.optional("weight_dtype") != nullptr) {
    KVFOOT_ASSIGN(inputs.weight_dtype, read_dtype(fields, "weight_dtype"));
  }
  if (fields.optional("logits") != nullptr) {
    KVFOOT_ASSIGN(inputs.logits,
                  read_choice(fields, "logits", LogitsRows::kLast, LogitsRows::kAll));
  }
  KVFOOT_ASSIGN(const std::string seed, fields.text("seed"));
  const auto [end, code] = std::from_chars(seed.data(), seed.data() + seed.size(), inputs.seed);
  if (code != std::errc{} || end != seed.data() + seed.size()) {
    return Error{fields.place("seed"), "'" + seed + "' is no seed"};
  }
  KVFOOT_TRY(fields.finish());
  return inputs;
}

Result<Provenance> read_provenance(const JsonValue& value, const std::string& place) {
  KVFOOT_ASSIGN(JsonFields fields, JsonFields::of(value, place));
  Provenance provenance;
  KVFOOT_ASSIGN(provenance.program, fields.text("program"));
  KVFOOT_ASSIGN(provenance.scenario_hash, fields.text("scenario_hash"));
  KVFOOT_ASSIGN(provenance.trace_hash, fields.text("trace_hash"));
  KVFOOT_ASSIGN(provenance.machine, fields.text("machine"));
  KVFOOT_TRY(fields.finish());
  return provenance;
}

Result<Metrics> read_metrics(const JsonValue& value, const std::string& place) {
  KVFOOT_ASSIGN(JsonFields fields, JsonFields::of(value, place));
  Metrics metrics;
  for (const MetricInfo& metric : metric_table()) {
    const JsonValue* member = fields.optional(metric.name);
    if (member == nullptr) {
      if (metric.required) {
        KVFOOT_TRY(fields.required(metric.name));
      }
      continue;
    }
    if (metric.integer) {
      const auto* number = member->get_if<std::int64_t>();
      if (number == nullptr) {
        return fields.wrong(metric.name, *member, "an integer");
      }
      metric.set(metrics, *number);
    } else {
      const auto* number = member->get_if<double>();
      if (number == nullptr) {
        return fields.wrong(metric.name, *member, "a number with a decimal point");
      }
      metric.set(metrics, *number);
    }
  }
  KVFOOT_TRY(fields.finish());
  return metrics;
}

Result<const JsonValue::Array*> read_array(JsonFields& fields, std::string_view key) {
  KVFOOT_ASSIGN(const JsonValue* value, fields.required(key));
  const auto* array = value->get_if<JsonValue::Array>();
  if (array == nullptr) {
    return fields.wrong(key, *value, "an array");
  }
  return array;
}

Result<std::vector<Warning>> read_warnings(JsonFields& fields) {
  KVFOOT_ASSIGN(const JsonValue::Array* array, read_array(fields, "warnings"));
  std::vector<Warning> warnings;
  for (const JsonValue& item : *array) {
    KVFOOT_ASSIGN(JsonFields members, JsonFields::of(item, fields.place("warnings")));
    Warning warning;
    KVFOOT_ASSIGN(warning.code, members.text("code"));
    KVFOOT_ASSIGN(warning.text, members.text("text"));
    KVFOOT_TRY(members.finish());
    warnings.push_back(std::move(warning));
  }
  return warnings;
}

Result<RunResult> read_body(JsonFields& fields) {
  RunResult result;
  KVFOOT_ASSIGN(const JsonValue* inputs, fields.required("inputs"));
  KVFOOT_ASSIGN(result.inputs, read_inputs(*inputs, fields.place("inputs")));
  KVFOOT_ASSIGN(const JsonValue* provenance, fields.required("provenance"));
  KVFOOT_ASSIGN(result.provenance, read_provenance(*provenance, fields.place("provenance")));
  KVFOOT_ASSIGN(const JsonValue* metrics, fields.required("metrics"));
  KVFOOT_ASSIGN(result.metrics, read_metrics(*metrics, fields.place("metrics")));
  KVFOOT_ASSIGN(result.warnings, read_warnings(fields));
  KVFOOT_TRY(fields.finish());
  return result;
}

// "kvfoot.result/1" against what this program writes.
Status check_schema(JsonFields& fields, std::string_view known) {
  KVFOOT_ASSIGN(const std::string schema, fields.text("schema"));
  if (schema == known) {
    return {};
  }
  const std::string_view family = known.substr(0, known.rfind('/') + 1);
  if (schema.starts_with(family)) {
    const auto version = parse_int(std::string_view(schema).substr(family.size()));
    const auto mine = parse_int(known.substr(family.size()));
    if (version && mine && *version > *mine) {
      return Error{fields.place("schema"),
                   "'" + schema + "' is newer than '" + std::string(known) + "'",
                   "use a newer kvfoot"};
    }
  }
  if (schema.starts_with(family)) {
    return Error{fields.place("schema"),
                 "'" + schema + "' is of another version of kvfoot, this one reads '" +
                     std::string(known) + "'",
                 "read it with that version, or run it again with this one"};
  }
  return Error{fields.place("schema"), "'" + schema + "' is not '" + std::string(known) + "'",
               "is it a result of kvfoot?"};
}

// Other files that a sweep leaves: what to give instead.
Status check_kind(std::string_view text, const std::filesystem::path& path) {
  if (text.starts_with("{\"schema\": \"kvfoot.journal/")) {
    return Error{path.string(), "is the journal of an unfinished sweep, not its results",
                 "run kvfoot sweep (or merge) again to finish it"};
  }
  const std::string extension = path.extension().string();
  if (extension == ".csv" || extension == ".jsonl" || text.starts_with("\x89HDF")) {
    return Error{path.string(), "has the rows of a sweep for other tools, not its results",
                 "give the JSON file of the sweep ('report: {json: FILE}' in its scenario)"};
  }
  return {};
}

}  // namespace

Result<RunResult> result_from_value(const JsonValue& value, std::string_view where) {
  KVFOOT_ASSIGN(JsonFields fields, JsonFields::of(value, std::string(where)));
  return read_body(fields);
}

Result<RunResult> result_from_json(std::string_view text, std::string_view where) {
  KVFOOT_ASSIGN(const JsonValue value, parse_json(text, where));
  KVFOOT_ASSIGN(JsonFields fields, JsonFields::of(value, std::string(where)));
  KVFOOT_TRY(check_schema(fields, kResultSchema));
  return read_body(fields);
}

Result<SweepResult> sweep_from_json(std::string_view text, std::string_view where) {
  KVFOOT_ASSIGN(const JsonValue value, parse_json(text, where));
  KVFOOT_ASSIGN(JsonFields fields, JsonFields::of(value, std::string(where)));
  KVFOOT_TRY(check_schema(fields, kSweepSchema));
  SweepResult sweep;
  KVFOOT_ASSIGN(sweep.title, fields.text("title"));
  KVFOOT_ASSIGN(sweep.teaches, fields.text("teaches"));
  KVFOOT_ASSIGN(const JsonValue* provenance, fields.required("provenance"));
  KVFOOT_ASSIGN(sweep.provenance, read_provenance(*provenance, fields.place("provenance")));
  KVFOOT_ASSIGN(const JsonValue::Array* results, read_array(fields, "results"));
  for (std::size_t i = 0; i < results->size(); ++i) {
    const std::string place = fields.place("results[" + std::to_string(i) + "]");
    KVFOOT_ASSIGN(JsonFields members, JsonFields::of((*results)[i], place));
    KVFOOT_ASSIGN(RunResult result, read_body(members));
    sweep.results.push_back(std::move(result));
  }
  KVFOOT_ASSIGN(const JsonValue::Array* failed, read_array(fields, "failed"));
  for (const JsonValue& item : *failed) {
    KVFOOT_ASSIGN(JsonFields members, JsonFields::of(item, fields.place("failed")));
    FailedPoint point;
    KVFOOT_ASSIGN(point.run, members.text("run"));
    KVFOOT_ASSIGN(point.error, members.text("error"));
    KVFOOT_TRY(members.finish());
    sweep.failed.push_back(std::move(point));
  }
  KVFOOT_TRY(fields.finish());
  return sweep;
}

Result<SweepResult> load_results(const std::filesystem::path& path) {
  KVFOOT_ASSIGN(const std::string text, read_file(path, kMaxResultBytes));
  KVFOOT_TRY(check_kind(text, path));
  KVFOOT_ASSIGN(const JsonValue value, parse_json(text, path.string()));
  const JsonValue* schema = value.find("schema");
  const auto* name = schema == nullptr ? nullptr : schema->get_if<std::string>();
  if (name != nullptr && name->starts_with("kvfoot.result/")) {
    KVFOOT_ASSIGN(RunResult result, result_from_json(text, path.string()));
    SweepResult sweep;
    sweep.provenance = result.provenance;
    sweep.provenance.trace_hash.clear();
    sweep.results.push_back(std::move(result));
    return sweep;
  }
  return sweep_from_json(text, path.string());
}

}  // namespace kvfoot
