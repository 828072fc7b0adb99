// Threads of an emulated block: barriers, collectives, what divergence and races look like.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "executor/cuda/emulator/emulated_device.hpp"
#include "executor/cuda/primitives/kernel.hpp"
#include "executor/cuda/primitives/warpgroup.hpp"
#include "tests/cuda/support.hpp"

namespace kvfoot::cuda {
namespace {

using emulator::Order;
EmulatedOptions ordered(Order order, std::uint64_t seed = 1) {
  EmulatedOptions options;
  options.schedule = {order, seed};
  return options;
}

struct OutArgs {
  int* out;
};

// Every thread hands its number round the block through shared memory.
__global__ void rotate_kernel(OutArgs args) {
  int* shared = reinterpret_cast<int*>(shared_memory());
  const unsigned threads = blockDim.x * blockDim.y * blockDim.z;
  const unsigned own = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  int value = static_cast<int>(block * 10000 + own);
  for (int turn = 0; turn < 3; ++turn) {
    shared[own] = value;
    __syncthreads();
    value = shared[(own + 1) % threads];
    __syncthreads();
  }
  args.out[block * threads + own] = value;
}

TEST(EmulatedBlock, BarriersOrderSharedMemoryInAnyOrderOfThreads) {
  for (const Order order : {Order::kShuffled, Order::kAscending, Order::kDescending}) {
    for (const Extent block : {Extent{1}, Extent{33}, Extent{8, 4, 2}, Extent{1024}}) {
      const auto device = make_emulated_device(ordered(order));
      const std::uint32_t threads = block.x * block.y * block.z;
      DeviceArray<int> out(*device, 12 * threads);
      KVFOOT_LAUNCH(rotate_kernel, (Extent{2, 3, 2}), block, threads * sizeof(int),
                    device->compute_stream(), OutArgs{out.data()});
      const std::vector<int> got = out.read();
      for (std::uint32_t i = 0; i < got.size(); ++i) {
        ASSERT_EQ(got[i], static_cast<int>(i / threads * 10000 + (i % threads + 3) % threads));
      }
    }
  }
}

// The same with a barrier missing: some order must get it wrong.
__global__ void racy_kernel(OutArgs args) {
  int* shared = reinterpret_cast<int*>(shared_memory());
  shared[threadIdx.x] = static_cast<int>(threadIdx.x);
  args.out[threadIdx.x] = shared[(threadIdx.x + 1) % blockDim.x];
}

TEST(EmulatedBlock, MissingBarrierShowsAsPoison) {
  for (const Order order : {Order::kShuffled, Order::kAscending}) {
    const auto device = make_emulated_device(ordered(order));
    DeviceArray<int> out(*device, 64);
    KVFOOT_LAUNCH(racy_kernel, Extent{}, Extent{64}, 256, device->compute_stream(),
                  OutArgs{out.data()});
    int poisoned = 0;
    for (const int value : out.read()) {
      poisoned += value == -1 ? 1 : 0;
    }
    EXPECT_GT(poisoned, 10);
  }
}

__global__ void order_kernel(OutArgs args) {
  args.out[atomicAdd(args.out + 256, 1)] = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
}

std::vector<int> order_of(const EmulatedOptions& options) {
  const auto device = make_emulated_device(options);
  DeviceArray<int> out(*device, std::vector<int>(257, 0));
  KVFOOT_LAUNCH(order_kernel, Extent{4}, Extent{64}, 0, device->compute_stream(),
                OutArgs{out.data()});
  std::vector<int> order = out.read();
  order.pop_back();
  return order;
}

TEST(EmulatedBlock, OrderIsASettableRepeatableShuffle) {
  std::vector<int> ascending(256);
  for (int i = 0; i < 256; ++i) {
    ascending[static_cast<std::size_t>(i)] = i;
  }
  EXPECT_EQ(order_of(ordered(Order::kAscending)), ascending);
  const std::vector<int> descending(ascending.rbegin(), ascending.rend());
  EXPECT_EQ(order_of(ordered(Order::kDescending)), descending);
  const std::vector<int> shuffled = order_of(ordered(Order::kShuffled, 1));
  EXPECT_NE(shuffled, ascending);
  EXPECT_NE(shuffled, descending);
  EXPECT_EQ(shuffled, order_of(ordered(Order::kShuffled, 1)));
  EXPECT_NE(shuffled, order_of(ordered(Order::kShuffled, 2)));
  std::vector<int> sorted = shuffled;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, ascending);
}

struct ShuffleArgs {
  double* out;  // (kinds, 32)
};
__global__ void shuffle_kernel(ShuffleArgs args) {
  const int lane = static_cast<int>(threadIdx.x);
  const auto put = [&](int kind, double value) { args.out[kind * 32 + lane] = value; };
  put(0, __shfl_sync(kAllLanes, lane * 1.5F, lane * 3));  // wraps modulo 32
  put(1, __shfl_xor_sync(kAllLanes, lane + 0.25, 5));
  put(2, static_cast<double>(__shfl_up_sync(kAllLanes, 1LL << lane, 3U)));
  put(3, __shfl_down_sync(kAllLanes, static_cast<unsigned>(lane), 3U));
  put(4, __shfl_sync(kAllLanes, lane, 2, 8));
  put(5, __shfl_down_sync(kAllLanes, lane, 3U, 8));
  put(6, __ballot_sync(kAllLanes, lane % 3 == 0));
  put(7, __any_sync(kAllLanes, lane == 9) * 10 + __all_sync(kAllLanes, lane != 9));
  put(8, __reduce_add_sync(kAllLanes, lane) + __reduce_min_sync(kAllLanes, lane - 5));
  put(9, __match_any_sync(kAllLanes, lane / 16));
  put(10, warp_sum(static_cast<float>(lane)));
  put(11, warp_max(static_cast<float>(-lane)));
}

TEST(EmulatedBlock, ShufflesAndVotes) {
  const auto device = make_emulated_device();
  DeviceArray<double> out(*device, 12 * 32);
  KVFOOT_LAUNCH(shuffle_kernel, Extent{}, Extent{32}, 0, device->compute_stream(),
                ShuffleArgs{out.data()});
  const std::vector<double> got = out.read();
  for (int lane = 0; lane < 32; ++lane) {
    const double expected[12] = {lane * 3 % 32 * 1.5,
                                 (lane ^ 5) + 0.25,
                                 static_cast<double>(1LL << (lane >= 3 ? lane - 3 : lane)),
                                 static_cast<double>(lane + 3 < 32 ? lane + 3 : lane),
                                 static_cast<double>(lane / 8 * 8 + 2),
                                 static_cast<double>(lane % 8 + 3 < 8 ? lane + 3 : lane),
                                 0x49249249,
                                 10,
                                 496 - 5,
                                 lane < 16 ? 65535.0 : 4294901760.0,
                                 496,
                                 0};
    for (int kind = 0; kind < 12; ++kind) {
      EXPECT_EQ(got[static_cast<std::size_t>(kind * 32 + lane)], expected[kind])
          << "kind " << kind << " lane " << lane;
    }
  }
}

// Two halves of a warp meet among themselves, at their own pace.
__global__ void halves_kernel(OutArgs args) {
  const int lane = static_cast<int>(threadIdx.x);
  int value = lane;
  if (lane < 16) {
    for (int turn = 0; turn < 5; ++turn) {
      value += __shfl_xor_sync(0x0000ffffU, value, 1);
    }
  } else {
    value = __shfl_sync(0xffff0000U, value, 31);
  }
  __syncwarp();
  args.out[lane] = value;
}

TEST(EmulatedBlock, PartsOfAWarpMeetOnTheirOwn) {
  const auto device = make_emulated_device();
  DeviceArray<int> out(*device, 32);
  KVFOOT_LAUNCH(halves_kernel, Extent{}, Extent{32}, 0, device->compute_stream(),
                OutArgs{out.data()});
  const std::vector<int> got = out.read();
  for (int lane = 0; lane < 32; ++lane) {
    EXPECT_EQ(got[static_cast<std::size_t>(lane)], lane < 16 ? 16 * (lane + (lane ^ 1)) : 31);
  }
}

struct CopyArgs {
  const float* in;  // (8)
  float* out;       // (5, 4)
};
__global__ void async_kernel(CopyArgs args) {
  auto* shared = reinterpret_cast<float*>(shared_memory());
  for (int i = 0; i < 12; ++i) {
    shared[i] = 100;
  }
  cp_async_16(shared, args.in, true);
  cp_async_commit();
  cp_async_16(shared + 4, args.in + 4, true);
  cp_async_commit();
  cp_async_16(shared + 8, nullptr, false);  // zeros
  args.out[0] = shared[0];                  // poison: nothing has landed
  cp_async_wait<1>();
  args.out[1] = shared[0];
  args.out[2] = shared[4];
  cp_async_wait<0>();
  args.out[3] = shared[4];
  args.out[4] = shared[8];  // not committed
  cp_async_commit();
  cp_async_wait<0>();
  args.out[5] = shared[8];
}

TEST(EmulatedBlock, AsyncCopiesLandWhenWaitedFor) {
  const auto device = make_emulated_device();
  DeviceArray<float> in(*device, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8});
  DeviceArray<float> out(*device, 6);
  KVFOOT_LAUNCH(async_kernel, Extent{}, Extent{1}, 48, device->compute_stream(),
                CopyArgs{in.data(), out.data()});
  const std::vector<float> got = out.read();
  EXPECT_TRUE(std::isnan(got[0]));
  EXPECT_EQ(got[1], 1);
  EXPECT_TRUE(std::isnan(got[2]));
  EXPECT_EQ(got[3], 5);
  EXPECT_TRUE(std::isnan(got[4]));
  EXPECT_EQ(got[5], 0);
}

