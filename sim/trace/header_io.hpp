// The header of a trace as attributes of the file's root.
#pragma once

#include "sim/core/result.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/trace/format.hpp"

namespace kvfoot {

struct StoredHeader {
  TraceHeader header;
  TraceCoding coding;
  bool full_cache = false;
};

[[nodiscard]] Status write_header(Hdf5Writer& file, const StoredHeader& stored);

// Refuses newer versions and fields that make no sense. Segments are not read here.
[[nodiscard]] Result<StoredHeader> read_header(const Hdf5Reader& file, const std::string& path);

}  // namespace kvfoot
