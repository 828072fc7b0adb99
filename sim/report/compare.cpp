// Pairing, cautions and differences.
#include "sim/report/compare.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "sim/report/metric_table.hpp"
#include "sim/report/units.hpp"

namespace kvfoot {
namespace {

// What tells runs apart that are alike in the rest.
std::string beside_defaults(const RunInputs& in) {
  std::string text;
  const auto add = [&](bool said, const std::string& what) { text += said ? ", " + what : ""; };
  add(in.batch != 1, "batch " + std::to_string(in.batch));
  add(in.layout.quant != KvQuant{}, to_string(in.layout.quant));
  add(in.layout.index != KvIndex{}, to_string(in.layout.index));
  add(in.layout.alloc != KvAlloc::kRagged, std::string(to_string(in.layout.alloc)));
  add(in.layout.copies != KvCopies::kKv, "copies per query head");
  add(in.kv_dtype != DType::kBF16, std::string(to_string(in.kv_dtype)));
  add(!in.device_model.empty(), "on " + in.device_model);
  add(in.seed != 0, "seed " + std::to_string(in.seed));
  return text;
}

std::string label(const RunInputs& in) {
  return short_spec(in) + ", " + (in.trace.empty() ? in.shape.name : in.trace) + ", prompt " +
         std::to_string(in.run.prompt) + ", output " + std::to_string(in.run.output) + ", chunk " +
         chunk_text(in.run) + ", " + std::string(to_string(in.accounting)) + beside_defaults(in);
}

// The same run: everything that was asked, with defaults filled in.
bool same_run(const RunInputs& a, const RunInputs& b) {
  RunInputs left = a;
  left.params = b.params;  // what was spelled out does not matter, `spec` has it all
  return left == b;
}

std::vector<std::string> input_differences(const RunInputs& a, const RunInputs& b) {
  std::vector<std::string> differences;
  const auto add = [&](const char* what, const std::string& left, const std::string& right) {
    if (left != right) {
      differences.push_back(std::string(what) + ": " + left + " | " + right);
    }
  };
  const auto text = [](std::int64_t value) { return std::to_string(value); };
  const auto or_none = [](const std::string& value) { return value.empty() ? "none" : value; };
  add("policy", a.spec, b.spec);
  add("trace", or_none(a.trace), or_none(b.trace));
  add("shape", a.shape.name, b.shape.name);
  add("prompt", text(a.run.prompt), text(b.run.prompt));
  add("output", text(a.run.output), text(b.run.output));
  add("chunk", chunk_text(a.run), chunk_text(b.run));
  add("last prompt token", std::string(to_string(a.run.last_prompt_token)),
      std::string(to_string(b.run.last_prompt_token)));
  add("accounting", std::string(to_string(a.accounting)), std::string(to_string(b.accounting)));
  add("batch", text(a.batch), text(b.batch));
  add("block size", text(a.block_size), text(b.block_size));
  add("quantised KV", to_string(a.layout.quant), to_string(b.layout.quant));
  add("KV index", to_string(a.layout.index), to_string(b.layout.index));
  add("KV allocation", std::string(to_string(a.layout.alloc)),
      std::string(to_string(b.layout.alloc)));
  add("KV copies", std::string(to_string(a.layout.copies)),
      std::string(to_string(b.layout.copies)));
  add("KV dtype", std::string(to_string(a.kv_dtype)), std::string(to_string(b.kv_dtype)));
  add("device", or_none(a.device_model), or_none(b.device_model));
  add("weights", std::string(to_string(a.weight_dtype)), std::string(to_string(b.weight_dtype)));
  add("logits", std::string(to_string(a.logits)), std::string(to_string(b.logits)));
  add("seed", std::to_string(a.seed), std::to_string(b.seed));
  return differences;
}

void add_cautions(const RunResult& a, const RunResult& b, std::vector<std::string>& cautions) {
  const auto add = [&](bool differs, const char* text) {
    if (differs && std::ranges::find(cautions, text) == cautions.end()) {
      cautions.emplace_back(text);
    }
  };
  const RunInputs& x = a.inputs;
  const RunInputs& y = b.inputs;
  const auto streams = [](const ModelShape& s) { return std::pair(s.layers, s.kv_heads); };
  const bool other_model = streams(x.shape) != streams(y.shape);
  add(x.run.rows() != y.run.rows(),
      "the runs have different numbers of rows: footprint and peak residency are shares of "
      "different wholes");
  add(other_model, "the models have different streams: bytes compare, entries do not");
  add(!other_model && x.shape.head_dim != y.shape.head_dim,
      "entries have different sizes: bytes do not compare");
  add(x.accounting != y.accounting, "one counts as published, the other exactly");
  add(x.kv_dtype != y.kv_dtype || x.block_size != y.block_size || x.layout != y.layout,
      "KV types, page sizes or layouts differ: entries compare, bytes do not");
  add(x.batch != y.batch,
      "the batches differ: entries are those of one request, bytes and times those of all");
  add(a.provenance.trace_hash != b.provenance.trace_hash,
      "the attention comes from different traces: retained mass does not compare");
  const bool both_timed = !x.device_model.empty() && !y.device_model.empty();
  add(x.device_model != y.device_model && both_timed, "the clocks are those of different machines");
  add(x.device_model.empty() != y.device_model.empty(),
      "only one of the runs has a device: the other has no times and no whole memory");
}

std::string change_text(double from, double to) {
  if (from == to) {
    return "";
  }
  if (from == 0) {
    return "new";
  }
  char text[40];
  std::snprintf(text, sizeof text, "%+.2f %%", 100 * (to - from) / std::abs(from));
  return text;
}

// Rows of the table; true if any metric differs.
bool add_metrics(const RunResult& a, const RunResult& b, const std::string& run, bool with_equal,
                 Table& table) {
  bool differs = false;
  for (const MetricInfo& metric : metric_table()) {
    const auto left = metric.get(a.metrics);
    const auto right = metric.get(b.metrics);
    if (!left && !right) {
      continue;
    }
    const bool equal = left == right;
    differs = differs || !equal;
    if (equal && !with_equal) {
      continue;
    }
    const auto text = [&](const std::optional<MetricValue>& value) {
      return value ? format_metric(metric, *value) : std::string("unknown");
    };
    std::vector<std::string> row;
    if (!with_equal) {
      row.push_back(run);
    }
    row.emplace_back(metric.label);
    row.push_back(text(left));
    row.push_back(text(right));
    row.push_back(left && right ? change_text(as_double(*left), as_double(*right)) : "");
    table.rows.push_back(std::move(row));
  }
  return differs;
}

// Other programs and other scenarios: the numbers may differ for reasons that no input shows.
void note_origins(const Provenance& a, const Provenance& b, std::vector<std::string>& cautions) {
  if (a.program != b.program && !a.program.empty() && !b.program.empty()) {
    cautions.push_back("the first was written by " + a.program + ", the second by " + b.program);
  }
  if (!a.scenario_hash.empty() && !b.scenario_hash.empty() && a.scenario_hash != b.scenario_hash) {
    cautions.push_back("the scenarios differ (hash " + a.scenario_hash + " and " + b.scenario_hash +
                       "): only runs with equal inputs are paired");
  }
}

}  // namespace

Comparison compare_results(const SweepResult& first, const SweepResult& second) {
  Comparison comparison;
  Table& table = comparison.metrics;
  const bool single = first.results.size() == 1 && second.results.size() == 1;
  if (!single) {
    table.columns.push_back({"run", false});
  }
  for (const char* header : {"metric", "first", "second", "change"}) {
    table.columns.push_back({header, std::string_view(header) != "metric"});
  }
  if (single) {
    const RunResult& a = first.results.front();
    const RunResult& b = second.results.front();
    comparison.inputs = input_differences(a.inputs, b.inputs);
    note_origins(a.provenance, b.provenance, comparison.cautions);
    add_cautions(a, b, comparison.cautions);
    const bool differs = add_metrics(a, b, "", true, table);
    (differs ? comparison.different : comparison.same) += 1;
    return comparison;
  }
  note_origins(first.provenance, second.provenance, comparison.cautions);
  std::vector<bool> taken(second.results.size(), false);
  for (const RunResult& a : first.results) {
    std::size_t partner = 0;
    while (partner < taken.size() &&
           (taken[partner] || !same_run(a.inputs, second.results[partner].inputs))) {
      ++partner;
    }
    if (partner == taken.size()) {
      comparison.only_first.push_back(label(a.inputs));
      continue;
    }
    taken[partner] = true;
    const RunResult& b = second.results[partner];
    add_cautions(a, b, comparison.cautions);
    const bool differs = add_metrics(a, b, label(a.inputs), false, table);
    (differs ? comparison.different : comparison.same) += 1;
  }
  for (std::size_t i = 0; i < taken.size(); ++i) {
    if (!taken[i]) {
      comparison.only_second.push_back(label(second.results[i].inputs));
    }
  }
  return comparison;
}

}  // namespace kvfoot
