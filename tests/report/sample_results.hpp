// Results with made-up numbers that the tests of this folder share.
#pragma once

#include <vector>

#include "sim/report/result_json.hpp"

namespace kvfoot {

inline RunResult sample_full() {
  RunResult result;
  result.inputs.policy = "full";
  result.inputs.spec = "full";
  result.inputs.shape = {"tiny", 2, 4, 2, 32, 128, 256, 512, true};
  result.inputs.run = {.prompt = 64, .output = 8, .chunk = kWholePrompt};
  result.provenance = {"kvfoot 0.0.0", "0123456789abcdef", "", "test machine"};
  result.metrics.rows = 72;
  result.metrics.footprint = 1.0;
  result.metrics.peak_ratio = 1.0;
  result.metrics.peak_entries = 288;
  result.metrics.peak_kv_bytes = 40960;
  return result;
}

inline RunResult sample_snapkv() {
  RunResult result = sample_full();
  result.inputs.policy = "snapkv";
  result.inputs.spec = "snapkv:sparsity=0.7,window=8,kernel=5,patch=true";
  result.inputs.params = {{"sparsity", "0.7"}, {"patch", "true"}};
  result.inputs.trace = "traces/a,\"b\".h5";
  result.inputs.run.chunk = 16;
  result.inputs.run.last_prompt_token = LastPromptToken::kDecode;
  result.inputs.accounting = Accounting::kPaper;
  result.inputs.batch = 3;
  result.inputs.layout.quant = *parse_kv_quant("kivi:bits=4,group=64,residual=64");
  result.inputs.layout.index = *parse_kv_index("quest:page=16,budget=64,dense=1");
  result.inputs.layout.alloc = KvAlloc::kRectangular;
  result.inputs.layout.copies = KvCopies::kQuery;
  result.inputs.kv_dtype = DType::kF32;
  result.inputs.device_model = "h100-sxm";
  result.inputs.weight_dtype = DType::kF16;
  result.inputs.logits = LogitsRows::kAll;
  result.inputs.seed = 0xffffffffffffffffULL;
  result.provenance.trace_hash = "fedcba9876543210";
  result.metrics.patch_rows = 24;
  result.metrics.footprint = 0.1 + 0.2;
  result.metrics.peak_ratio = 5.0 / 12;
  result.metrics.peak_entries = 120;
  result.metrics.entry_rows = 4242;
  result.metrics.peak_kv_bytes = 16384;
  result.metrics.peak_kv_bytes_pass = 20480;
  result.metrics.page_waste_bytes = 1234;
  result.metrics.peak_total_bytes = 1 << 20;
  result.metrics.peak_total_weight_bytes = 700'000;
  result.metrics.peak_total_kv_bytes = 200'000;
  result.metrics.peak_total_activation_bytes = 100'000;
  result.metrics.peak_total_workspace_bytes = 40'000;
  result.metrics.peak_total_logits_bytes = 8576;
  result.metrics.kv_byte_seconds = 1.5e9;
  result.metrics.ttft_s = 0.25;
  result.metrics.tpot_s = 0.0125;
  result.metrics.total_s = 0.35;
  result.metrics.retained_mass = 0.875;
  result.metrics.retained_mass_decode = 0.75;
  result.metrics.retained_mass_p5 = 0.5;
  result.warnings = {{"patch_proxy", "Votes of patch rows are those of the prompt's last rows."}};
  return result;
}

inline SweepResult sample_sweep() {
  SweepResult sweep;
  sweep.title = "Two rows";
  sweep.teaches = "Nothing, it is a test.";
  sweep.provenance = sample_full().provenance;
  sweep.results = {sample_full(), sample_snapkv()};
  sweep.failed = {{"tova:budget=100 on tiny", "budget 100 is larger than the prompt"}};
  return sweep;
}

}  // namespace kvfoot
