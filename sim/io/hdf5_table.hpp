// Tables as HDF5 files that any HDF5 reader opens: one group, one dataset per column. For results,
// which fit into memory; traces, which do not, have a writer of their own (hdf5.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/io/hdf5.hpp"

namespace kvfoot {

using Hdf5Attributes = std::vector<std::pair<std::string, Hdf5Value>>;

struct Hdf5TableColumn {
  std::string name;  // without '/'
  // Text is stored as UTF-8 of fixed length, the longest value's, padded with zero bytes.
  std::variant<std::vector<std::int64_t>, std::vector<std::uint64_t>, std::vector<double>,
               std::vector<std::string>>
      values;
  Hdf5Attributes attributes{};
};

struct Hdf5Table {
  std::string group;                     // "/runs"
  Hdf5Attributes attributes;             // of the file
  std::vector<Hdf5TableColumn> columns;  // equally long; readers list them in this order
};

// The bytes of the file, the same for the same table: no time stamps, nothing uninitialised.
// kEnvironment when the HDF5 library refuses.
[[nodiscard]] Result<std::string> hdf5_table_bytes(const Hdf5Table& table);

}  // namespace kvfoot