__global__ void half_barrier(OutArgs args) {
  if (threadIdx.x % 2 == 0) {
    __syncthreads();
  }
  args.out[0] = 1;
}
__global__ void two_barriers(OutArgs args) {
  if (threadIdx.x < 32) {
    __syncthreads();
    args.out[0] = 1;
  } else {
    __syncthreads();
  }
}
__global__ void half_shuffle(OutArgs args) {
  if (threadIdx.x < 20) {
    args.out[threadIdx.x] = __shfl_xor_sync(kAllLanes, 1, 1);
  }
}
__global__ void two_calls(OutArgs args) {
  if (threadIdx.x < 20) {
    args.out[threadIdx.x] = __shfl_xor_sync(kAllLanes, 1, 1);
  } else {
    __syncwarp();
  }
}
__global__ void barrier_and_shuffle(OutArgs args) {
  if (threadIdx.x < 20) {
    args.out[threadIdx.x] = __shfl_xor_sync(kAllLanes, 1, 1);
  }
  __syncthreads();
}
__global__ void outside_mask(OutArgs args) {
  if (threadIdx.x < 16) {
    args.out[threadIdx.x] = __shfl_sync(0xffffU, 1, 20);
  }
}

void run(void (*kernel)(OutArgs), const char* name, std::uint32_t threads,
         Order order = Order::kShuffled) {
  const auto device = make_emulated_device(ordered(order));
  DeviceArray<int> out(*device, 64);
  launch_named(name, kernel, Extent{}, Extent{threads}, 0, device->compute_stream(),
               OutArgs{out.data()});
  (void)device->synchronize(device->compute_stream());
}

