// Attributes of the root: one per field, named as in the specification.
#include "sim/trace/header_io.hpp"

#include <limits>
#include <string>
#include <utility>

#include "sim/trace/plan.hpp"

namespace kvfoot {
namespace {

constexpr const char* kFormat = "kvfoot trace";

template <class T>
std::vector<std::int64_t> widen(const std::vector<T>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

Status write_header(Hdf5Writer& file, const StoredHeader& stored) {
  const TraceHeader& h = stored.header;
  const TraceCoding& c = stored.coding;
  const std::pair<const char*, Hdf5Value> fields[] = {
      {"format", std::string(kFormat)},
      {"version", std::int64_t{kTraceVersion}},
      {"program_version", h.program_version},
      {"model", h.shape.name},
      {"layers", std::int64_t{h.shape.layers}},
      {"q_heads", std::int64_t{h.shape.q_heads}},
      {"kv_heads", std::int64_t{h.shape.kv_heads}},
      {"head_dim", std::int64_t{h.shape.head_dim}},
      {"hidden", std::int64_t{h.shape.hidden}},
      {"ffn", std::int64_t{h.shape.ffn}},
      {"vocab", std::int64_t{h.shape.vocab}},
      {"tied_embeddings", std::int64_t{h.shape.tied_embeddings ? 1 : 0}},
      {"checkpoint_hash", h.checkpoint_hash},
      {"prompt", h.run.prompt},
      {"output", h.run.output},
      {"chunk", h.run.chunk},
      {"last_prompt_token",
       std::string(h.run.last_prompt_token == LastPromptToken::kPrefill ? "prefill" : "decode")},
      {"policy", h.policy},
      {"patch_window", h.patch_window},
      {"storage", std::string(h.storage == Storage::kKvHeads ? "kv_heads" : "q_heads")},
      {"kv_dtype", std::string(to_string(h.kv_dtype))},
      {"block", h.block},
      {"seed", static_cast<std::int64_t>(h.seed)},
      {"fidelity", std::string(to_string(h.fidelity))},
      {"device", h.device},
      {"full_cache", std::int64_t{stored.full_cache ? 1 : 0}},
      {"row_block", std::int64_t{c.row_block}},
      {"key_block", std::int64_t{c.key_block}},
      {"entries_block", std::int64_t{c.entries_block}},
      {"entries_row", std::int64_t{c.entries_row}},
      {"entries_last", std::int64_t{c.entries_last}},
      {"vote_windows", widen(c.vote_windows)},
      {"side_votes", c.side_votes},
      {"side_window", std::int64_t{c.side_window}},
  };
  for (const auto& [name, value] : fields) {
    KVFOOT_TRY(file.set_attribute("/", name, value));
  }
  return {};
}

Result<StoredHeader> read_header(const Hdf5Reader& file, const std::string& path) {
  const auto refuse = [&path](const std::string& name, const std::string& what,
                              const std::string& hint = "record it again") {
    return Error{path + ": /@" + name, what, hint};
  };
  KVFOOT_ASSIGN(const std::string format, file.text("/", "format"));
  if (format != kFormat) {
    return refuse("format", "is '" + format + "', not '" + kFormat + "'", "give a trace");
  }
  KVFOOT_ASSIGN(const std::int64_t version, file.integer("/", "version"));
  if (version > kTraceVersion) {
    return refuse("version",
                  "is " + std::to_string(version) + ", this program reads up to " +
                      std::to_string(kTraceVersion),
                  "use a newer kvfoot");
  }
  if (version < 1) {
    return refuse("version", "is " + std::to_string(version));
  }

  StoredHeader stored;
  TraceHeader& h = stored.header;
  TraceCoding& c = stored.coding;
  const std::pair<const char*, std::string*> texts[] = {
      {"program_version", &h.program_version},
      {"model", &h.shape.name},
      {"checkpoint_hash", &h.checkpoint_hash},
      {"policy", &h.policy},
      {"device", &h.device},
  };
  for (const auto& [name, field] : texts) {
    KVFOOT_ASSIGN(*field, file.text("/", name));
  }
  const std::pair<const char*, std::int32_t*> small[] = {
      {"layers", &h.shape.layers},     {"q_heads", &h.shape.q_heads},
      {"kv_heads", &h.shape.kv_heads}, {"head_dim", &h.shape.head_dim},
      {"hidden", &h.shape.hidden},     {"ffn", &h.shape.ffn},
      {"vocab", &h.shape.vocab},       {"row_block", &c.row_block},
      {"key_block", &c.key_block},     {"entries_block", &c.entries_block},
      {"entries_row", &c.entries_row}, {"entries_last", &c.entries_last},
      {"side_window", &c.side_window},
  };
  for (const auto& [name, field] : small) {
    KVFOOT_ASSIGN(const std::int64_t value, file.integer("/", name));
    if (value < 0 || value > std::numeric_limits<std::int32_t>::max()) {
      return refuse(name, "is " + std::to_string(value));
    }
    *field = static_cast<std::int32_t>(value);
  }
  const std::pair<const char*, std::int64_t*> large[] = {
      {"prompt", &h.run.prompt}, {"output", &h.run.output},         {"chunk", &h.run.chunk},
      {"block", &h.block},       {"patch_window", &h.patch_window},
  };
  for (const auto& [name, field] : large) {
    KVFOOT_ASSIGN(*field, file.integer("/", name));
  }
  KVFOOT_ASSIGN(const std::int64_t seed, file.integer("/", "seed"));
  h.seed = static_cast<std::uint64_t>(seed);
  KVFOOT_ASSIGN(const std::int64_t tied, file.integer("/", "tied_embeddings"));
  h.shape.tied_embeddings = tied != 0;
  KVFOOT_ASSIGN(const std::int64_t full, file.integer("/", "full_cache"));
  stored.full_cache = full != 0;

  // Words from a fixed list.
  const auto word = [&](const char* name, const char* no, const char* yes) -> Result<bool> {
    KVFOOT_ASSIGN(const std::string value, file.text("/", name));
    if (value != no && value != yes) {
      return refuse(name, "is '" + value + "'");
    }
    return value == yes;
  };
  KVFOOT_ASSIGN(const bool decode_last, word("last_prompt_token", "prefill", "decode"));
  h.run.last_prompt_token = decode_last ? LastPromptToken::kDecode : LastPromptToken::kPrefill;
  KVFOOT_ASSIGN(const bool per_query_head, word("storage", "kv_heads", "q_heads"));
  h.storage = per_query_head ? Storage::kQueryHeads : Storage::kKvHeads;
  KVFOOT_ASSIGN(const bool blocks, word("fidelity", "rows", "blocks"));
  h.fidelity = blocks ? TraceFidelity::kBlocks : TraceFidelity::kRows;
  KVFOOT_ASSIGN(const std::string dtype, file.text("/", "kv_dtype"));
  const Result<DType> parsed = parse_dtype(dtype);
  if (!parsed) {
    return refuse("kv_dtype", "is '" + dtype + "'");
  }
  h.kv_dtype = *parsed;

  c.vote_windows.clear();
  KVFOOT_ASSIGN(const std::vector<std::int64_t> windows, file.integers("/", "vote_windows"));
  for (const std::int64_t window : windows) {
    if (window < 1 || window > std::numeric_limits<std::int32_t>::max()) {
      return refuse("vote_windows", "holds " + std::to_string(window));
    }
    c.vote_windows.push_back(static_cast<std::int32_t>(window));
  }
  KVFOOT_ASSIGN(c.side_votes, file.integers("/", "side_votes"));
  if (const Status sound = validate(h, c); !sound) {
    return refuse(sound.error().where, sound.error().what);
  }
  return stored;
}

}  // namespace kvfoot
