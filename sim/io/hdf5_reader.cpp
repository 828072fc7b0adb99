// Opens a sealed HDF5 file, reads attributes, and maps columns.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "sim/io/hdf5_column.hpp"
#include "sim/io/hdf5_detail.hpp"

namespace kvfoot {

using namespace hdf5_detail;

namespace {

struct Piece {
  std::uint64_t offset = 0;
  std::uint64_t hash = 0;
};

}  // namespace

class Hdf5Reader::Impl {
 public:
  Impl(std::string path, std::string remedy, bool verify)
      : path_(std::move(path)), remedy_(std::move(remedy)), verify_(verify) {}
  ~Impl() {
    const auto lock = lock_library();
    file_.reset();
    if (map_ != nullptr) {
      ::munmap(map_, static_cast<std::size_t>(size_));
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Status open() {
    KVFOOT_TRY(source_->open(path_));
    size_ = source_->size();
    if (size_ == 0) {
      return Error{path_, "is empty", remedy_};
    }
    void* map = ::mmap(nullptr, static_cast<std::size_t>(size_), PROT_READ, MAP_SHARED,
                       source_->descriptor(), 0);
    if (map == MAP_FAILED) {
      return Error{path_, std::string("cannot be mapped: ") + std::strerror(errno), "",
                   ErrorKind::kEnvironment};
    }
    map_ = map;
    SealCheck seal =
        check_seal({static_cast<const std::byte*>(map_), static_cast<std::size_t>(size_)});
    if (!seal.damage.empty()) {
      return Error{path_, std::move(seal.damage), remedy_};
    }
    extents_ = std::move(seal.extents);
    const auto lock = lock_library();
    file_ = Handle(H5Fopen(path_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    if (!file_.ok()) {
      return damaged("", "HDF5 cannot open it: " + library_reason());
    }
    return {};
  }

  [[nodiscard]] bool has(const std::string& object) const {
    const auto lock = lock_library();
    const bool found = H5Lexists(file_.get(), object.c_str(), H5P_DEFAULT) > 0;
    H5Eclear2(H5E_DEFAULT);
    return found;
  }

  // Opens an attribute whose type class is `cls`.
  Result<Handle> attribute(const std::string& object, const std::string& name,
                           H5T_class_t cls) const {
    const std::string full = object + "@" + name;
    Handle attribute(
        H5Aopen_by_name(file_.get(), object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT),
        H5Aclose);
    if (!attribute.ok()) {
      H5Eclear2(H5E_DEFAULT);
      return damaged(full, "is missing");
    }
    const Handle type(H5Aget_type(attribute.get()), H5Tclose);
    if (H5Tget_class(type.get()) != cls) {
      return damaged(full, cls == H5T_STRING ? "is not text" : "is not an integer");
    }
    return attribute;
  }

  Result<std::vector<std::int64_t>> integers(const std::string& object,
                                             const std::string& name) const {
    const auto lock = lock_library();
    KVFOOT_ASSIGN(const Handle handle, attribute(object, name, H5T_INTEGER));
    const Handle space(H5Aget_space(handle.get()), H5Sclose);
    if (H5Sget_simple_extent_type(space.get()) == H5S_NULL) {
      return std::vector<std::int64_t>{};
    }
    const hssize_t count = H5Sget_simple_extent_npoints(space.get());
    if (count < 0 || count > kMostAttributeValues) {
      return damaged(object + "@" + name, "has too many values");
    }
    std::vector<std::int64_t> values(static_cast<std::size_t>(count));
    if (count > 0 && H5Aread(handle.get(), H5T_NATIVE_INT64, values.data()) < 0) {
      return damaged(object + "@" + name, library_reason());
    }
    return values;
  }

  Result<std::string> text(const std::string& object, const std::string& name) const {
    const auto lock = lock_library();
    KVFOOT_ASSIGN(const Handle handle, attribute(object, name, H5T_STRING));
    const Handle type(H5Aget_type(handle.get()), H5Tclose);
    const Handle space(H5Aget_space(handle.get()), H5Sclose);
    const std::size_t size = H5Tget_size(type.get());
    if (H5Tis_variable_str(type.get()) != 0 || size > kMostTextBytes ||
        H5Sget_simple_extent_npoints(space.get()) != 1) {
      return damaged(object + "@" + name, "is not a text of fixed length");
    }
    std::string value(size, '\0');
    if (H5Aread(handle.get(), type.get(), value.data()) < 0) {
      return damaged(object + "@" + name, library_reason());
    }
    value.erase(std::find(value.begin(), value.end(), '\0'), value.end());
    return value;
  }

  Result<Hdf5Column> column(const std::string& object, Hdf5Type type, Hdf5Access access) const {
    const auto lock = lock_library();
    if (!has(object)) {
      return damaged(object, "is missing");
    }
    const Handle dataset(H5Dopen2(file_.get(), object.c_str(), H5P_DEFAULT), H5Dclose);
    if (!dataset.ok()) {
      H5Eclear2(H5E_DEFAULT);
      return damaged(object, "is not a dataset");
    }
    const Handle stored(H5Dget_type(dataset.get()), H5Tclose);
    if (H5Tequal(stored.get(), file_type(type)) <= 0) {
      return damaged(object, std::string("does not hold ") + type_name(type) + " values");
    }
    const Handle space(H5Dget_space(dataset.get()), H5Sclose);
    hsize_t elements = 0;
    if (H5Sget_simple_extent_ndims(space.get()) != 1 ||
        H5Sget_simple_extent_dims(space.get(), &elements, nullptr) != 1 ||
        elements > static_cast<hsize_t>(size_)) {
      return damaged(object, "does not have one dimension of a possible size");
    }
    auto state = std::make_shared<Hdf5Column::State>();
    state->file = path_;
    state->object = object;
    state->remedy = remedy_;
    state->type = type;
    state->verify = verify_;
    state->elements = static_cast<std::int64_t>(elements);
    if (elements > 0) {
      KVFOOT_ASSIGN(const std::vector<Piece> pieces, find_pieces(dataset.get(), object, *state));
      KVFOOT_TRY(load(pieces, access, *state));
    }
    return Hdf5Column(std::move(state));
  }

  [[nodiscard]] std::int64_t file_bytes() const { return size_; }
  [[nodiscard]] Error damaged(const std::string& object, std::string what) const {
    return Error{place(path_, object), std::move(what), remedy_};
  }

 private:
  static constexpr hssize_t kMostAttributeValues = 1 << 20;
  static constexpr std::size_t kMostTextBytes = std::size_t{1} << 24;

  // Where the column's data lies; every piece must be one that the seal names.
  Result<std::vector<Piece>> find_pieces(hid_t dataset, const std::string& object,
                                         Hdf5Column::State& state) const {
    const Handle list(H5Dget_create_plist(dataset), H5Pclose);
    const std::int64_t total = state.elements * element_bytes(state.type);
    std::vector<Piece> pieces;
    const auto add = [&](haddr_t address, std::int64_t bytes) {
      const auto at = std::lower_bound(
          extents_.begin(), extents_.end(), address,
          [](const Extent& extent, haddr_t offset) { return extent.offset < offset; });
      if (at == extents_.end() || at->offset != address ||
          at->bytes != static_cast<std::uint64_t>(bytes)) {
        return false;
      }
      pieces.push_back({at->offset, at->hash});
      return true;
    };
    if (H5Pget_layout(list.get()) == H5D_CONTIGUOUS) {
      state.piece_bytes = total;
      if (!add(H5Dget_offset(dataset), total)) {
        return damaged(object, "has data that the end mark does not name");
      }
      return pieces;
    }
    hsize_t per_chunk = 0;
    if (H5Pget_layout(list.get()) != H5D_CHUNKED || H5Pget_chunk(list.get(), 1, &per_chunk) != 1 ||
        per_chunk == 0 || per_chunk > static_cast<hsize_t>(size_) ||
        H5Pget_nfilters(list.get()) != 0) {
      return damaged(object, "is stored in a layout that cannot be mapped");
    }
    state.piece_bytes = static_cast<std::int64_t>(per_chunk) * element_bytes(state.type);
    for (hsize_t at = 0; at < static_cast<hsize_t>(state.elements); at += per_chunk) {
      unsigned filters = 0;
      haddr_t address = HADDR_UNDEF;
      hsize_t bytes = 0;
      if (H5Dget_chunk_info_by_coord(dataset, &at, &filters, &address, &bytes) < 0 ||
          !add(address, state.piece_bytes)) {
        H5Eclear2(H5E_DEFAULT);
        return damaged(object, "has data that the end mark does not name");
      }
    }
    return pieces;
  }

  Status load(const std::vector<Piece>& pieces, Hdf5Access access, Hdf5Column::State& state) const {
    state.checked = std::make_unique<std::atomic<std::uint8_t>[]>(pieces.size());
    for (const Piece& piece : pieces) {
      state.hashes.push_back(piece.hash);
    }
    const auto piece_bytes = static_cast<std::size_t>(state.piece_bytes);
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const bool aligned = piece_bytes % page == 0 &&
                         std::all_of(pieces.begin(), pieces.end(),
                                     [page](const Piece& p) { return p.offset % page == 0; });
    const std::size_t bytes = piece_bytes * pieces.size();
    if (!aligned || access == Hdf5Access::kCopied) {
      state.copy = std::make_unique<std::uint64_t[]>((bytes + 7) / 8);
      auto* to = reinterpret_cast<std::byte*>(state.copy.get());
      state.data = to;
      for (const Piece& piece : pieces) {
        KVFOOT_TRY(source_->read(static_cast<std::int64_t>(piece.offset), {to, piece_bytes}));
        to += piece_bytes;
      }
      return {};
    }
    // One stretch of addresses, filled piece by piece from wherever the chunks lie in the file.
    void* base =
        ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
      return cannot_map();
    }
    state.source = source_;
    state.mapping = base;
    state.mapped_bytes = bytes;
    state.data = static_cast<const std::byte*>(base);
    for (std::size_t i = 0; i < pieces.size();) {
      std::size_t run = 1;  // chunks that follow one another in the file share a mapping
      while (i + run < pieces.size() &&
             pieces[i + run].offset == pieces[i].offset + run * piece_bytes) {
        ++run;
      }
      if (::mmap(static_cast<std::byte*>(base) + i * piece_bytes, run * piece_bytes, PROT_READ,
                 MAP_SHARED | MAP_FIXED, source_->descriptor(),
                 static_cast<off_t>(pieces[i].offset)) == MAP_FAILED) {
        return cannot_map();
      }
      i += run;
    }
    return {};
  }

  [[nodiscard]] Error cannot_map() const {
    return Error{path_, std::string("cannot be mapped: ") + std::strerror(errno),
                 "raise the limit of memory maps, or open fewer traces at once",
                 ErrorKind::kEnvironment};
  }

  std::string path_;
  std::string remedy_;
  bool verify_;
  std::shared_ptr<WatchedFile> source_ = std::make_shared<WatchedFile>();
  void* map_ = nullptr;
  std::int64_t size_ = 0;
  std::vector<Extent> extents_;
  Handle file_;
};

Hdf5Reader::Hdf5Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Hdf5Reader::~Hdf5Reader() = default;

Result<std::unique_ptr<Hdf5Reader>> Hdf5Reader::open(const std::string& path,
                                                     const std::string& remedy, bool verify) {
  auto impl = std::make_unique<Impl>(path, remedy, verify);
  KVFOOT_TRY(impl->open());
  return std::unique_ptr<Hdf5Reader>(new Hdf5Reader(std::move(impl)));
}

bool Hdf5Reader::has(const std::string& object) const { return impl_->has(object); }
Result<std::int64_t> Hdf5Reader::integer(const std::string& object, const std::string& name) const {
  KVFOOT_ASSIGN(const std::vector<std::int64_t> values, impl_->integers(object, name));
  if (values.size() != 1) {
    return impl_->damaged(object + "@" + name, "is not one number");
  }
  return values.front();
}
Result<std::string> Hdf5Reader::text(const std::string& object, const std::string& name) const {
  return impl_->text(object, name);
}
Result<std::vector<std::int64_t>> Hdf5Reader::integers(const std::string& object,
                                                       const std::string& name) const {
  return impl_->integers(object, name);
}
Result<Hdf5Column> Hdf5Reader::column(const std::string& object, Hdf5Type type,
                                      Hdf5Access access) const {
  return impl_->column(object, type, access);
}
std::int64_t Hdf5Reader::file_bytes() const { return impl_->file_bytes(); }

}  // namespace kvfoot
