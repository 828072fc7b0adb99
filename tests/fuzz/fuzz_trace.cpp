// Traces as hostile input: an error or a full read and replay, never a crash.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/trace/reader.hpp"
#include "tests/fuzz/ask_everything.hpp"

namespace {

using namespace kvfoot;

void read(const std::string& path, bool verify_checksums) {
  const auto trace = TraceReader::open(path, {verify_checksums});
  if (!trace) {
    return;
  }
  if (!(*trace)->verify()) {
    return;
  }
  static_cast<void>((*trace)->decisions());
  static_cast<void>((*trace)->content_hash());
  fuzz::ask_everything(*trace);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int memory = memfd_create("trace", 0);
  if (memory < 0) {
    return 0;
  }
  const std::string path = "/proc/self/fd/" + std::to_string(memory);
  if (size > 0 && ::write(memory, data, size) == static_cast<ssize_t>(size)) {
    read(path, true);
    // Damage in the data reaches the decoders only without checksums.
    read(path, false);
  }
  ::close(memory);
  return 0;
}
