// Appends columns to an HDF5 file under a temporary name; commit() seals and renames it. Whole
// chunks are hashed and written by a thread of their own.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>

#include "sim/io/chunk_queue.hpp"
#include "sim/io/hdf5_detail.hpp"

namespace kvfoot {

using namespace hdf5_detail;

namespace {

struct Column {
  std::string path;
  Hdf5Type type = Hdf5Type::kU8;
  Handle dataset;                 // open once the column has outgrown one chunk
  std::vector<std::byte> buffer;  // less than one chunk
  std::int64_t bytes = 0;
  std::vector<std::uint64_t> hashes;  // of the chunks written
};

// An object creation list without time stamps: two recordings must be equal byte for byte.
Handle creation_list(hid_t cls) {
  Handle list(H5Pcreate(cls), H5Pclose);
  if (list.ok()) {
    H5Pset_obj_track_times(list.get(), 0);
  }
  return list;
}

}  // namespace

class Hdf5Writer::Impl {
 public:
  Impl(std::string path, std::int64_t chunk_bytes)
      : path_(std::move(path)),
        partial_(path_ + ".partial"),
        chunk_bytes_(chunk_bytes),
        queue_(std::make_unique<ChunkQueue>(
            [this](const ChunkQueue::Chunk& chunk) {
              if (status()) {
                (void)write_chunk(columns_[chunk.column], chunk.bytes);
              }
            },
            static_cast<std::size_t>(std::max<std::int64_t>(2, kWaitingBytes / chunk_bytes)))) {}

