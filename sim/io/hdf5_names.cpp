// Types, error texts and the lock of the HDF5 wrapper.
#include <bit>

#include "sim/io/hdf5_detail.hpp"

static_assert(std::endian::native == std::endian::little, "columns are mapped as they lie");

namespace kvfoot {

std::int64_t element_bytes(Hdf5Type type) {
  switch (type) {
    case Hdf5Type::kU8:
      return 1;
    case Hdf5Type::kU16:
      return 2;
    case Hdf5Type::kI32:
    case Hdf5Type::kF32:
      return 4;
    case Hdf5Type::kU64:
    case Hdf5Type::kI64:
      return 8;
  }
  return 0;
}

namespace hdf5_detail {

std::unique_lock<std::recursive_mutex> lock_library() {
  static std::recursive_mutex mutex;
  std::unique_lock<std::recursive_mutex> lock(mutex);
  // Failures are values here; HDF5 would print them.
  // After a failed write (full disk) the library's own exit handler would flush the broken file
  // again and crash; every handle of ours is closed before the program ends.
  [[maybe_unused]] static const herr_t no_exit_handler = H5dont_atexit();
  // Error handling belongs to a thread where the library knows threads.
  [[maybe_unused]] thread_local const herr_t silent = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  return lock;
}

std::string library_reason() {
  std::string text;
  const auto visit = [](unsigned, const H5E_error2_t* error, void* out) -> herr_t {
    if (error->desc != nullptr && error->desc[0] != '\0') {
      *static_cast<std::string*>(out) = error->desc;
    }
    return 0;
  };
  // Outermost call last: keep the innermost, which names the cause.
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, visit, &text);
  H5Eclear2(H5E_DEFAULT);
  // A system call that failed is described at length; the reason stands between quotes.
  if (const auto at = text.find("error message = '"); at != std::string::npos) {
    const auto begin = at + std::string("error message = '").size();
    if (const auto end = text.find('\'', begin); end != std::string::npos) {
      return text.substr(begin, end - begin);
    }
  }
  return text.empty() ? "unknown reason" : text;
}

hid_t file_type(Hdf5Type type) {
  switch (type) {
    case Hdf5Type::kU8:
      return H5T_STD_U8LE;
    case Hdf5Type::kU16:
      return H5T_STD_U16LE;
    case Hdf5Type::kU64:
      return H5T_STD_U64LE;
    case Hdf5Type::kI32:
      return H5T_STD_I32LE;
    case Hdf5Type::kI64:
      return H5T_STD_I64LE;
    case Hdf5Type::kF32:
      return H5T_IEEE_F32LE;
  }
  return -1;
}

const char* type_name(Hdf5Type type) {
  switch (type) {
    case Hdf5Type::kU8:
      return "uint8";
    case Hdf5Type::kU16:
      return "uint16";
    case Hdf5Type::kU64:
      return "uint64";
    case Hdf5Type::kI32:
      return "int32";
    case Hdf5Type::kI64:
      return "int64";
    case Hdf5Type::kF32:
      return "float32";
  }
  return "";
}

std::string place(const std::string& file, const std::string& object) {
  return object.empty() ? file : file + ": " + object;
}

}  // namespace hdf5_detail
}  // namespace kvfoot
