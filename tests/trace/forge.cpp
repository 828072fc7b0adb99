// Reads every object that docs/trace-format.md names, and writes them again.
#include "tests/trace/forge.hpp"

#include <set>
#include <utility>

namespace kvfoot::testing_trace {
namespace {

constexpr const char* kTexts[] = {"format",   "program_version", "model",    "checkpoint_hash",
                                  "policy",   "storage",         "kv_dtype", "last_prompt_token",
                                  "fidelity", "device"};
constexpr const char* kIntegers[] = {
    "version",     "layers",          "q_heads",      "kv_heads",    "head_dim",  "hidden",
    "ffn",         "vocab",           "prompt",       "output",      "chunk",     "block",
    "seed",        "tied_embeddings", "patch_window", "full_cache",  "row_block", "key_block",
    "side_window", "entries_block",   "entries_row",  "entries_last"};
constexpr const char* kLists[] = {"vote_windows", "side_votes"};

using enum Hdf5Type;
constexpr std::pair<const char*, Hdf5Type> kColumns[] = {
    {"/passes/index", kI32},
    {"/passes/phase", kU8},
    {"/passes/begin", kI64},
    {"/passes/end", kI64},
    {"/passes/patch_rows", kI64},
    {"/passes/last_prefill", kU8},
    {"/passes/side", kU8},
    {"/rows/pass", kI32},
    {"/rows/index", kI32},
    {"/rows/token", kI32},
    {"/rows/position", kI32},
    {"/rows/patch", kU8},
    {"/tokens/text", kU8},
    {"/tokens/text_end", kI64},
    {"/segments/begin", kI64},
    {"/segments/end", kI64},
    {"/segments/name", kU8},
    {"/segments/name_end", kI64},
    {"/key_norms", kF32},
    {"/attention/past", kI32},
    {"/attention/rows/offset", kI64},
    {"/attention/rows/codes", kU16},
    {"/attention/rows/log_sum_exp", kF32},
    {"/attention/blocks/pass", kI32},
    {"/attention/blocks/first_row", kI32},
    {"/attention/blocks/rows", kI32},
    {"/attention/blocks/offset", kI64},
    {"/attention/blocks/data", kU8},
    {"/attention/votes/pass", kI32},
    {"/attention/votes/begin", kI64},
    {"/attention/votes/end", kI64},
    {"/attention/votes/keys", kI64},
    {"/attention/votes/voters", kI64},
    {"/attention/votes/side", kU8},
    {"/attention/votes/windows", kI32},
    {"/attention/votes/windows_end", kI64},
    {"/attention/votes/offset", kI64},
    {"/attention/votes/codes", kU16},
    {"/log/answers/pass", kI32},
    {"/log/answers/layer", kI32},
    {"/log/answers/head", kI32},
    {"/log/answers/kind", kU8},
    {"/log/answers/scope", kU8},
    {"/log/answers/pool", kU8},
    {"/log/answers/window", kI32},
    {"/log/answers/kernel", kI32},
    {"/log/answers/end", kI64},
    {"/log/answers/values", kF32},
    {"/log/decisions/pass", kI32},
    {"/log/decisions/layer", kI32},
    {"/log/decisions/head", kI32},
    {"/log/decisions/kept", kI64},
    {"/log/decisions/end", kI64},
    {"/log/decisions/evicted", kI32},
    {"/measured/pass", kI32},
    {"/measured/wall_ns", kI64},
    {"/measured/resident_entries", kI64},
    {"/measured/pages", kI64},
    {"/measured/bytes", kI64},
    {"/measured/peak_bytes", kI64},
};

template <class T>
std::vector<std::byte> bytes_of(const Hdf5Column& column) {
  const auto bytes = std::as_bytes(column.all<T>().value());
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> bytes_of(const Hdf5Column& column, Hdf5Type type) {
  switch (type) {
    case kU8:
      return bytes_of<std::uint8_t>(column);
    case kU16:
      return bytes_of<std::uint16_t>(column);
    case kU64:
      return bytes_of<std::uint64_t>(column);
    case kI32:
      return bytes_of<std::int32_t>(column);
    case kI64:
      return bytes_of<std::int64_t>(column);
    case kF32:
      return bytes_of<float>(column);
  }
  return {};
}

}  // namespace

Forgery::Forgery(const std::string& path) {
  const auto file = Hdf5Reader::open(path, "").value();
  for (const char* name : kTexts) {
    attributes[name] = file->text("/", name).value();
  }
  for (const char* name : kIntegers) {
    attributes[name] = file->integer("/", name).value();
  }
  for (const char* name : kLists) {
    attributes[name] = file->integers("/", name).value();
  }
  for (const auto& [name, type] : kColumns) {
    const std::string parent(name, std::string(name).rfind('/'));
    if ((parent.empty() || file->has(parent)) && file->has(name)) {
      columns[name] = {type, bytes_of(file->column(name, type).value(), type)};
    }
  }
}

Status Forgery::write(const std::string& path) const {
  KVFOOT_ASSIGN(const auto file, Hdf5Writer::create(path));
  for (const auto& [name, value] : attributes) {
    KVFOOT_TRY(file->set_attribute("/", name, value));
  }
  std::set<std::string> groups;
  for (const auto& [name, column] : columns) {
    for (std::size_t slash = name.find('/', 1); slash != std::string::npos;
         slash = name.find('/', slash + 1)) {
      if (groups.insert(name.substr(0, slash)).second) {
        KVFOOT_TRY(file->add_group(name.substr(0, slash)));
      }
    }
    KVFOOT_ASSIGN(const int number, file->add_column(name, column.type));
    KVFOOT_TRY(file->append_bytes(number, column.bytes));
  }
  return file->commit();
}

}  // namespace kvfoot::testing_trace