TEST(EmulatedBlockDeathTest, DivergenceIsNamed) {
  // Who comes first decides who notices.
  EXPECT_DEATH(run(half_barrier, "half", 64, Order::kAscending),
               "kernel half, block \\(0, 0, 0\\): thread \\(1, 0, 0\\) .* returned, while others");
  EXPECT_DEATH(run(half_barrier, "half", 64, Order::kDescending),
               "thread \\(62, 0, 0\\) .* is there when others have returned");
  EXPECT_DEATH(
      run(half_shuffle, "half", 32, Order::kAscending),
      "lane 20\\) returned, but is awaited: .*lane 0\\) at __shfl_xor_sync of mask 0xffffffff");
  EXPECT_DEATH(run(half_shuffle, "half", 32, Order::kDescending),
               "lane 19\\) at __shfl_xor_sync .*waits for lanes that have returned");
  EXPECT_DEATH(run(two_barriers, "two", 64), "another __syncthreads.*test_emulated_block");
  EXPECT_DEATH(run(two_calls, "calls", 32), "meets another call");
  EXPECT_DEATH(run(barrier_and_shuffle, "both", 32), "nobody else can go on");
  EXPECT_DEATH(run(outside_mask, "outside", 32), "reads from lane 20, outside of the mask");
}

// What copies under way must not meet.
__global__ void write_under_copy(OutArgs args) {
  cp_async_16(shared_memory(), nullptr, false);
  cp_async_commit();
  *reinterpret_cast<int*>(shared_memory()) = 1;
  cp_async_wait<0>();
  args.out[0] = 1;
}
__global__ void never_waited(OutArgs args) {
  if (threadIdx.x == 3) {
    cp_async_16(shared_memory(), nullptr, false);
    cp_async_commit();
  }
  __syncthreads();
  *reinterpret_cast<int*>(shared_memory()) = 1;
  args.out[0] = 1;
}
// Every lane waits for its own row, and reads that of another.
template <bool kMeet>
__global__ void load_without_meeting(OutArgs args) {
  cp_async_16(shared_memory() + threadIdx.x * 16, nullptr, false);
  cp_async_commit();
  cp_async_wait<0>();
  if (kMeet) {
    __syncwarp();
  }
  std::uint32_t r[4];
  ldmatrix_x4(r, shared_memory() + (31 - threadIdx.x) * 16);
  args.out[threadIdx.x] = static_cast<int>(r[0]);
}
template <bool kFence>
__global__ void product_without_fence(OutArgs args) {
  for (unsigned i = threadIdx.x; i < 1024; i += 128) {
    cp_async_16(shared_memory() + i * 16, nullptr, false);
  }
  cp_async_commit();
  cp_async_wait<0>();
  if (kFence) {
    fence_for_products();
  }
  __syncthreads();
  float d[32];
  Warpgroup products;
  products.fence();
  products.multiply<BFloat16, 64>(d, warpgroup_operand(shared_memory(), 1024, 0),
                                  warpgroup_operand(shared_memory() + 8192, 1024, 0), false);
  products.commit();
  products.wait<0>(d);
  args.out[0] = static_cast<int>(d[0]);
}

