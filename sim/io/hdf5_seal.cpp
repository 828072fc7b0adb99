// The seal behind the HDF5 part of a file: written once, checked before HDF5 parses anything.
#include <xxhash.h>

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "sim/io/hdf5_detail.hpp"

namespace kvfoot::hdf5_detail {
namespace {

constexpr std::array<char, 8> kMagic = {'K', 'V', 'F', 'S', 'E', 'A', 'L', '1'};
// magic, count, [extents], hash of structures, bytes of the HDF5 part, hash of all that, size,
// magic
constexpr std::uint64_t kFixedBytes = 7 * 8;
constexpr std::uint64_t kExtentBytes = 3 * 8;

void put(std::vector<std::byte>& out, std::uint64_t value) {
  std::array<std::byte, 8> raw{};
  std::memcpy(raw.data(), &value, raw.size());
  out.insert(out.end(), raw.begin(), raw.end());
}

void put_magic(std::vector<std::byte>& out) {
  std::uint64_t word = 0;
  std::memcpy(&word, kMagic.data(), kMagic.size());
  put(out, word);
}

std::uint64_t get(std::span<const std::byte> bytes, std::uint64_t at) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

bool is_magic(std::span<const std::byte> bytes, std::uint64_t at) {
  return std::memcmp(bytes.data() + at, kMagic.data(), kMagic.size()) == 0;
}

// Streams what `source(offset, bytes)` feeds between the extents into one hash.
class StructureHash {
 public:
  StructureHash() : state_(XXH3_createState()) {
    KVFOOT_CHECK(state_ != nullptr, "out of memory");
    XXH3_64bits_reset(state_);
  }
  ~StructureHash() { XXH3_freeState(state_); }
  StructureHash(const StructureHash&) = delete;
  StructureHash& operator=(const StructureHash&) = delete;
  void add(std::span<const std::byte> bytes) {
    XXH3_64bits_update(state_, bytes.data(), bytes.size());
  }
  [[nodiscard]] std::uint64_t value() const { return XXH3_64bits_digest(state_); }

 private:
  XXH3_state_t* state_;
};

bool write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n <= 0) {
      return false;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

std::uint64_t xxh3(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

bool write_seal(int descriptor, const std::vector<Extent>& extents) {
  struct stat info{};
  if (::fstat(descriptor, &info) != 0) {
    return false;
  }
  const auto size = static_cast<std::uint64_t>(info.st_size);
  StructureHash structures;
  std::vector<std::byte> buffer(std::size_t{1} << 16);
  std::uint64_t at = 0;
  for (std::size_t i = 0; i <= extents.size(); ++i) {
    const std::uint64_t until = i < extents.size() ? extents[i].offset : size;
    while (at < until) {
      const auto want =
          static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), until - at));
      const ssize_t n = ::pread(descriptor, buffer.data(), want, static_cast<off_t>(at));
      if (n <= 0) {
        return false;
      }
      structures.add(std::span(buffer).first(static_cast<std::size_t>(n)));
      at += static_cast<std::uint64_t>(n);
    }
    if (i < extents.size()) {
      at = extents[i].offset + extents[i].bytes;
    }
  }
  std::vector<std::byte> seal;
  put_magic(seal);
  put(seal, extents.size());
  for (const Extent& extent : extents) {
    put(seal, extent.offset);
    put(seal, extent.bytes);
    put(seal, extent.hash);
  }
  put(seal, structures.value());
  put(seal, size);
  put(seal, xxh3(seal));
  put(seal, seal.size() + 16);
  put_magic(seal);
  return ::lseek(descriptor, 0, SEEK_END) >= 0 && write_all(descriptor, seal) &&
         ::fsync(descriptor) == 0;
}

SealCheck check_seal(std::span<const std::byte> file) {
  SealCheck result;
  const auto fail = [&result](std::string why) {
    result.extents.clear();
    result.damage = std::move(why);
    return result;
  };
  const std::uint64_t size = file.size();
  if (size < kFixedBytes || !is_magic(file, size - 8)) {
    return fail("the file has no end mark: it is cut short, unfinished, or not a kvfoot file");
  }
  const std::uint64_t seal_bytes = get(file, size - 16);
  if (seal_bytes < kFixedBytes || seal_bytes > size || !is_magic(file, size - seal_bytes)) {
    return fail("the end mark is damaged");
  }
  const auto seal = file.subspan(size - seal_bytes);
  const std::uint64_t count = get(seal, 8);
  if (count != (seal_bytes - kFixedBytes) / kExtentBytes ||
      (seal_bytes - kFixedBytes) % kExtentBytes != 0 ||
      get(seal, seal_bytes - 24) != xxh3(seal.first(seal_bytes - 24)) ||
      get(seal, seal_bytes - 32) != size - seal_bytes) {
    return fail("the end mark is damaged");
  }
  const std::uint64_t data = size - seal_bytes;
  StructureHash structures;
  std::uint64_t at = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t base = 16 + i * kExtentBytes;
    const Extent extent{get(seal, base), get(seal, base + 8), get(seal, base + 16)};
    if (extent.offset < at || extent.offset > data || extent.bytes > data - extent.offset) {
      return fail("the end mark is damaged");
    }
    structures.add(file.subspan(at, extent.offset - at));
    at = extent.offset + extent.bytes;
    result.extents.push_back(extent);
  }
  structures.add(file.subspan(at, data - at));
  if (structures.value() != get(seal, seal_bytes - 40)) {
    return fail("the HDF5 structures do not match their checksum");
  }
  return result;
}

}  // namespace kvfoot::hdf5_detail
