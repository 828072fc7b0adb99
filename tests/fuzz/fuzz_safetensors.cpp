// Any bytes as a safetensors file: an error, or a header whose tensors tile the file exactly.
#include <cstdint>
#include <span>

#include "executor/model/safetensors.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto header = kvfoot::parse_safetensors_header(bytes, size, "fuzz");
  if (!header) {
    KVFOOT_CHECK(!header.error().what.empty());
    return 0;
  }
  std::uint64_t covered = 0;
  for (const kvfoot::SafetensorsEntry& entry : header->entries) {
    KVFOOT_CHECK(entry.begin == covered && entry.begin <= entry.end);
    covered = entry.end;
    for (const std::int64_t extent : entry.shape) {
      KVFOOT_CHECK(extent >= 0);
    }
  }
  KVFOOT_CHECK(header->buffer_offset + covered == size);
  return 0;
}
