// Shared by the parts of the HDF5 wrapper: handles, one lock, error texts, the seal.
#pragma once

#include <hdf5.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/io/hdf5.hpp"

namespace kvfoot::hdf5_detail {

// The HDF5 library may be built without thread safety: all calls into it hold this lock.
[[nodiscard]] std::unique_lock<std::recursive_mutex> lock_library();

// Closes an HDF5 id with its own function.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  ~Handle() { reset(); }
  Handle(Handle&& other) noexcept
      : id_(std::exchange(other.id_, -1)), close_(std::exchange(other.close_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      id_ = std::exchange(other.id_, -1);
      close_ = std::exchange(other.close_, nullptr);
    }
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  [[nodiscard]] bool ok() const { return id_ >= 0; }
  [[nodiscard]] hid_t get() const { return id_; }
  // False if the library could not write out what it held back.
  bool reset() {
    const hid_t id = std::exchange(id_, -1);
    return id < 0 || close_(id) >= 0;
  }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

// What HDF5 says about its last failure, in one line; clears its stack.
[[nodiscard]] std::string library_reason();
[[nodiscard]] hid_t file_type(Hdf5Type type);
[[nodiscard]] const char* type_name(Hdf5Type type);
// "/a/b" of "x.h5" as people read it in messages.
[[nodiscard]] std::string place(const std::string& file, const std::string& object);

// XXH3 with 64 bits.
[[nodiscard]] std::uint64_t xxh3(std::span<const std::byte> bytes);

// A piece of column data and its hash.
struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint64_t hash = 0;
};

// Appends the seal to the open file `descriptor` whose HDF5 part is complete. `extents` are sorted
// by offset and do not overlap. Returns false with errno set when the system refuses.
[[nodiscard]] bool write_seal(int descriptor, const std::vector<Extent>& extents);

// Checks the seal and the HDF5 structures of a mapped file; the reason is fit for a message.
struct SealCheck {
  std::vector<Extent> extents;
  std::string damage;  // empty: sound
};
[[nodiscard]] SealCheck check_seal(std::span<const std::byte> file);

}  // namespace kvfoot::hdf5_detail