  ~Impl() {
    queue_.reset();
    if (!committed_) {
      const auto lock = lock_library();
      columns_.clear();
      file_.reset();
      if (created_) {
        ::unlink(partial_.c_str());
      }
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Status create() {
    const auto lock = lock_library();
    // HDF5 says little when a file cannot be made; the system call says why.
    const int descriptor = ::open(partial_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) {
      return fail("", std::string("cannot be created: ") + std::strerror(errno),
                  "choose a folder that exists and may be written");
    }
    ::close(descriptor);
    created_ = true;
    const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    // Chunks lie on page boundaries, so that a column can be mapped as one piece.
    if (!access.ok() ||
        H5Pset_alignment(access.get(), static_cast<hsize_t>(chunk_bytes_), kPage) < 0) {
      return fail("", library_reason());
    }
    file_ = Handle(H5Fcreate(partial_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose);
    return file_.ok() ? Status{} : fail("", "cannot be created: " + library_reason());
  }

  Status add_group(const std::string& path) {
    KVFOOT_TRY(settled());
    const auto lock = lock_library();
    const Handle list = creation_list(H5P_GROUP_CREATE);
    const Handle group(H5Gcreate2(file_.get(), path.c_str(), H5P_DEFAULT, list.get(), H5P_DEFAULT),
                       H5Gclose);
    return group.ok() ? Status{} : fail(path, library_reason());
  }

  Status set_attribute(const std::string& object, const std::string& name, const Hdf5Value& value) {
    KVFOOT_TRY(settled());
    const auto lock = lock_library();
    Handle type;
    Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    const void* data = nullptr;
    std::int64_t number = 0;
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      type = Handle(H5Tcopy(H5T_STD_I64LE), H5Tclose);
      number = *integer;
      data = &number;
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      type = Handle(H5Tcopy(H5T_C_S1), H5Tclose);
      H5Tset_cset(type.get(), H5T_CSET_UTF8);
      H5Tset_size(type.get(), std::max<std::size_t>(text->size(), 1));
      H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
      data = text->c_str();
    } else {
      const auto& list = std::get<std::vector<std::int64_t>>(value);
      type = Handle(H5Tcopy(H5T_STD_I64LE), H5Tclose);
      const hsize_t size = list.size();
      space =
          Handle(size == 0 ? H5Screate(H5S_NULL) : H5Screate_simple(1, &size, nullptr), H5Sclose);
      data = list.data();
    }
    const Handle attribute(H5Acreate_by_name(file_.get(), object.c_str(), name.c_str(), type.get(),
                                             space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                           H5Aclose);
    const bool empty = H5Sget_simple_extent_type(space.get()) == H5S_NULL;
    if (!attribute.ok() || (!empty && H5Awrite(attribute.get(), type.get(), data) < 0)) {
      return fail(object + "@" + name, library_reason());
    }
    return {};
  }

  Result<int> add_column(const std::string& path, Hdf5Type type) {
    KVFOOT_TRY(settled());
    Column column;
    column.path = path;
    column.type = type;
    columns_.push_back(std::move(column));
    return static_cast<int>(columns_.size()) - 1;
  }

  Status append(int number, std::span<const std::byte> bytes) {
    Column& column = columns_.at(static_cast<std::size_t>(number));
    KVFOOT_CHECK(static_cast<std::int64_t>(bytes.size()) % element_bytes(column.type) == 0);
    column.bytes += static_cast<std::int64_t>(bytes.size());
    const auto chunk = static_cast<std::size_t>(chunk_bytes_);
    while (!bytes.empty()) {
      const std::size_t take = std::min(chunk - column.buffer.size(), bytes.size());
      column.buffer.insert(column.buffer.end(), bytes.begin(),
                           bytes.begin() + static_cast<std::ptrdiff_t>(take));
      bytes = bytes.subspan(take);
      if (column.buffer.size() == chunk) {
        std::vector<std::byte> next = queue_->spare();
        std::swap(next, column.buffer);
        queue_->push({static_cast<std::size_t>(number), std::move(next)});
      }
    }
    return status();
  }

  Status commit() {
    KVFOOT_TRY(settled());
    const auto lock = lock_library();
    std::vector<Extent> extents;
    for (Column& column : columns_) {
      KVFOOT_TRY(finish_column(column, extents));
    }
    for (Column& column : columns_) {
      if (!column.dataset.reset()) {
        return fail(column.path, library_reason());
      }
    }
    if (!file_.reset()) {
      return fail("", "cannot be completed: " + library_reason());
    }
    std::sort(extents.begin(), extents.end(),
              [](const Extent& a, const Extent& b) { return a.offset < b.offset; });
    const int descriptor = ::open(partial_.c_str(), O_RDWR | O_CLOEXEC);
    const bool sealed = descriptor >= 0 && write_seal(descriptor, extents);
    const int reason = errno;
    if (descriptor >= 0) {
      ::close(descriptor);
    }
    if (!sealed) {
      return fail("", std::string("cannot be completed: ") + std::strerror(reason), kRoom);
    }
    if (::rename(partial_.c_str(), path_.c_str()) != 0) {
      return fail("", std::string("cannot take its name: ") + std::strerror(errno));
    }
    committed_ = true;
    return {};
  }

  [[nodiscard]] std::int64_t column_bytes(int number) const {
    return columns_.at(static_cast<std::size_t>(number)).bytes;
  }
  [[nodiscard]] std::int64_t bytes_written() const {
    std::int64_t sum = 0;
    for (const Column& column : columns_) {
      sum += column.bytes;
    }
    return sum;
  }

 private:
  static constexpr hsize_t kPage = 4096;
  static constexpr std::int64_t kWaitingBytes = std::int64_t{64} << 20;
  static constexpr const char* kRoom = "free some space and run it again";

  Status status() {
    const std::lock_guard lock(error_mutex_);
    return error_ ? Status{*error_} : Status{};
  }
  // The chunks that wait are written first: their order is the file's.
  Status settled() {
    queue_->drain();
    return status();
  }

  Error fail(const std::string& object, std::string what, std::string hint = kRoom) {
    const std::lock_guard lock(error_mutex_);
    if (!error_) {
      error_ =
          Error{place(path_, object), std::move(what), std::move(hint), ErrorKind::kEnvironment};
    }
    return *error_;
  }

  Status write_chunk(Column& column, std::span<const std::byte> bytes) {
    const auto lock = lock_library();
    const auto elements = static_cast<hsize_t>(chunk_bytes_ / element_bytes(column.type));
    if (!column.dataset.ok()) {
      const Handle list = creation_list(H5P_DATASET_CREATE);
      H5Pset_chunk(list.get(), 1, &elements);
      H5Pset_fill_time(list.get(), H5D_FILL_TIME_NEVER);
      const hsize_t none = 0;
      const hsize_t unlimited = H5S_UNLIMITED;
      const Handle space(H5Screate_simple(1, &none, &unlimited), H5Sclose);
      column.dataset = Handle(H5Dcreate2(file_.get(), column.path.c_str(), file_type(column.type),
                                         space.get(), H5P_DEFAULT, list.get(), H5P_DEFAULT),
                              H5Dclose);
      if (!column.dataset.ok()) {
        return fail(column.path, library_reason());
      }
    }
    const hsize_t offset = column.hashes.size() * elements;
    const hsize_t extent = offset + elements;
    if (H5Dset_extent(column.dataset.get(), &extent) < 0 ||
        H5Dwrite_chunk(column.dataset.get(), H5P_DEFAULT, 0, &offset, bytes.size(), bytes.data()) <
            0) {
      return fail(column.path, "cannot be written: " + library_reason());
    }
    column.hashes.push_back(xxh3(bytes));
    return {};
  }

  Status finish_column(Column& column, std::vector<Extent>& extents) {
    const auto elements = static_cast<hsize_t>(column.bytes / element_bytes(column.type));
    if (!column.dataset.ok()) {
      return write_contiguous(column, elements, extents);
    }
    if (!column.buffer.empty()) {
      column.buffer.resize(static_cast<std::size_t>(chunk_bytes_));
      KVFOOT_TRY(write_chunk(column, column.buffer));
      column.buffer.clear();
    }
    if (H5Dset_extent(column.dataset.get(), &elements) < 0) {
      return fail(column.path, library_reason());
    }
    const auto per_chunk = static_cast<hsize_t>(chunk_bytes_ / element_bytes(column.type));
    for (std::size_t i = 0; i < column.hashes.size(); ++i) {
      const hsize_t at = i * per_chunk;
      unsigned filters = 0;
      haddr_t address = 0;
      hsize_t bytes = 0;
      if (H5Dget_chunk_info_by_coord(column.dataset.get(), &at, &filters, &address, &bytes) < 0) {
        return fail(column.path, library_reason());
      }
      extents.push_back({address, bytes, column.hashes[i]});
    }
    return {};
  }

  Status write_contiguous(Column& column, hsize_t elements, std::vector<Extent>& extents) {
    const Handle list = creation_list(H5P_DATASET_CREATE);
    H5Pset_layout(list.get(), H5D_CONTIGUOUS);
    H5Pset_alloc_time(list.get(), H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(list.get(), H5D_FILL_TIME_NEVER);
    const Handle space(H5Screate_simple(1, &elements, nullptr), H5Sclose);
    column.dataset = Handle(H5Dcreate2(file_.get(), column.path.c_str(), file_type(column.type),
                                       space.get(), H5P_DEFAULT, list.get(), H5P_DEFAULT),
                            H5Dclose);
    if (!column.dataset.ok() ||
        (elements > 0 && H5Dwrite(column.dataset.get(), file_type(column.type), H5S_ALL, H5S_ALL,
                                  H5P_DEFAULT, column.buffer.data()) < 0)) {
      return fail(column.path, "cannot be written: " + library_reason());
    }
    if (elements > 0) {
      extents.push_back({H5Dget_offset(column.dataset.get()),
                         static_cast<std::uint64_t>(column.bytes), xxh3(column.buffer)});
    }
    column.buffer.clear();
    return {};
  }

  std::string path_;
  std::string partial_;
  std::int64_t chunk_bytes_;
  bool created_ = false;
  bool committed_ = false;
  Handle file_;
  std::vector<Column>
      columns_;  // `buffer` and `bytes` are ours, the rest the queue's until it ends
  std::mutex error_mutex_;
  std::optional<Error> error_;
  std::unique_ptr<ChunkQueue> queue_;
};

Hdf5Writer::Hdf5Writer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Hdf5Writer::~Hdf5Writer() = default;

Result<std::unique_ptr<Hdf5Writer>> Hdf5Writer::create(const std::string& path,
                                                       std::int64_t chunk_bytes) {
  KVFOOT_CHECK(chunk_bytes >= 4096 && std::has_single_bit(static_cast<std::uint64_t>(chunk_bytes)));
  auto impl = std::make_unique<Impl>(path, chunk_bytes);
  KVFOOT_TRY(impl->create());
  return std::unique_ptr<Hdf5Writer>(new Hdf5Writer(std::move(impl)));
}

Status Hdf5Writer::add_group(const std::string& path) { return impl_->add_group(path); }
Status Hdf5Writer::set_attribute(const std::string& object, const std::string& name,
                                 const Hdf5Value& value) {
  return impl_->set_attribute(object, name, value);
}
Result<int> Hdf5Writer::add_column(const std::string& path, Hdf5Type type) {
  return impl_->add_column(path, type);
}
Status Hdf5Writer::append_bytes(int column, std::span<const std::byte> bytes) {
  return impl_->append(column, bytes);
}
std::int64_t Hdf5Writer::column_bytes(int column) const { return impl_->column_bytes(column); }
std::int64_t Hdf5Writer::bytes_written() const { return impl_->bytes_written(); }
Status Hdf5Writer::commit() { return impl_->commit(); }

}  // namespace kvfoot
