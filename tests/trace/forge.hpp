// Traces that no recorder wrote: every attribute and column of one can be changed, and the result
// is sealed again, so that only the checks of the tables stand between it and whoever replays it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "sim/io/hdf5.hpp"

namespace kvfoot::testing_trace {

class Forgery {
 public:
  // A sound trace.
  explicit Forgery(const std::string& path);
  [[nodiscard]] Status write(const std::string& path) const;

  std::map<std::string, Hdf5Value> attributes;  // of "/"
  struct Column {
    Hdf5Type type = Hdf5Type::kU8;
    std::vector<std::byte> bytes;
  };
  std::map<std::string, Column> columns;  // by path

  template <class T>
  [[nodiscard]] std::vector<T> get(const std::string& column) const {
    const std::vector<std::byte>& bytes = columns.at(column).bytes;
    std::vector<T> values(bytes.size() / sizeof(T));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
    return values;
  }
  template <class T>
  void set(const std::string& column, const std::vector<T>& values) {
    std::vector<std::byte>& bytes = columns.at(column).bytes;
    bytes.resize(values.size() * sizeof(T));
    std::memcpy(bytes.data(), values.data(), bytes.size());
  }
};

}  // namespace kvfoot::testing_trace
