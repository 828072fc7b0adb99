// Fragments of tensor-core steps against plain matrices, with every element identified.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <numeric>
#include <vector>

#include "executor/cuda/emulator/emulated_device.hpp"
#include "executor/cuda/primitives/kernel.hpp"
#include "tests/cuda/support.hpp"

namespace kvfoot::cuda {
namespace {

struct MmaArgs {
  const float* a;  // (16, 16)
  const float* b;  // (16, 8)
  float* c;        // (16, 8), read and written
};

// Loads fragments element by element as PTX numbers them: a0..a7, b0..b3, c0..c3.
template <class T>
__global__ void mma_kernel(MmaArgs args) {
  const unsigned lane = threadIdx.x;
  const unsigned group = lane >> 2;
  const unsigned in_group = lane % 4;
  float a[8], b[4], c[4];
  for (unsigned i = 0; i < 8; ++i) {
    const unsigned row = i < 2 || (i >= 4 && i < 6) ? group : group + 8;
    const unsigned column = in_group * 2 + (i & 1) + (i >= 4 ? 8 : 0);
    a[i] = args.a[row * 16 + column];
  }
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned row = in_group * 2 + (i & 1) + (i >= 2 ? 8 : 0);
    b[i] = args.b[row * 8 + group];
  }
  const auto c_at = [&](unsigned i) {
    return (i < 2 ? group : group + 8) * 8 + in_group * 2 + (i & 1);
  };
  for (unsigned i = 0; i < 4; ++i) {
    c[i] = args.c[c_at(i)];
  }
  const std::uint32_t a_regs[4] = {pack<T>(a[0], a[1]), pack<T>(a[2], a[3]), pack<T>(a[4], a[5]),
                                   pack<T>(a[6], a[7])};
  const std::uint32_t b_regs[2] = {pack<T>(b[0], b[1]), pack<T>(b[2], b[3])};
  mma_16816<T>(c, a_regs, b_regs);
  for (unsigned i = 0; i < 4; ++i) {
    args.c[c_at(i)] = c[i];
  }
}

template <class T>
void expect_product(const std::vector<float>& a, const std::vector<float>& b) {
  const auto device = make_emulated_device();
  std::vector<float> c(128);
  std::iota(c.begin(), c.end(), 1000.0F);
  std::vector<float> expected = c;
  for (std::size_t row = 0; row < 16; ++row) {
    for (std::size_t column = 0; column < 8; ++column) {
      for (std::size_t k = 0; k < 16; ++k) {
        expected[row * 8 + column] += a[row * 16 + k] * b[k * 8 + column];
      }
    }
  }
  DeviceArray<float> a_device(*device, a);
  DeviceArray<float> b_device(*device, b);
  DeviceArray<float> c_device(*device, c);
  KVFOOT_LAUNCH(mma_kernel<T>, Extent{}, Extent{32}, 0, device->compute_stream(),
                MmaArgs{a_device.data(), b_device.data(), c_device.data()});
  EXPECT_EQ(c_device.read(), expected);
}

// Small integers: every product and sum is exact.
TEST(EmulatedMatrix, MmaIsThePlainProduct) {
  std::vector<float> a(256);
  std::vector<float> b(128);
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<float>(i * 7 % 31) - 15;
  }
  for (std::size_t i = 0; i < b.size(); ++i) {
    b[i] = static_cast<float>(i * 5 % 23) - 11;
  }
  expect_product<BFloat16>(a, b);
  expect_product<Float16>(a, b);
}

// One element of A at a time against a B of distinct values: names every element of both.
TEST(EmulatedMatrix, MmaKeepsEveryElementInItsPlace) {
  std::vector<float> b(128);
  std::iota(b.begin(), b.end(), 1.0F);
  for (std::size_t i = 0; i < 256; ++i) {
    std::vector<float> a(256, 0.0F);
    a[i] = 1;
    expect_product<BFloat16>(a, b);
  }
}

struct LoadArgs {
  bool transposed;
  std::uint32_t* out;  // (32 lanes, 4)
};

// Four 8 x 8 matrices with element value matrix * 64 + row * 8 + column, rows 16 bytes apart.
__global__ void load_kernel(LoadArgs args) {
  auto* shared = reinterpret_cast<std::uint16_t*>(shared_memory());
  for (unsigned i = threadIdx.x; i < 256; i += blockDim.x) {
    shared[i] = static_cast<std::uint16_t>(i);
  }
  __syncthreads();
  std::uint32_t r[4];
  const void* row = shared + threadIdx.x * 8;
  if (args.transposed) {
    ldmatrix_x4_trans(r, row);
  } else {
    ldmatrix_x4(r, row);
  }
  for (unsigned i = 0; i < 4; ++i) {
    args.out[threadIdx.x * 4 + i] = r[i];
  }
}

