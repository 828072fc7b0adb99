// Opening a file that is mapped, and telling whether it is still the one that was opened.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sim/io/hdf5_column.hpp"

namespace kvfoot {
namespace {

Error cannot_open(const std::string& path, int code) {
  return Error{path, std::string("cannot be opened: ") + std::strerror(code)};
}

Error has_changed(const std::string& path) {
  return Error{path, "has changed while it was open", "open it again once it is complete"};
}

}  // namespace

WatchedFile::~WatchedFile() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

Status WatchedFile::open(const std::string& path) {
  path_ = path;
  // Without O_NONBLOCK a pipe that nobody writes to would not come back.
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat info{};
  if (descriptor_ < 0 || ::fstat(descriptor_, &info) != 0) {
    return cannot_open(path, errno);
  }
  if (!S_ISREG(info.st_mode)) {
    return Error{path,
                 S_ISDIR(info.st_mode) ? "is not a file" : "is a pipe or a device, not a file"};
  }
  size_ = info.st_size;
  written_s_ = info.st_mtim.tv_sec;
  written_ns_ = info.st_mtim.tv_nsec;
  return {};
}

Status WatchedFile::unchanged() const {
  struct stat info{};
  if (::fstat(descriptor_, &info) != 0) {
    return cannot_open(path_, errno);
  }
  const bool same = info.st_size == size_ && info.st_mtim.tv_sec == written_s_ &&
                    info.st_mtim.tv_nsec == written_ns_;
  return same ? Status() : has_changed(path_);
}

Status WatchedFile::read(std::int64_t offset, std::span<std::byte> to) const {
  while (!to.empty()) {
    const ssize_t count = ::pread(descriptor_, to.data(), to.size(), offset);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return Error{path_, std::string("cannot be read: ") + std::strerror(errno), "",
                   ErrorKind::kEnvironment};
    }
    if (count == 0) {
      return has_changed(path_);
    }
    to = to.subspan(static_cast<std::size_t>(count));
    offset += count;
  }
  return {};
}

}  // namespace kvfoot
