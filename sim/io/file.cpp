// Files through POSIX calls: errno tells a full disk from a wrong name.
#include "sim/io/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace kvfoot {
namespace {

Error file_error(const std::filesystem::path& path, const std::string& action, int code) {
  Error error{path.string(), "cannot " + action + ": " + std::strerror(code)};
  switch (code) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      error.kind = ErrorKind::kEnvironment;
      error.hint = "free some space or choose another disk";
      break;
    case EIO:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EROFS:
      error.kind = ErrorKind::kEnvironment;
      break;
    default:
      break;
  }
  return error;
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return value_; }
  // The error of close itself, 0 if none: some file systems report a full disk only here.
  int close() {
    const int value = std::exchange(value_, -1);
    return value >= 0 && ::close(value) != 0 ? errno : 0;
  }

 private:
  int value_;
};

int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return errno;
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

// fsync of a pipe or device says EINVAL; there is nothing to wait for then.
int sync(int descriptor) {
  return ::fsync(descriptor) != 0 && errno != EINVAL && errno != ENOTSUP ? errno : 0;
}

int write_and_close(Descriptor& file, std::string_view bytes) {
  if (const int code = write_all(file.get(), bytes); code != 0) {
    return code;
  }
  if (const int code = sync(file.get()); code != 0) {
    return code;
  }
  return file.close();
}

// Opening a pipe that nobody writes to would not come back without O_NONBLOCK.
int open_without_waiting(const std::filesystem::path& path) {
  return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

Status check_regular(const Descriptor& file, const std::filesystem::path& path) {
  struct stat info{};
  if (file.get() < 0 || ::fstat(file.get(), &info) != 0) {
    return file_error(path, "open", errno);
  }
  if (!S_ISREG(info.st_mode)) {
    return Error{path.string(), S_ISDIR(info.st_mode) ? "is a folder, not a file"
                                                      : "is a pipe or a device, not a file"};
  }
  return {};
}

// Its first bytes, at most `most`.
Result<std::string> read_up_to(const Descriptor& file, const std::filesystem::path& path,
                               std::int64_t most) {
  std::string bytes;
  std::array<char, 65536> buffer{};
  while (static_cast<std::int64_t>(bytes.size()) < most) {
    const auto wanted = std::min<std::int64_t>(static_cast<std::int64_t>(buffer.size()),
                                               most - static_cast<std::int64_t>(bytes.size()));
    const ssize_t count = ::read(file.get(), buffer.data(), static_cast<std::size_t>(wanted));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return file_error(path, "read", errno);
    }
    if (count == 0) {
      break;
    }
    bytes.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return bytes;
}

Result<std::string> read_all(const Descriptor& file, const std::filesystem::path& path,
                             std::int64_t max_bytes) {
  KVFOOT_ASSIGN(std::string bytes, read_up_to(file, path, max_bytes + 1));
  if (static_cast<std::int64_t>(bytes.size()) > max_bytes) {
    return Error{path.string(), "is larger than " + std::to_string(max_bytes) + " bytes",
                 "is it the right file?"};
  }
  return bytes;
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::int64_t max_bytes) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return file_error(path, "open", errno);
  }
  return read_all(file, path, max_bytes);
}

Result<std::string> read_regular_file(const std::filesystem::path& path, std::int64_t max_bytes) {
  Descriptor file(open_without_waiting(path));
  KVFOOT_TRY(check_regular(file, path));
  return read_all(file, path, max_bytes);
}

Result<std::string> read_start(const std::filesystem::path& path, std::size_t count) {
  Descriptor file(open_without_waiting(path));
  KVFOOT_TRY(check_regular(file, path));
  return read_up_to(file, path, static_cast<std::int64_t>(count));
}

Status write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::error_code code;
  // A link stays a link: what it points at is replaced.
  std::filesystem::path target = std::filesystem::weakly_canonical(path, code);
  if (code) {
    target = path;
  }
  const std::filesystem::file_status status = std::filesystem::status(target, code);
  if (std::filesystem::is_directory(status)) {
    return Error{path.string(), "is a folder", "name a file in it"};
  }
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    Descriptor device(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    const int failed = device.get() < 0 ? errno : write_and_close(device, bytes);
    return failed == 0 ? Status() : file_error(path, "write", failed);
  }

  std::filesystem::path temporary = target;
  temporary += ".part" + std::to_string(::getpid());
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file.get() < 0) {
    return file_error(path, "create", errno);
  }
  int failed = write_and_close(file, bytes);
  if (failed == 0 && ::rename(temporary.c_str(), target.c_str()) != 0) {
    failed = errno;
  }
  if (failed != 0) {
    ::unlink(temporary.c_str());
    return file_error(path, "write", failed);
  }
  // The new name itself reaches the disk; a folder that cannot be synced is no reason to fail.
  Descriptor folder(::open(target.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() >= 0) {
    (void)::fsync(folder.get());
  }
  return {};
}

Result<AppendFile> AppendFile::open(const std::filesystem::path& path, std::int64_t keep_bytes) {
  AppendFile file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666), path);
  if (file.descriptor_ < 0) {
    return file_error(path, "create", errno);
  }
  if (::flock(file.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    return Error{path.string(), "is in use by another run", "wait for it to end"};
  }
  if (::ftruncate(file.descriptor_, keep_bytes) != 0) {
    return file_error(path, "write", errno);
  }
  return file;
}

AppendFile::AppendFile(int descriptor, std::filesystem::path path)
    : descriptor_(descriptor), path_(std::move(path)) {}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  return *this;
}

AppendFile::~AppendFile() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

Status AppendFile::append(std::string_view record) {
  const int failed = write_all(descriptor_, record);
  return failed == 0 ? Status() : file_error(path_, "write", failed);
}

Status AppendFile::sync() {
  const int failed = ::fdatasync(descriptor_) != 0 && errno != EINVAL ? errno : 0;
  return failed == 0 ? Status() : file_error(path_, "write", failed);
}

}  // namespace kvfoot
