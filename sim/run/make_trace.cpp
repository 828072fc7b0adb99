// Passes and layers in order, query heads in parallel.
#include "sim/run/make_trace.hpp"

#include <algorithm>
#include <filesystem>

#include "sim/core/hash.hpp"
#include "sim/core/threads.hpp"
#include "sim/engine/counts.hpp"
#include "sim/run/made_attention.hpp"
#include "sim/trace/writer.hpp"

namespace kvfoot {
TraceHeader made_header(const MakeTraceRequest& request) {
  TraceHeader header;
  header.shape = request.shape;
  header.run = request.run;
  header.seed = request.seed;
  header.fidelity = TraceFidelity::kBlocks;
  header.kv_dtype = DType::kBF16;
  header.device = "made";
  header.program_version = request.program_version;
  const MadeAttention attention(request.shape, request.run, request.seed);
  for (const std::int64_t needle : attention.needles()) {
    if (header.segments.empty() || header.segments.back().begin_token != needle) {
      header.segments.push_back({"needle", needle, needle + 1});
    }
  }
  return header;
}

TraceCoding made_coding(const MakeTraceRequest& request) {
  TraceCoding coding;
  coding.key_block = key_block_for(request.run.prompt);
  coding.side_votes = request.chunk_sizes;
  return coding;
}

Result<std::int64_t> make_trace(const MakeTraceRequest& request) {
  const ModelShape& shape = request.shape;
  const RunLengths& run = request.run;
  KVFOOT_TRY(check_plain(shape, "traces are made"));
  TraceWriteOptions options;
  options.coding = made_coding(request);
  const TraceHeader header = made_header(request);
  options.expected_bytes = estimate_trace(header, options.coding, {}).total;
  KVFOOT_ASSIGN(const auto writer, TraceWriter::create(request.path, header, options));
  const MadeAttention attention(shape, run, request.seed);
  const std::int64_t total = run.passes() * shape.layers;
  std::vector<std::int32_t> tokens;
  std::vector<TokenPos> positions;
  std::vector<float> norms;
  for (std::int64_t i = 0; i < run.passes(); ++i) {
    const Pass pass = pass_at(run, i, 0);
    tokens.clear();
    positions.clear();
    for (std::int64_t row = pass.begin; row < pass.end; ++row) {
      const auto vocab = static_cast<std::uint64_t>(shape.vocab);
      tokens.push_back(static_cast<std::int32_t>(
          below(hash_words(hash_text("token"), request.seed, row), vocab)));
      positions.push_back(static_cast<TokenPos>(row));
    }
    KVFOOT_TRY(writer->begin_pass({pass, false}, tokens, positions));
    for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
      if (request.cancel != nullptr && request.cancel->load(std::memory_order_relaxed)) {
        return Error{request.path, "interrupted, nothing was written", "", ErrorKind::kInterrupted};
      }
      // What a head writes does not depend on who writes it.
      for_tasks(shape.q_heads, std::max(1, request.threads), [&](std::int64_t q) {
        writer->on_model(layer, static_cast<std::int32_t>(q), attention);
      });
      for (std::int32_t head = 0; head < shape.kv_heads; ++head) {
        norms.clear();
        for (std::int64_t row = pass.begin; row < pass.end; ++row) {
          const double u = unit_interval(hash_words(request.seed, layer, head, row));
          norms.push_back(static_cast<float>(8 + 4 * u));
        }
        writer->key_norms(layer, head, norms);
      }
      KVFOOT_TRY(writer->end_layer(layer));
      if (request.on_progress) {
        request.on_progress(i * shape.layers + layer + 1, total);
      }
    }
    const std::int64_t entries = pass.end * shape.layers * shape.kv_heads;
    PassMemory memory{.pass = pass.index, .resident_entries = entries};
    const PageSize page = page_size(shape, header.kv_dtype, header.block);
    memory.pages = (pass.end + page.block - 1) / page.block * shape.layers * shape.kv_heads;
    memory.bytes = memory.pages * page.bytes;
    memory.peak_bytes = memory.bytes;
    KVFOOT_TRY(writer->end_pass(memory, 0));
  }
  KVFOOT_TRY(writer->finish(run, {}));
  return static_cast<std::int64_t>(std::filesystem::file_size(request.path));
}

}  // namespace kvfoot
