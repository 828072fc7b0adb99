// Traces as hostile input: an error or a full read and replay, never a crash.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/trace/reader.hpp"
#include "sim/trace/source.hpp"

namespace {

using namespace kvfoot;

// Everything that a policy may ask, over passes in which nothing is evicted. Its errors are fine.
void ask_everything(const std::shared_ptr<const TraceReader>& trace) {
  const TraceHeader& header = trace->header();
  constexpr std::int64_t kMostRows = 2048;  // keeps one input quick
  if (header.run.rows() > kMostRows || header.shape.layers * header.shape.q_heads > 64) {
    return;
  }
  TraceRequest request;
  request.policy = header.policy;
  request.run = header.run;
  request.storage = header.storage;
  request.patch_window = header.patch_window;
  request.needs = {.window = 16, .accumulated = true, .last_row = true, .key_norms = true};
  request.retained_mass = true;
  auto source = TraceAttention::create(std::make_shared<TraceScores>(trace), request);
  if (!source) {
    return;
  }
  std::vector<TokenPos> list;
  const auto heads = static_cast<std::size_t>(header.storage_heads());
  for (std::int64_t i = 0; i < header.run.passes(); ++i) {
    const Pass pass = pass_at(header.run, i, header.patch_window);
    list.resize(static_cast<std::size_t>(pass.begin));
    for (std::int64_t p = pass.begin; p < pass.begin + pass.forward_rows(); ++p) {
      list.push_back(static_cast<TokenPos>(p));
    }
    const std::vector<std::span<const TokenPos>> lists(heads, list);
    for (std::int32_t layer = 0; layer < header.shape.layers; ++layer) {
      if (!(*source)->begin_layer(pass, layer, lists)) {
        return;
      }
      std::vector<std::int32_t> kept;
      for (std::int64_t j = 0; j < pass.end; ++j) {
        kept.push_back(static_cast<std::int32_t>(j));
      }
      for (std::int32_t head = 0; head < header.storage_heads(); ++head) {
        for (const auto kind :
             {AttentionQuery::Kind::kWindowMass, AttentionQuery::Kind::kAccumulatedMass,
              AttentionQuery::Kind::kLastRowMass, AttentionQuery::Kind::kKeyNorm}) {
          for (const auto scope :
               {AttentionQuery::Scope::kPass, AttentionQuery::Scope::kResident}) {
            AttentionQuery query;
            query.kind = kind;
            query.scope = scope;
            query.window = 16;
            static_cast<void>((*source)->answer(query, head).ok());
          }
        }
        (*source)->retain(head, kept);
      }
    }
    for (std::int64_t p = 0; p < pass.patch_rows; ++p) {
      list.pop_back();
    }
  }
}

void read(const std::string& path, bool verify_checksums) {
  const auto trace = TraceReader::open(path, {verify_checksums});
  if (!trace) {
    return;
  }
  if (!(*trace)->verify()) {
    return;
  }
  static_cast<void>((*trace)->decisions());
  static_cast<void>((*trace)->content_hash());
  ask_everything(*trace);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int memory = memfd_create("trace", 0);
  if (memory < 0) {
    return 0;
  }
  const std::string path = "/proc/self/fd/" + std::to_string(memory);
  if (size > 0 && ::write(memory, data, size) == static_cast<ssize_t>(size)) {
    read(path, true);
    // Damage in the data reaches the decoders only without checksums.
    read(path, false);
  }
  ::close(memory);
  return 0;
}
