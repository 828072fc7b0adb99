// Blocks of the card, and uploads.
#include "executor/cuda/backend/device_memory.hpp"

#include <new>

#include "sim/core/text.hpp"

namespace kvfoot::cuda {
namespace {

constexpr std::size_t kUploadChunk = std::size_t{1} << 18;
constexpr std::size_t kMostKept = std::size_t{64} << 20;
constexpr std::size_t kUploadAlign = 256;

}  // namespace

void* DeviceBlocks::allocate(std::size_t bytes) {
  void* block = device_.allocate(bytes);
  if (block == nullptr && give_back_ && give_back_()) {
    block = device_.allocate(bytes);
  }
  if (block == nullptr) {
    refused_ = static_cast<std::int64_t>(bytes);
    return nullptr;
  }
  refused_ = 0;
  blocks_.emplace(block, bytes);
  taken_ += static_cast<std::int64_t>(bytes);
  return block;
}

void DeviceBlocks::release(void* block) {
  const auto found = blocks_.find(block);
  KVFOOT_CHECK(found != blocks_.end(), "a block that was not taken");
  taken_ -= static_cast<std::int64_t>(found->second);
  blocks_.erase(found);
  device_.release(block);
}

void DeviceBlocks::fill(void* block, int byte, std::size_t bytes) {
  device_.fill(block, byte, bytes, device_.compute_stream());
}

void* HostBlocks::allocate(std::size_t bytes) {
  void* const block = device_.allocate_host(bytes);
  refused_ = block == nullptr ? static_cast<std::int64_t>(bytes) : 0;
  return block;
}

Error no_memory(DeviceBlocks& blocks, HostBlocks& host, const std::string& what,
                const std::string& hint) {
  const std::int64_t of_host = host.take_refused();
  const std::int64_t of_card = blocks.take_refused();
  if (of_card > 0 && of_host == 0) {
    return {"CUDA device",
            "not enough memory on the card for " + what + " (" + format_bytes(of_card) +
                " more were asked for, " + format_bytes(blocks.free()) + " are free)",
            hint, ErrorKind::kEnvironment};
  }
  // Without a refusal of ours it is what the program itself takes.
  return {"CUDA device",
          "not enough memory of the host for " + what +
              (of_host > 0 ? " (" + format_bytes(of_host) + " more of it page-locked)" : ""),
          "leave it more: what is page-locked is never swapped out; or use a smaller chunk or a "
          "shorter prompt",
          ErrorKind::kEnvironment};
}

const void* Uploads::send_bytes(const void* values, std::size_t bytes) {
  const std::size_t room =
      (std::max<std::size_t>(bytes, 1) + kUploadAlign - 1) / kUploadAlign * kUploadAlign;
  if (chunks_.empty() || chunks_.back().used + room > chunks_.back().host.bytes()) {
    const std::size_t last = chunks_.empty() ? kUploadChunk / 2 : chunks_.back().host.bytes();
    const auto size = static_cast<std::int64_t>(std::max(room, 2 * last));
    Chunk chunk;
    chunk.host = Array<std::byte>(host_, size);
    chunk.device = Array<std::byte>(blocks_, size);
    chunks_.push_back(std::move(chunk));
  }
  Chunk& chunk = chunks_.back();
  std::byte* const from = chunk.host.data() + chunk.used;
  std::byte* const to = chunk.device.data() + chunk.used;
  chunk.used += room;
  if (bytes > 0) {
    std::memcpy(from, values, bytes);
  }
  return to;
}

void Uploads::flush() {
  for (Chunk& chunk : chunks_) {
    if (chunk.used > chunk.flushed) {
      device_.copy_in(chunk.device.data() + chunk.flushed, chunk.host.data() + chunk.flushed,
                      chunk.used - chunk.flushed, device_.compute_stream());
      chunk.flushed = chunk.used;
    }
  }
}

void Uploads::reset() {
  // The largest chunk stays: taking page-locked memory is dear, and the next pass may be as large.
  if (chunks_.size() > 1) {
    chunks_.erase(chunks_.begin(), chunks_.end() - 1);
  }
  if (!chunks_.empty()) {
    if (chunks_.front().host.bytes() > kMostKept) {
      chunks_.clear();
    } else {
      chunks_.front().used = chunks_.front().flushed = 0;
    }
  }
}

}  // namespace kvfoot::cuda