TEST(EmulatedMatrix, LdmatrixGivesTwoNeighboursOfARow) {
  for (const bool transposed : {false, true}) {
    const auto device = make_emulated_device();
    DeviceArray<std::uint32_t> out(*device, 128);
    KVFOOT_LAUNCH(load_kernel, Extent{}, Extent{32}, 512, device->compute_stream(),
                  LoadArgs{transposed, out.data()});
    const std::vector<std::uint32_t> got = out.read();
    for (std::uint32_t lane = 0; lane < 32; ++lane) {
      for (std::uint32_t matrix = 0; matrix < 4; ++matrix) {
        const std::uint32_t first =
            matrix * 64 + (transposed ? lane % 4 * 2 * 8 + lane / 4 : lane / 4 * 8 + lane % 4 * 2);
        const std::uint32_t second = first + (transposed ? 8 : 1);
        EXPECT_EQ(got[lane * 4 + matrix], first | second << 16) << lane << " " << matrix;
      }
    }
  }
}

// Rows of K (keys by dimensions) read without transposing are the column-major B of Q K^T; rows of
// V (keys by dimensions) read transposed are the B of P V: the two uses in attention.
struct AttentionStep {
  const std::uint16_t* rows;  // bf16: K (8 keys, 16), or V (16 keys, 8)
  const std::uint16_t* a;     // bf16 (16, 16)
  bool transposed;
  float* c;  // (16, 8)
};
__global__ void attention_step(AttentionStep args) {
  auto* shared = reinterpret_cast<std::uint16_t*>(shared_memory());
  const unsigned lane = threadIdx.x;
  std::uint16_t* a_tile = shared + 256;
  for (unsigned i = lane; i < 128; i += 32) {
    shared[i] = args.rows[i];
  }
  for (unsigned i = lane; i < 256; i += 32) {
    a_tile[i] = args.a[i];
  }
  __syncthreads();
  // A: matrices are the quarters rows 0-7 | 8-15, then the same of columns 8-15.
  std::uint32_t a[4];
  ldmatrix_x4(a, a_tile + lane % 16 * 16 + lane / 16 * 8);
  std::uint32_t b4[4];
  if (args.transposed) {
    ldmatrix_x4_trans(b4, shared + lane % 16 * 8);  // keys 0-7, keys 8-15, and both again
  } else {
    ldmatrix_x4(b4, shared + lane % 8 * 16 + lane / 8 % 2 * 8);
  }
  const std::uint32_t b[2] = {b4[0], b4[1]};
  float c[4] = {};
  mma_16816<BFloat16>(c, a, b);
  for (unsigned i = 0; i < 4; ++i) {
    args.c[(lane / 4 + i / 2 * 8) * 8 + lane % 4 * 2 + i % 2] = c[i];
  }
}

TEST(EmulatedMatrix, LdmatrixFeedsMmaAsAttentionDoes) {
  const auto value = [](std::size_t i) { return static_cast<float>(i * 11 % 29) - 14; };
  for (const bool transposed : {false, true}) {
    const auto device = make_emulated_device();
    std::vector<std::uint16_t> rows(128);
    std::vector<std::uint16_t> a(256);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i] = float_to_bf16(value(i));
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
      a[i] = float_to_bf16(value(i + 1000));
    }
    std::vector<float> expected(128, 0.0F);
    for (std::size_t row = 0; row < 16; ++row) {
      for (std::size_t column = 0; column < 8; ++column) {
        for (std::size_t k = 0; k < 16; ++k) {
          const std::size_t at = transposed ? k * 8 + column : column * 16 + k;
          expected[row * 8 + column] += value(row * 16 + k + 1000) * value(at);
        }
      }
    }
    DeviceArray<std::uint16_t> rows_device(*device, rows);
    DeviceArray<std::uint16_t> a_device(*device, a);
    DeviceArray<float> c(*device, 128);
    KVFOOT_LAUNCH(attention_step, Extent{}, Extent{32}, 1024, device->compute_stream(),
                  AttentionStep{rows_device.data(), a_device.data(), transposed, c.data()});
    EXPECT_EQ(c.read(), expected) << transposed;
  }
}

__global__ void misaligned_load(LoadArgs args) {
  std::uint32_t r[4];
  ldmatrix_x4(r, shared_memory() + threadIdx.x * 8);
  args.out[threadIdx.x] = r[0];
}

TEST(EmulatedMatrixDeathTest, LdmatrixWantsAlignedRows) {
  EXPECT_DEATH(
      {
        const auto device = make_emulated_device();
        DeviceArray<std::uint32_t> out(*device, 32);
        KVFOOT_LAUNCH(misaligned_load, Extent{}, Extent{32}, 1024, device->compute_stream(),
                      (LoadArgs{false, out.data()}));
        (void)device->synchronize(device->compute_stream());
      },
      "misaligned_load.*ldmatrix_x4: an address that is not a multiple of 16");
}

}  // namespace
}  // namespace kvfoot::cuda
