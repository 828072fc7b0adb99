// Writes a safetensors file piece by piece under a temporary name.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "executor/model/safetensors.hpp"

namespace kvfoot {

namespace fs = std::filesystem;

namespace {

// The buffer begins at a multiple of a cache line, so that mapped tensors are aligned.
constexpr std::size_t kBufferAlignment = 64;

std::string header_text(std::span<const TensorSpec> tensors, std::uint64_t& buffer_size) {
  nlohmann::ordered_json header;
  header["__metadata__"] = {{"format", "pt"}};  // transformers refuses files without it
  std::uint64_t offset = 0;
  for (const TensorSpec& tensor : tensors) {
    std::uint64_t bytes = weight_bytes(tensor.type);
    for (const std::int64_t extent : tensor.shape) {
      bytes *= static_cast<std::uint64_t>(extent);
    }
    nlohmann::ordered_json entry;
    entry["dtype"] = safetensors_name(tensor.type);
    entry["shape"] = tensor.shape;
    entry["data_offsets"] = {offset, offset + bytes};
    header[tensor.name] = std::move(entry);
    offset += bytes;
  }
  buffer_size = offset;
  std::string text = header.dump();
  text.append((kBufferAlignment - (8 + text.size()) % kBufferAlignment) % kBufferAlignment, ' ');
  std::string length(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) {
    length[i] = static_cast<char>(static_cast<unsigned char>(text.size() >> (8 * i)));
  }
  return length + text;
}

}  // namespace

struct SafetensorsWriter::State {
  fs::path path;
  fs::path temporary;
  int file = -1;
  std::uint64_t buffer_size = 0;
  std::uint64_t written = 0;

  Status append(const void* data, std::size_t size) {
    const char* bytes = static_cast<const char*>(data);
    while (size > 0) {
      const ssize_t count = ::write(file, bytes, size);
      if (count < 0 && errno == EINTR) {
        continue;
      }
      if (count <= 0) {
        return Error{temporary.string(), std::string("cannot be written: ") + std::strerror(errno),
                     "", ErrorKind::kEnvironment};
      }
      bytes += count;
      size -= static_cast<std::size_t>(count);
    }
    return {};
  }
};

SafetensorsWriter::SafetensorsWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}

SafetensorsWriter::~SafetensorsWriter() {
  if (state_->file >= 0) {
    ::close(state_->file);
    ::unlink(state_->temporary.c_str());
  }
}

Result<std::unique_ptr<SafetensorsWriter>> SafetensorsWriter::create(
    const fs::path& path, std::span<const TensorSpec> tensors) {
  auto state = std::make_unique<State>();
  state->path = path;
  state->temporary = path.string() + ".part";
  const std::string header = header_text(tensors, state->buffer_size);
  state->file = ::open(state->temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (state->file < 0) {
    return Error{state->temporary.string(),
                 std::string("cannot be created: ") + std::strerror(errno), "",
                 ErrorKind::kEnvironment};
  }
  std::unique_ptr<SafetensorsWriter> writer(new SafetensorsWriter(std::move(state)));
  KVFOOT_TRY(writer->state_->append(header.data(), header.size()));
  return writer;
}

Status SafetensorsWriter::write(std::span<const std::byte> bytes) {
  KVFOOT_CHECK(state_->file >= 0, "write after finish");
  KVFOOT_TRY(state_->append(bytes.data(), bytes.size()));
  state_->written += bytes.size();
  return {};
}

Status SafetensorsWriter::finish() {
  KVFOOT_CHECK(state_->file >= 0, "finish called twice");
  KVFOOT_CHECK(state_->written == state_->buffer_size, std::to_string(state_->written) +
                                                           " bytes written, the shapes need " +
                                                           std::to_string(state_->buffer_size));
  const bool closed = ::close(state_->file) == 0;
  state_->file = -1;
  if (!closed || ::rename(state_->temporary.c_str(), state_->path.c_str()) != 0) {
    const Error error{state_->path.string(),
                      std::string("cannot be completed: ") + std::strerror(errno), "",
                      ErrorKind::kEnvironment};
    ::unlink(state_->temporary.c_str());
    return error;
  }
  return {};
}

}  // namespace kvfoot
