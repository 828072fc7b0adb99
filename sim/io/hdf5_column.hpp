// What lies behind an Hdf5Column: shared by its reader and its accesses.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/io/hdf5.hpp"

namespace kvfoot {

struct Hdf5Column::State {
  State() = default;
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // Pages that were read count as this process's until the system needs their memory; of a long
  // column only a window stays. What is read again comes back from the system's cache.
  static constexpr std::int64_t kWindowBytes = std::int64_t{64} << 20;
  void has_read(std::int64_t bytes) const;

  std::string file;
  std::string object;
  std::string remedy;
  Hdf5Type type = Hdf5Type::kU8;
  std::int64_t elements = 0;
  bool verify = true;

  const std::byte* data = nullptr;
  std::int64_t piece_bytes = 1;  // all pieces are equal
  std::vector<std::uint64_t> hashes;
  mutable std::unique_ptr<std::atomic<std::uint8_t>[]> checked;  // per piece

  mutable std::atomic<std::int64_t> in_window{0};  // bytes

  void* mapping = nullptr;  // either a mapping
  std::size_t mapped_bytes = 0;
  std::unique_ptr<std::uint64_t[]> copy;  // or a copy of a small or unaligned column
};

}  // namespace kvfoot
