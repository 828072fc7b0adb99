// cp.async of the threads of an emulated block: a copy lands only when its thread waits for its
// group; until then the destination is poison and nobody may write there. Copies that were never
// waited for are still under way when the block ends.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kvfoot::cuda::emulator {

class AsyncCopies {
 public:
  // A new block with so many threads.
  void begin(std::byte* shared, std::size_t shared_bytes, std::uint32_t threads);

  // 16 bytes; from null: zeros.
  void issue(std::uint32_t thread, std::byte* to, const std::byte* from);
  void commit(std::uint32_t thread) { ++queues_[thread].committed; }
  // Lands all but the last `pending` committed groups. False: somebody wrote to a destination while
  // the copy was under way.
  [[nodiscard]] bool wait(std::uint32_t thread, std::uint32_t pending);
  // At the end of the block; the same, of the copies that were not waited for.
  [[nodiscard]] bool untouched(std::uint32_t thread) const;

  // What the thread waited for so far may be read by the products of warpgroups.
  void fence(std::uint32_t thread) { queues_[thread].fenced = queues_[thread].landed; }
  // Whether these 16 bytes did not come by a copy that lacks the fence.
  [[nodiscard]] bool fenced(const std::byte* at) const;

 private:
  static constexpr std::size_t kBytes = 16;
  struct Copy {
    std::byte* to;
    std::uint32_t group;  // how many were committed before it
    std::array<std::byte, kBytes> bytes;
  };
  struct Queue {
    std::vector<Copy> copies;
    std::size_t next = 0;  // of them to land
    std::uint32_t committed = 0;
    std::uint32_t landed = 0;
    std::uint32_t fenced = 0;  // how many had landed at the last fence
  };
  // By what copy a piece of shared memory came.
  struct Piece {
    std::uint32_t thread;
    std::uint32_t landed;  // the thread's first is 1; 0: by none
  };
  [[nodiscard]] std::size_t piece_of(const std::byte* at) const;

  std::byte* shared_ = nullptr;
  std::vector<Queue> queues_;
  std::vector<Piece> pieces_;
  bool used_ = false;  // by this block
};

}  // namespace kvfoot::cuda::emulator
