// A column as one span of memory, its pieces checked when they are first touched.
#include "sim/io/hdf5_column.hpp"

#include <sys/mman.h>

#include <algorithm>

#include "sim/io/hdf5_detail.hpp"

namespace kvfoot {

Hdf5Column::State::~State() {
  if (mapping != nullptr) {
    ::munmap(mapping, mapped_bytes);
  }
}

void Hdf5Column::State::has_read(std::int64_t bytes) const {
  if (static_cast<std::int64_t>(mapped_bytes) <= kWindowBytes ||
      in_window.fetch_add(bytes, std::memory_order_relaxed) + bytes < kWindowBytes) {
    return;
  }
  in_window.store(0, std::memory_order_relaxed);
  (void)::madvise(mapping, mapped_bytes, MADV_DONTNEED);  // spans stay valid
}

std::int64_t Hdf5Column::size() const { return state_->elements; }

std::vector<std::uint64_t> Hdf5Column::piece_hashes() const { return state_->hashes; }

Result<const std::byte*> Hdf5Column::touch(Hdf5Type type, std::int64_t begin,
                                           std::int64_t count) const {
  const State& s = *state_;
  KVFOOT_CHECK(type == s.type, s.object);
  if (begin < 0 || count < 0 || begin > s.elements || count > s.elements - begin) {
    return Error{hdf5_detail::place(s.file, s.object),
                 "has " + std::to_string(s.elements) + " values, but " + std::to_string(count) +
                     " are needed from number " + std::to_string(begin),
                 s.remedy};
  }
  if (s.source != nullptr) {
    KVFOOT_TRY(s.source->unchanged());
  }
  const std::int64_t unit = element_bytes(type);
  if (count > 0 && s.verify) {
    const auto first = static_cast<std::size_t>(begin * unit / s.piece_bytes);
    const auto last = static_cast<std::size_t>(((begin + count) * unit - 1) / s.piece_bytes);
    for (std::size_t i = first; i <= last; ++i) {
      if (s.checked[i].load(std::memory_order_relaxed) != 0) {
        continue;
      }
      const std::span<const std::byte> piece(s.data + static_cast<std::int64_t>(i) * s.piece_bytes,
                                             static_cast<std::size_t>(s.piece_bytes));
      if (hdf5_detail::xxh3(piece) != s.hashes[i]) {
        return Error{hdf5_detail::place(s.file, s.object),
                     "piece " + std::to_string(i) + " does not match its checksum", s.remedy};
      }
      s.checked[i].store(1, std::memory_order_relaxed);
    }
  }
  s.has_read(count * unit);
  return s.data + begin * unit;
}

}  // namespace kvfoot
