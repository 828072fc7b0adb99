// Products of a warpgroup against plain matrices, with tiles written element by element as the PTX
// ISA lays them out; and what the emulator does not let pass.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "executor/cuda/emulator/emulated_device.hpp"
#include "executor/cuda/primitives/kernel.hpp"
#include "executor/cuda/primitives/warpgroup.hpp"
#include "tests/cuda/support.hpp"

namespace kvfoot::cuda {
namespace {

// What a kernel leaves out.
enum class Fault { kNone, kFence, kCopiesFence, kChange, kSwizzle, kEarlyRead };

struct ProductArgs {
  const float* a;  // (64, 32)
  const float* b;  // (32, 128)
  float* d;        // (64, 128)
  Fault fault;
};

// A scalar of a tile with rows of 128 bytes, pieces xored.
void put(std::byte* tile, std::uint32_t row, std::uint32_t column, float value) {
  const std::uint32_t at = row * 128 + ((column / 8) ^ (row % 8)) * 16 + column % 8 * 2;
  const BFloat16 scalar = from_float<BFloat16>(value);
  std::memcpy(tile + at, &scalar, sizeof(scalar));
}

// d = a b in three steps of 16, a and b from tiles of which b's rows are the columns of b; then
// d += a b with a in registers and b as it is, in two parts of 64 columns.
__global__ void product_kernel(ProductArgs args) {
  constexpr std::uint32_t kK = 32, kN = 128;
  std::byte* const a_tile = shared_memory();  // (64 rows, 128 bytes), 48 columns in use
  std::byte* const columns = a_tile + 8192;   // (128 rows, 128 bytes), 48 in use
  std::byte* const rows = columns + 16384;    // two of (32 rows, 128 bytes)
  const std::uint32_t thread = threadIdx.x;
  for (std::uint32_t i = thread; i < 64 * kK; i += 128) {
    put(a_tile, i / kK, i % kK, args.a[i]);
  }
  for (std::uint32_t i = thread; i < kK * kN; i += 128) {
    put(columns, i % kN, i / kN, args.b[i]);
    put(rows + i % kN / 64 * 4096, i / kN, i % 64, args.b[i]);
  }
  // Columns 32 to 47 are zeros that come by copies.
  const auto zero = [&](std::byte* tile, std::uint32_t row, std::uint32_t piece) {
    cp_async_16(tile + row * 128 + (piece ^ (row % 8)) * 16, args.a, false);
  };
  zero(a_tile, thread / 2, 4 + thread % 2);
  zero(columns, thread, 4);
  zero(columns, thread, 5);
  cp_async_commit();
  cp_async_wait<0>();
  if (args.fault != Fault::kCopiesFence) {
    fence_for_products();
  }
  __syncthreads();
  float d[64];
  Warpgroup products;
  if (args.fault != Fault::kFence) {
    products.fence();
  }
  for (std::uint32_t step = 0; step < 3; ++step) {
    std::uint64_t a = warpgroup_operand(a_tile + step * 32, 1024, 0);
    if (args.fault == Fault::kSwizzle) {
      a &= ~(std::uint64_t{3} << 62);
    }
    products.multiply<BFloat16, 128>(d, a, warpgroup_operand(columns + step * 32, 1024, 0),
                                     step > 0);
  }
  products.commit();
  const std::uint32_t warp = thread / 32;
  const std::uint32_t lane = thread % 32;
  std::uint32_t a[2][4];
  for (std::uint32_t step = 0; step < 2; ++step) {
    for (std::uint32_t i = 0; i < 4; ++i) {
      const std::uint32_t row = warp * 16 + lane / 4 + i % 2 * 8;
      const float* from = args.a + row * kK + step * 16 + lane % 4 * 2 + i / 2 * 8;
      a[step][i] = pack<BFloat16>(from[0], from[1]);
    }
  }
  products.fence();
  for (std::uint32_t step = 0; step < 2; ++step) {
    products.multiply_rows<BFloat16, 128>(d, a[step],
                                          warpgroup_operand(rows + step * 2048, 1024, 4096), true);
  }
  products.commit();
  if (args.fault == Fault::kChange) {
    rows[thread] = std::byte{1};
  }
  if (args.fault != Fault::kEarlyRead) {
    products.wait<0>(d);
  }
  for (std::uint32_t n = 0; n < kN / 8; ++n) {
    for (std::uint32_t i = 0; i < 4; ++i) {
      const std::uint32_t row = warp * 16 + lane / 4 + i / 2 * 8;
      args.d[row * kN + n * 8 + lane % 4 * 2 + i % 2] = d[n * 4 + i];
    }
  }
}

std::vector<float> run(Device& device, const std::vector<float>& a, const std::vector<float>& b,
                       Fault fault) {
  const DeviceArray<float> a_device(device, a);
  const DeviceArray<float> b_device(device, b);
  const DeviceArray<float> d_device(device, 64 * 128);
  KVFOOT_LAUNCH(product_kernel, Extent{}, Extent{128}, 65536, device.compute_stream(),
                ProductArgs{a_device.data(), b_device.data(), d_device.data(), fault});
  return d_device.read();
}

TEST(EmulatedWarpgroup, BothFormsOfProducts) {
  const auto device = make_emulated_device();
  Random random;
  const std::vector<float> a = random.scalars(DType::kBF16, 64 * 32);
  const std::vector<float> b = random.scalars(DType::kBF16, 32 * 128);
  const std::vector<float> d = run(*device, a, b, Fault::kNone);
  for (std::size_t row = 0; row < 64; ++row) {
    for (std::size_t column = 0; column < 128; ++column) {
      double want = 0;
      for (std::size_t k = 0; k < 32; ++k) {
        want += 2 * double{a[row * 32 + k]} * double{b[k * 128 + column]};
      }
      ASSERT_NEAR(d[row * 128 + column], want, 1e-5) << row << " " << column;
    }
  }
}

TEST(EmulatedWarpgroup, ResultsArePoisonUntilTheWait) {
  const auto device = make_emulated_device();
  const std::vector<float> d = run(*device, std::vector<float>(64 * 32, 1.0F),
                                   std::vector<float>(32 * 128, 1.0F), Fault::kEarlyRead);
  for (const float value : d) {
    ASSERT_TRUE(value != value);
  }
}

TEST(EmulatedWarpgroupDeathTest, FaultsAreNamed) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto device = make_emulated_device();
  const std::vector<float> a(64 * 32, 1.0F);
  const std::vector<float> b(32 * 128, 1.0F);
  EXPECT_DEATH(run(*device, a, b, Fault::kFence), "without a fence before its group");
  EXPECT_DEATH(run(*device, a, b, Fault::kCopiesFence), "fence_for_products");
  EXPECT_DEATH(run(*device, a, b, Fault::kChange), "shared memory changed under");
  EXPECT_DEATH(run(*device, a, b, Fault::kSwizzle), "without the swizzle");
}

}  // namespace
}  // namespace kvfoot::cuda
