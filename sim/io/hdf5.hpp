// HDF5 files of one-dimensional columns, written by appending and read through memory maps, with a
// seal at the end that tells a whole file from a damaged one.
//
// A column that fits into one chunk is stored contiguously, a longer one in chunks of equal size,
// never filtered, so that its bytes can be mapped where they lie. After the HDF5 part comes the
// *seal* (any HDF5 reader ignores it): for each piece of column data its place and XXH3 hash, then
// one hash over all other bytes (HDF5's own structures), then one over the seal itself. A reader
// checks the seal and the structures before HDF5 parses them, and each piece when it is first
// touched. docs/trace-format.md gives the layout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "sim/core/result.hpp"

namespace kvfoot {

enum class Hdf5Type : std::uint8_t { kU8, kU16, kU64, kI32, kI64, kF32 };

template <class T>
struct Hdf5TypeOf;
template <>
struct Hdf5TypeOf<std::uint8_t> {
  static constexpr Hdf5Type value = Hdf5Type::kU8;
};
template <>
struct Hdf5TypeOf<std::uint16_t> {
  static constexpr Hdf5Type value = Hdf5Type::kU16;
};
template <>
struct Hdf5TypeOf<std::uint64_t> {
  static constexpr Hdf5Type value = Hdf5Type::kU64;
};
template <>
struct Hdf5TypeOf<std::int32_t> {
  static constexpr Hdf5Type value = Hdf5Type::kI32;
};
template <>
struct Hdf5TypeOf<std::int64_t> {
  static constexpr Hdf5Type value = Hdf5Type::kI64;
};
template <>
struct Hdf5TypeOf<float> {
  static constexpr Hdf5Type value = Hdf5Type::kF32;
};

[[nodiscard]] std::int64_t element_bytes(Hdf5Type type);

// An attribute: 64-bit integer, UTF-8 text, or a list of integers.
using Hdf5Value = std::variant<std::int64_t, std::string, std::vector<std::int64_t>>;

constexpr std::int64_t kHdf5Chunk = std::int64_t{1} << 20;

// Writes PATH.partial and renames it to PATH in commit(). Every error is of kind kEnvironment and
// names file and object; after the first one every call returns it again (a failed write may show
// some calls later).
class Hdf5Writer {
 public:
  // `chunk_bytes` is a power of two, at least the page size.
  [[nodiscard]] static Result<std::unique_ptr<Hdf5Writer>> create(
      const std::string& path, std::int64_t chunk_bytes = kHdf5Chunk);
  ~Hdf5Writer();  // removes the partial file unless committed
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;

  // Parents come first: "/rows", then "/rows/token".
  [[nodiscard]] Status add_group(const std::string& path);
  [[nodiscard]] Status set_attribute(const std::string& object, const std::string& name,
                                     const Hdf5Value& value);
  // Returns the number to append to.
  [[nodiscard]] Result<int> add_column(const std::string& path, Hdf5Type type);
  [[nodiscard]] Status append_bytes(int column, std::span<const std::byte> bytes);
  template <class T>
  [[nodiscard]] Status append(int column, std::span<const T> values) {
    return append_bytes(column, std::as_bytes(values));
  }
  [[nodiscard]] std::int64_t column_bytes(int column) const;
  [[nodiscard]] std::int64_t bytes_written() const;  // appended, all columns

  [[nodiscard]] Status commit();

 private:
  class Impl;
  explicit Hdf5Writer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Where a column's values are read from.
enum class Hdf5Access : std::uint8_t {
  kMapped,  // from the file when they are asked for; a short or unaligned column is copied
  kCopied,  // from memory: they stay what they are, whatever becomes of the file
};

// One column of an open file; see Hdf5Reader. The whole column is one span, whatever its chunks.
class Hdf5Column {
 public:
  [[nodiscard]] std::int64_t size() const;  // elements
  // Elements [begin, begin + count) after their pieces were checked; an error names the piece that
  // fails its hash, or says that the column is too short, or that the file was written in place
  // since it was opened. If it is cut while the elements of a mapped column are in use, the process
  // ends with SIGBUS: use them soon, and copy what is kept.
  template <class T>
  [[nodiscard]] Result<std::span<const T>> read(std::int64_t begin, std::int64_t count) const {
    KVFOOT_ASSIGN(const std::byte* data, touch(Hdf5TypeOf<T>::value, begin, count));
    return std::span<const T>(reinterpret_cast<const T*>(data), static_cast<std::size_t>(count));
  }
  template <class T>
  [[nodiscard]] Result<std::span<const T>> all() const {
    return read<T>(0, size());
  }
  // The hashes of its pieces, as the seal has them.
  [[nodiscard]] std::vector<std::uint64_t> piece_hashes() const;

  struct State;
  explicit Hdf5Column(std::shared_ptr<const State> state) : state_(std::move(state)) {}

 private:
  [[nodiscard]] Result<const std::byte*> touch(Hdf5Type type, std::int64_t begin,
                                               std::int64_t count) const;
  std::shared_ptr<const State> state_;
};

// Opens for reading; columns stay valid after the reader is gone. Columns may be read from several
// threads at once, the other members may not.
class Hdf5Reader {
 public:
  // `remedy` ends the message of a damaged file, e.g. "record it again". Without `verify` the
  // hashes of pieces are not compared (the fuzzer needs that); the structures always are.
  [[nodiscard]] static Result<std::unique_ptr<Hdf5Reader>> open(const std::string& path,
                                                                const std::string& remedy,
                                                                bool verify = true);
  ~Hdf5Reader();
  Hdf5Reader(const Hdf5Reader&) = delete;
  Hdf5Reader& operator=(const Hdf5Reader&) = delete;

  [[nodiscard]] bool has(const std::string& object) const;
  [[nodiscard]] Result<std::int64_t> integer(const std::string& object,
                                             const std::string& name) const;
  [[nodiscard]] Result<std::string> text(const std::string& object, const std::string& name) const;
  [[nodiscard]] Result<std::vector<std::int64_t>> integers(const std::string& object,
                                                           const std::string& name) const;
  [[nodiscard]] Result<Hdf5Column> column(const std::string& object, Hdf5Type type,
                                          Hdf5Access access = Hdf5Access::kMapped) const;
  [[nodiscard]] std::int64_t file_bytes() const;

 private:
  class Impl;
  explicit Hdf5Reader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kvfoot
