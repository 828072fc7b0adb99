// Random weights made in place are those of executor/model, bit by bit.
#include "executor/cuda/kernels/random.hpp"
#include "sim/core/hash.hpp"
#include "tests/cuda/support.hpp"

namespace kvfoot::cuda {
namespace {

class RandomFillTest : public DeviceTest {
 protected:
  Random random_;
};

// The definition in words of executor/model/random_tensor.cpp.
float element(std::uint64_t key, std::uint64_t index, float offset, float scale) {
  const std::uint64_t h = mix64(key + index);
  std::int32_t sum = 0;
  for (int part = 0; part < 4; ++part) {
    sum += static_cast<std::int32_t>(h >> (16 * part) & 0xffffU);
  }
  const float scaled = scale * static_cast<float>(sum - 131070);
  return offset + scaled;
}

TEST_F(RandomFillTest, BitsOfTheModel) {
  for (const DType type : kTypes) {
    for (const std::int64_t count :
         {0, 1, 3, 7, 8, 9, 31, 33, 255, 256, 257, 2047, 2048, 2049, 6000}) {
      for (const std::size_t shift : {std::size_t{0}, weight_bytes(type)}) {
        const std::uint64_t key = random_.word();
        const std::uint64_t first = random_.word() >> 20;
        const float offset = count % 2 == 0 ? 0.0F : 1.0F;
        const float scale = random_.uniform(1e-7F, 1e-5F);
        const DeviceBytes out(device(), static_cast<std::size_t>(count) * weight_bytes(type),
                              shift);
        RandomFill args;
        args.out = out.data();
        args.type = type;
        args.key = key;
        args.first = first;
        args.count = count;
        args.offset = offset;
        args.scale = scale;
        launch_random_fill(args, stream());
        std::vector<float> want;
        for (std::int64_t i = 0; i < count; ++i) {
          want.push_back(element(key, first + static_cast<std::uint64_t>(i), offset, scale));
        }
        EXPECT_EQ(out.read(), encode(type, want)) << to_string(type) << " " << count;
      }
    }
  }
}

}  // namespace
}  // namespace kvfoot::cuda
