// The header of a safetensors file: parsed and checked as hostile input.
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>

#include "executor/model/json_fields.hpp"
#include "executor/model/safetensors.hpp"

namespace kvfoot {

namespace {

using model::Json;

struct Dtype {
  std::string_view name;
  std::uint64_t bits;
};
constexpr std::array<Dtype, 20> kDtypes{
    {{"BOOL", 8}, {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U8", 8},
     {"I8", 8},   {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"I16", 16},
     {"U16", 16}, {"F16", 16},    {"BF16", 16},   {"I32", 32},    {"U32", 32},
     {"F32", 32}, {"C64", 64},    {"F64", 64},    {"I64", 64},    {"U64", 64}}};

constexpr std::uint64_t kMaxExtent = std::uint64_t{1} << 62;

std::optional<std::uint64_t> dtype_bits(std::string_view name) {
  for (const Dtype& dtype : kDtypes) {
    if (dtype.name == name) {
      return dtype.bits;
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> whole_number(const Json& value) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kMaxExtent) {
    return std::nullopt;
  }
  return value.get<std::uint64_t>();
}

// The bytes of a tensor, or nothing if their number does not fit or is no whole number of bytes.
std::optional<std::uint64_t> checked_bytes(const std::vector<std::int64_t>& shape,
                                           std::uint64_t bits) {
  std::uint64_t total = bits;
  for (const std::int64_t extent : shape) {
    if (__builtin_mul_overflow(total, static_cast<std::uint64_t>(extent), &total)) {
      return std::nullopt;
    }
  }
  if (total % 8 != 0) {
    return std::nullopt;
  }
  return total / 8;
}

class EntryParser {
 public:
  EntryParser(std::string_view where, const std::string& name, const Json& json)
      : where_(where), name_(name), json_(json) {}

  Result<SafetensorsEntry> parse() const {
    if (!json_.is_object() || json_.size() != 3 || !json_.contains("dtype") ||
        !json_.contains("shape") || !json_.contains("data_offsets")) {
      return wrong("must be an object of dtype, shape and data_offsets");
    }
    SafetensorsEntry entry;
    entry.name = name_;
    if (!json_["dtype"].is_string()) {
      return wrong("dtype must be a string");
    }
    entry.dtype = json_["dtype"].get<std::string>();
    const auto bits = dtype_bits(entry.dtype);
    if (!bits) {
      return wrong("has the unknown dtype \"" + model::shown(entry.dtype) + "\"");
    }
    const Json& shape = json_["shape"];
    if (!shape.is_array()) {
      return wrong("shape must be a list");
    }
    for (const Json& extent : shape) {
      const auto value = whole_number(extent);
      if (!value) {
        return wrong("shape must hold whole numbers, found " + model::shown_json(extent));
      }
      entry.shape.push_back(static_cast<std::int64_t>(*value));
    }
    const Json& offsets = json_["data_offsets"];
    const bool pair = offsets.is_array() && offsets.size() == 2;
    const auto begin = pair ? whole_number(offsets[0]) : std::nullopt;
    const auto end = pair ? whole_number(offsets[1]) : std::nullopt;
    if (!begin || !end || *begin > *end) {
      return wrong("data_offsets must be two whole numbers, begin and end");
    }
    const auto bytes = checked_bytes(entry.shape, *bits);
    if (!bytes) {
      return wrong("its shape has no representable number of bytes");
    }
    if (*bytes != *end - *begin) {
      return wrong("its shape needs " + std::to_string(*bytes) + " bytes, its offsets span " +
                   std::to_string(*end - *begin));
    }
    entry.begin = *begin;
    entry.end = *end;
    return entry;
  }

 private:
  Error wrong(std::string what) const {
    return Error{std::string(where_) + ": tensor " + model::shown(name_), std::move(what)};
  }

  std::string_view where_;
  const std::string& name_;
  const Json& json_;
};

Status check_metadata(const Json& json, std::string_view where) {
  const bool fine = json.is_object() && std::all_of(json.begin(), json.end(),
                                                    [](const Json& v) { return v.is_string(); });
  if (!fine) {
    return Error{std::string(where) + ": __metadata__", "must map strings to strings"};
  }
  return {};
}

Status check_tiling(const std::vector<SafetensorsEntry>& entries, std::uint64_t buffer_size,
                    std::string_view where) {
  std::uint64_t covered = 0;
  for (const SafetensorsEntry& entry : entries) {
    if (entry.begin != covered) {
      return Error{std::string(where) + ": tensor " + model::shown(entry.name),
                   "begins at byte " + std::to_string(entry.begin) +
                       " of the buffer, the tensors before it end at " + std::to_string(covered)};
    }
    covered = entry.end;
  }
  if (covered != buffer_size) {
    return Error{std::string(where),
                 "the header describes " + std::to_string(covered) +
                     " bytes of tensors, the file holds " + std::to_string(buffer_size),
                 covered > buffer_size ? "the file was probably cut short: copy it again" : ""};
  }
  return {};
}

}  // namespace

Result<SafetensorsHeader> parse_safetensors_header(std::span<const std::byte> head,
                                                   std::uint64_t file_size,
                                                   std::string_view where) {
  const std::string file(where);
  if (file_size < 8 || head.size() < 8) {
    return Error{file,
                 "has " + std::to_string(file_size) + " bytes, too few for a safetensors header"};
  }
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    length |= std::to_integer<std::uint64_t>(head[i]) << (8 * i);
  }
  if (length > kMaxSafetensorsHeader) {
    return Error{file,
                 "claims a header of " + std::to_string(length) + " bytes, at most " +
                     std::to_string(kMaxSafetensorsHeader) + " are allowed",
                 "this may be no safetensors file"};
  }
  if (length > file_size - 8 || length > head.size() - 8) {
    return Error{file,
                 "claims a header of " + std::to_string(length) + " bytes, the file has " +
                     std::to_string(file_size),
                 "the file was probably cut short: copy it again"};
  }
  const std::string_view text(reinterpret_cast<const char*>(head.data()) + 8,
                              static_cast<std::size_t>(length));
  if (text.empty() || text.front() != '{') {
    return Error{file, "its header does not begin with '{'", "this may be no safetensors file"};
  }
  KVFOOT_ASSIGN(const Json json, model::parse_object(text, file + ": header"));

  SafetensorsHeader header;
  header.buffer_offset = 8 + length;
  for (const auto& [name, value] : json.items()) {
    if (name == "__metadata__") {
      KVFOOT_TRY(check_metadata(value, where));
      continue;
    }
    KVFOOT_ASSIGN(SafetensorsEntry entry, EntryParser(where, name, value).parse());
    header.entries.push_back(std::move(entry));
  }
  // Empty tensors share their begin with the tensor after them: `end` puts them first.
  std::ranges::sort(header.entries, [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  KVFOOT_TRY(check_tiling(header.entries, file_size - header.buffer_offset, where));
  return header;
}

}  // namespace kvfoot
