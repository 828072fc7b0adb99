// Products of a warpgroup. Layouts: PTX ISA 8.7, "Register Fragments and Shared Memory Matrix
// Layouts" of wgmma.mma_async.m64nNk16, with the swizzle of 128 bytes. Each of the four warps
// computes its 16 rows alone.
#include "executor/cuda/emulator/warpgroup.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "executor/cuda/emulator/warp.hpp"

namespace kvfoot::cuda::emulator {
namespace {

constexpr std::uint32_t kWarp = 32;
constexpr std::uint32_t kAllOfThem = 0xffffffffU;
constexpr std::uint32_t kM = 16, kK = 16;

// An operand in shared memory, as the descriptor tells.
struct Tile {
  std::uint32_t start, leading, stride;

  explicit Tile(std::uint64_t descriptor)
      : start(static_cast<std::uint32_t>(descriptor & 0x3fffU) << 4),
        leading(static_cast<std::uint32_t>(descriptor >> 16 & 0x3fffU) << 4),
        stride(static_cast<std::uint32_t>(descriptor >> 32 & 0x3fffU) << 4) {
    if (descriptor >> 62 != 1 || (descriptor >> 49 & 7U) != 0) {
      thread_failed("a product was told of a tile without the swizzle of 128 bytes");
    }
  }
  // The swizzle works on addresses: bits 4 to 6 are xored with bits 7 to 9.
  static std::uint16_t at(std::uint32_t address) {
    address ^= (address >> 7 & 7U) << 4;
    const std::byte* from = shared_begin() + address;
    check_shared(shared_begin() + (address & ~15U), "a warpgroup's product");
    check_fenced(from);
    std::uint16_t bits = 0;
    std::memcpy(&bits, from, sizeof(bits));
    return bits;
  }
  // Rows of the tile are rows of A or columns of B.
  [[nodiscard]] std::uint16_t by_row(std::uint32_t row, std::uint32_t k) const {
    return at(start + row / 8 * stride + row % 8 * 128 + k * 2);
  }
  // Rows of the tile are rows of B.
  [[nodiscard]] std::uint16_t by_column(std::uint32_t k, std::uint32_t n) const {
    return at(start + n / 64 * leading + k / 8 * stride + k % 8 * 128 + n % 64 * 2);
  }
};

float widen(bool brain, std::uint16_t bits) {
  return brain ? to_float(BFloat16{bits}) : to_float(Float16{bits});
}

// (k, n)
std::vector<std::uint16_t> read_b(const WarpgroupProduct& product) {
  const Tile tile(product.b_tile);
  std::vector<std::uint16_t> b;
  b.reserve(std::size_t{kK} * product.n);
  for (std::uint32_t k = 0; k < kK; ++k) {
    for (std::uint32_t n = 0; n < product.n; ++n) {
      b.push_back(product.registers ? tile.by_column(k, n) : tile.by_row(n, k));
    }
  }
  return b;
}

struct WaitOperands {
  std::vector<WarpgroupProduct>* products;
  std::uint32_t first_pending;  // group
  std::uint32_t warp;           // of the warpgroup
};

// Product number i of every lane.
void multiply(void* const* operands, std::size_t i) {
  const auto of_lane = [&](std::uint32_t lane) -> WarpgroupProduct& {
    return (*static_cast<const WaitOperands*>(operands[lane])->products)[i];
  };
  const WarpgroupProduct& first = of_lane(0);
  const std::uint32_t n = first.n;
  const std::vector<std::uint16_t> b = read_b(first);
  if (b != first.b_given) {
    thread_failed("shared memory changed under a warpgroup's product");
  }
  std::array<std::array<float, kK>, kM> a{};
  for (std::uint32_t lane = 0; lane < kWarp; ++lane) {
    const WarpgroupProduct& own = of_lane(lane);
    if (own.n != n || own.b_tile != first.b_tile || own.a_tile != first.a_tile ||
        own.accumulate != first.accumulate || own.registers != first.registers) {
      thread_failed("lanes of a warp disagree about a warpgroup's product");
    }
    for (std::uint32_t reg = 0; own.registers && reg < 4; ++reg) {
      std::array<float, kK>& row = a[lane / 4 + reg % 2 * 8];
      const std::uint32_t column = lane % 4 * 2 + reg / 2 * 8;
      row[column] = widen(own.brain, static_cast<std::uint16_t>(own.a[reg] & 0xffffU));
      row[column + 1] = widen(own.brain, static_cast<std::uint16_t>(own.a[reg] >> 16));
    }
  }
  if (!first.registers) {
    const Tile tile(first.a_tile);
    const std::uint32_t warp = static_cast<const WaitOperands*>(operands[0])->warp;
    for (std::uint32_t row = 0; row < kM; ++row) {
      for (std::uint32_t k = 0; k < kK; ++k) {
        a[row][k] = widen(first.brain, tile.by_row(warp * kM + row, k));
      }
    }
  }
  std::vector<float> wide(b.size());
  for (std::size_t j = 0; j < b.size(); ++j) {
    wide[j] = widen(first.brain, b[j]);
  }
  std::vector<float> d(n);
  for (std::uint32_t row = 0; row < kM; ++row) {
    // Element `place` of the columns 8 block + 2 pair and the next.
    const auto element = [&](std::uint32_t column) {
      return column / 8 * 4 + row / 8 * 2 + column % 2;
    };
    const auto lane = [&](std::uint32_t column) { return row % 8 * 4 + column % 8 / 2; };
    for (std::uint32_t column = 0; column < n; ++column) {
      d[column] = first.accumulate ? of_lane(lane(column)).before[element(column)] : 0.0F;
    }
    for (std::uint32_t k = 0; k < kK; ++k) {
      for (std::uint32_t column = 0; column < n; ++column) {
        d[column] += a[row][k] * wide[k * n + column];
      }
    }
    for (std::uint32_t column = 0; column < n; ++column) {
      of_lane(lane(column)).d[element(column)] = d[column];
    }
  }
  // The next product may add to the same result.
  for (std::uint32_t lane = 0; lane < kWarp; ++lane) {
    auto& products = *static_cast<const WaitOperands*>(operands[lane])->products;
    for (std::size_t later = i + 1; later < products.size(); ++later) {
      if (products[later].d == products[i].d) {
        std::copy_n(products[i].d, n / 2, products[later].before.begin());
        std::fill_n(products[i].d, n / 2, std::numeric_limits<float>::quiet_NaN());
        break;
      }
    }
  }
}

const Collective kWait{"Warpgroup::wait", WarpgroupQueue::complete, true};

}  // namespace

void WarpgroupQueue::complete(void* const* operands, std::uint32_t /*mask*/) {
  const auto& first = *static_cast<const WaitOperands*>(operands[0]);
  std::size_t done = 0;
  while (done < first.products->size() && (*first.products)[done].group < first.first_pending) {
    for (std::uint32_t lane = 1; lane < kWarp; ++lane) {
      const auto& products = *static_cast<const WaitOperands*>(operands[lane])->products;
      if (done >= products.size() || products[done].group != (*first.products)[done].group) {
        thread_failed("lanes of a warp gave different products");
      }
    }
    multiply(operands, done);
    ++done;
  }
  for (std::uint32_t lane = 0; lane < kWarp; ++lane) {
    auto& products = *static_cast<const WaitOperands*>(operands[lane])->products;
    products.erase(products.begin(), products.begin() + static_cast<std::ptrdiff_t>(done));
  }
}

void WarpgroupQueue::give(WarpgroupProduct product) {
  if (!fenced_) {
    thread_failed("a warpgroup's product without a fence before its group");
  }
  product.group = committed_;
  std::copy_n(product.d, product.n / 2, product.before.begin());
  std::fill_n(product.d, product.n / 2, std::numeric_limits<float>::quiet_NaN());
  if (running_lane == 0) {
    product.b_given = read_b(product);
  }
  products_.push_back(std::move(product));
}

void WarpgroupQueue::commit() {
  ++committed_;
  fenced_ = false;
}

void WarpgroupQueue::wait(std::uint32_t pending, std::source_location where) {
  WaitOperands operands{&products_, committed_ - std::min(pending, committed_),
                        threadIdx.x / kWarp % 4};
  converge(kWait, kAllOfThem, &operands, where);
}

}  // namespace kvfoot::cuda::emulator
