// Reads safetensors checkpoints, single or sharded, through mmap, and writes them.
// Format: README of the safetensors project; every byte of the buffer belongs to exactly one
// tensor.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "executor/model/tensor.hpp"
#include "sim/core/result.hpp"

namespace kvfoot {

// What a header says, before anything is known about the type of the elements.
struct SafetensorsEntry {
  std::string name;
  std::string dtype;  // as written: "BF16", "I64", ...
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;  // bytes from the start of the buffer
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // ascending `begin`
  std::uint64_t buffer_offset = 0;        // bytes from the start of the file
};

inline constexpr std::uint64_t kMaxSafetensorsHeader = 100'000'000;

// Parses and checks the header in the first bytes of a file of `file_size` bytes: length, JSON
// without duplicate keys, known dtypes, shapes that agree with offsets, entries that tile the
// buffer without hole or overlap. `head` needs to hold at least the header.
Result<SafetensorsHeader> parse_safetensors_header(std::span<const std::byte> head,
                                                   std::uint64_t file_size, std::string_view where);

// An open checkpoint: one *.safetensors file, or a folder with model.safetensors or
// model.safetensors.index.json. Tensors of types other than F32, F16, BF16 are not in names();
// asking unusable_type() for them gives the type. A file that shrinks while it is open kills the
// program, as with every mmap.
class SafetensorsFile : public TensorSource {
 public:
  static Result<std::unique_ptr<SafetensorsFile>> open(const std::filesystem::path& path);
  ~SafetensorsFile() override;

  std::string where() const override;
  std::vector<std::string> names() const override;
  const TensorView* find(std::string_view name) const override;

  std::string unusable_type(std::string_view name) const override;
  const std::vector<std::filesystem::path>& files() const;
  std::uint64_t total_bytes() const;  // of all tensors

 private:
  struct State;
  explicit SafetensorsFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Writes one file: shapes first, then the bytes tensor by tensor in the order given, to a temporary
// name that is renamed by finish(). Destroyed before finish(), it removes the temporary file.
class SafetensorsWriter {
 public:
  static Result<std::unique_ptr<SafetensorsWriter>> create(const std::filesystem::path& path,
                                                           std::span<const TensorSpec> tensors);
  ~SafetensorsWriter();
  SafetensorsWriter(const SafetensorsWriter&) = delete;
  SafetensorsWriter& operator=(const SafetensorsWriter&) = delete;

  // Appends to the buffer; tensors follow each other in the order of `tensors`, in pieces of any
  // size.
  Status write(std::span<const std::byte> bytes);
  // Fails if fewer or more bytes were written than the shapes need.
  Status finish();

 private:
  struct State;
  explicit SafetensorsWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kvfoot