std::vector<int> results(void (*kernel)(OutArgs), std::uint32_t threads) {
  const auto device = make_emulated_device();
  DeviceArray<int> out(*device, 32);
  launch_named("kernel", kernel, Extent{}, Extent{threads}, 16384, device->compute_stream(),
               OutArgs{out.data()});
  return out.read();
}

TEST(EmulatedBlockDeathTest, CopiesUnderWayAreLeftAlone) {
  EXPECT_DEATH((void)results(write_under_copy, 1), "somebody wrote where it goes");
  EXPECT_DEATH((void)results(never_waited, 32), "thread 3 has a cp.async under way");
}

TEST(EmulatedBlockDeathTest, ProductsWantTheirFence) {
  EXPECT_DEATH((void)results(product_without_fence<false>, 128), "without fence_for_products");
  EXPECT_EQ(results(product_without_fence<true>, 128)[0], 0);
}

TEST(EmulatedBlock, LdmatrixReadsWhatItsLaneFinds) {
  EXPECT_EQ(results(load_without_meeting<true>, 32), std::vector<int>(32, 0));
  EXPECT_NE(results(load_without_meeting<false>, 32), std::vector<int>(32, 0));
}

#if defined(__SANITIZE_ADDRESS__)
__global__ void beyond_shared(OutArgs args) {
  shared_memory()[threadIdx.x] = std::byte{1};
  args.out[0] = 1;
}
__global__ void beyond_array(OutArgs args) { args.out[threadIdx.x + 64] = 1; }

TEST(EmulatedBlockDeathTest, TheSanitizerSeesTheEndsOfMemory) {
  EXPECT_DEATH(run(beyond_shared, "shared", 32), "heap-buffer-overflow");
  EXPECT_DEATH(run(beyond_array, "array", 32), "heap-buffer-overflow");
}
#endif

}  // namespace
}  // namespace kvfoot::cuda
