// A table is built in memory by HDF5's core driver, so that the disk sees one ordinary write.
#include "sim/io/hdf5_table.hpp"

#include <algorithm>
#include <cstring>

#include "sim/io/hdf5_detail.hpp"

namespace kvfoot {

using namespace hdf5_detail;

namespace {

constexpr std::size_t kImageGrowth = std::size_t{1} << 20;
constexpr unsigned kMostCompactLinks = 4096;  // links of a group stay in its header

class TableFile {
 public:
  Result<std::string> bytes(const Hdf5Table& table) {
    KVFOOT_TRY(create());
    for (const auto& [name, value] : table.attributes) {
      KVFOOT_TRY(attribute("/", name, value));
    }
    KVFOOT_TRY(group(table.group));
    for (const Hdf5TableColumn& column : table.columns) {
      const std::string path = table.group + "/" + column.name;
      KVFOOT_TRY(
          std::visit([&](const auto& values) { return dataset(path, values); }, column.values));
      for (const auto& [name, value] : column.attributes) {
        KVFOOT_TRY(attribute(path, name, value));
      }
    }
    return image();
  }

 private:
  static Error fail(const std::string& object) {
    return Error{place("HDF5 table", object), library_reason(), "", ErrorKind::kEnvironment};
  }

  // Without time stamps: the same table gives the same bytes.
  static Handle creation_list(hid_t cls) {
    Handle list(H5Pcreate(cls), H5Pclose);
    H5Pset_obj_track_times(list.get(), 0);
    return list;
  }

  Status create() {
    const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    constexpr hbool_t kKeepOnDisk = 0;
    if (H5Pset_fapl_core(access.get(), kImageGrowth, kKeepOnDisk) < 0) {
      return fail("");
    }
    file_ = Handle(H5Fcreate("kvfoot-table", H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose);
    return file_.ok() ? Status() : fail("");
  }

  Status group(const std::string& path) {
    const Handle list = creation_list(H5P_GROUP_CREATE);
    H5Pset_link_creation_order(list.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_link_phase_change(list.get(), kMostCompactLinks, kMostCompactLinks);
    const Handle group(H5Gcreate2(file_.get(), path.c_str(), H5P_DEFAULT, list.get(), H5P_DEFAULT),
                       H5Gclose);
    return group.ok() ? Status() : fail(path);
  }

  Status write(const std::string& path, hid_t type, std::size_t elements, const void* data) {
    const Handle list = creation_list(H5P_DATASET_CREATE);
    const hsize_t size = elements;
    const Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose);
    const Handle set(H5Dcreate2(file_.get(), path.c_str(), type, space.get(), H5P_DEFAULT,
                                list.get(), H5P_DEFAULT),
                     H5Dclose);
    if (!set.ok() ||
        (elements > 0 && H5Dwrite(set.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)) {
      return fail(path);
    }
    return {};
  }

  Status dataset(const std::string& path, const std::vector<std::int64_t>& values) {
    return write(path, H5T_STD_I64LE, values.size(), values.data());
  }
  Status dataset(const std::string& path, const std::vector<std::uint64_t>& values) {
    return write(path, H5T_STD_U64LE, values.size(), values.data());
  }
  Status dataset(const std::string& path, const std::vector<double>& values) {
    return write(path, H5T_IEEE_F64LE, values.size(), values.data());
  }
  Status dataset(const std::string& path, const std::vector<std::string>& values) {
    std::size_t length = 1;  // HDF5 has no text of length 0
    for (const std::string& value : values) {
      length = std::max(length, value.size());
    }
    std::string padded(length * values.size(), '\0');
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::memcpy(padded.data() + i * length, values[i].data(), values[i].size());
    }
    const Handle type = text_type(length);
    return write(path, type.get(), values.size(), padded.data());
  }

  static Handle text_type(std::size_t length) {
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_cset(type.get(), H5T_CSET_UTF8);
    H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
    H5Tset_size(type.get(), length);
    return type;
  }

  Status attribute(const std::string& object, const std::string& name, const Hdf5Value& value) {
    Handle type;
    std::int64_t number = 0;
    const void* data = &number;
    if (const auto* text = std::get_if<std::string>(&value)) {
      type = text_type(std::max<std::size_t>(text->size(), 1));
      data = text->c_str();
    } else {
      KVFOOT_CHECK(std::holds_alternative<std::int64_t>(value), "tables have no lists of integers");
      number = std::get<std::int64_t>(value);
      type = Handle(H5Tcopy(H5T_STD_I64LE), H5Tclose);
    }
    const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    const Handle attribute(H5Acreate_by_name(file_.get(), object.c_str(), name.c_str(), type.get(),
                                             space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                           H5Aclose);
    if (!attribute.ok() || H5Awrite(attribute.get(), type.get(), data) < 0) {
      return fail(object + "@" + name);
    }
    return {};
  }

  Result<std::string> image() {
    if (H5Fflush(file_.get(), H5F_SCOPE_GLOBAL) < 0) {
      return fail("");
    }
    const ssize_t size = H5Fget_file_image(file_.get(), nullptr, 0);
    if (size <= 0) {
      return fail("");
    }
    std::string bytes(static_cast<std::size_t>(size), '\0');
    if (H5Fget_file_image(file_.get(), bytes.data(), bytes.size()) != size) {
      return fail("");
    }
    return bytes;
  }

  Handle file_;
};

}  // namespace

Result<std::string> hdf5_table_bytes(const Hdf5Table& table) {
  const auto lock = lock_library();
  TableFile file;
  return file.bytes(table);
}

}  // namespace kvfoot
