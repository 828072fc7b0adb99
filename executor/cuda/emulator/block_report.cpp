// What is said when threads of an emulated block cannot go on.
#include <cstdio>

#include "executor/cuda/emulator/block.hpp"
#include "sim/core/check.hpp"

namespace kvfoot::cuda::emulator {
namespace {

std::string place(const std::source_location& where) {
  const std::string_view file = where.file_name();
  const std::size_t slash = file.rfind('/');
  return std::string{slash == std::string_view::npos ? file : file.substr(slash + 1)} + ":" +
         std::to_string(where.line());
}

std::string triple(const uint3& index) {
  return "(" + std::to_string(index.x) + ", " + std::to_string(index.y) + ", " +
         std::to_string(index.z) + ")";
}

}  // namespace

std::string BlockExecutor::describe(std::uint32_t thread) const {
  const Warp& warp = warps_[thread / kLanes];
  const std::uint32_t lane = thread % kLanes;
  const auto in = [lane](std::uint32_t set) { return (set >> lane & 1U) != 0; };
  std::string text = "thread " + triple(index_[thread]) + " (warp " +
                     std::to_string(thread / kLanes) + ", lane " + std::to_string(lane) + ")";
  if (in(warp.arrived)) {
    char mask[16];
    std::snprintf(mask, sizeof(mask), "0x%08x", warp.mask[lane]);
    text += " at " + std::string{warp.call[lane]->name} + " of mask " + mask + ", " +
            place(warp.where[lane]);
  } else if (in(warp.barrier)) {
    text += " at __syncthreads, " + place(warp.where[lane]);
  }
  return text;
}

// Of lanes that stand together one is enough, and a few of those.
std::string BlockExecutor::describe_waiting() const {
  std::string text;
  std::uint32_t named = 0;
  bool skipping = false;
  std::uint32_t last_line = 0;
  for (std::uint32_t t = 0; t < threads_; ++t) {
    const Warp& warp = warps_[t / kLanes];
    const bool waits = ((warp.arrived | warp.barrier) >> t % kLanes & 1U) != 0;
    const std::uint32_t line = waits ? warp.where[t % kLanes].line() : 0;
    skipping = t % kLanes != 0 && line == last_line;
    last_line = line;
    if (!waits || skipping) {
      continue;
    }
    if (++named > 8) {
      return text + "\n  and others";
    }
    text += "\n  " + describe(t);
  }
  return text;
}

void BlockExecutor::failed(std::string_view what) const {
  std::string text = "kernel " + std::string{launch_.name} + ", block " + triple(blockIdx) + ": " +
                     describe(self_) + " ";
  text += what;
  ::kvfoot::detail::check_failed("emulated kernel", __FILE__, __LINE__, text);
}

}  // namespace kvfoot::cuda::emulator
