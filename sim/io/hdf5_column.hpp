// What lies behind an Hdf5Column: shared by its reader and its accesses.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/io/hdf5.hpp"

namespace kvfoot {

// An open file as it was when it was opened. Pages that are mapped change with the file, and end
// the process (SIGBUS) once it is shorter: whoever is about to read them asks first.
class WatchedFile {
 public:
  WatchedFile() = default;
  ~WatchedFile();
  WatchedFile(const WatchedFile&) = delete;
  WatchedFile& operator=(const WatchedFile&) = delete;

  // Regular files only: opening anything else may wait for ever.
  [[nodiscard]] Status open(const std::string& path);
  // An error if it was written in place since open(). One that was replaced (renamed over) or
  // removed is as it was.
  [[nodiscard]] Status unchanged() const;
  // Fills `to` from `offset`; a file that has become shorter is an error.
  [[nodiscard]] Status read(std::int64_t offset, std::span<std::byte> to) const;
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] std::int64_t size() const { return size_; }

 private:
  std::string path_;
  int descriptor_ = -1;
  std::int64_t size_ = 0;
  std::int64_t written_s_ = 0;  // modification time
  std::int64_t written_ns_ = 0;
};

struct Hdf5Column::State {
  State() = default;
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // Pages that were read count as this process's until the system needs their memory; of a long
  // column only a window stays. What is read again comes back from the system's cache.
  static constexpr std::int64_t kWindowBytes = std::int64_t{64} << 20;
  void has_read(std::int64_t bytes) const;

  std::shared_ptr<const WatchedFile> source;  // null: everything is in `copy`
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
  std::unique_ptr<std::uint64_t[]> copy;  // or a copy
};

}  // namespace kvfoot
