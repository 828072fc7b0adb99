// From logits on the device to logits or a token on the host.
#pragma once

#include <cstdint>
#include <span>

#include "executor/cuda/backend/device_memory.hpp"
#include "executor/memory/buffers.hpp"
#include "executor/model/sampling.hpp"
#include "sim/core/result.hpp"

namespace kvfoot::cuda {

class TokenPicker {
 public:
  TokenPicker(Device& device, DeviceBlocks& blocks, HostBlocks& host, BufferPool& buffers,
              std::int64_t vocab)
      : device_(device), blocks_(blocks), host_(host), buffers_(buffers), vocab_(vocab) {}

  // Where logits (vocab) go. Throws std::bad_alloc, as the calls below do.
  [[nodiscard]] float* logits();
  // The logits, when they are there; valid until the next call.
  [[nodiscard]] Result<std::span<const float>> read();
  // The token that sample_token() picks from them.
  [[nodiscard]] Result<std::int32_t> pick(const SamplingOptions& options, std::uint64_t index);
  void release() { logits_.release(); }

 private:
  [[nodiscard]] Buffer<std::byte> scratch(std::size_t bytes);

  Device& device_;
  DeviceBlocks& blocks_;
  HostBlocks& host_;
  BufferPool& buffers_;
  std::int64_t vocab_;
  Buffer<float> logits_;
  Array<float> host_logits_;
  Array<std::int32_t> token_;
  Array<std::int32_t> host_token_;
};

}  // namespace kvfoot::cuda
