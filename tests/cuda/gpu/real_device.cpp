// The device under test is a card. The program links and starts without one, says so, and ends with
// 77, which CTest takes for skipped.
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>

#include "executor/cuda/module/cards.hpp"
#include "executor/cuda/module/cuda_device.hpp"
#include "tests/cuda/support.hpp"

namespace kvfoot::cuda {
namespace {

// The first card that can be used, or -1.
int usable_card() {
  for (const CudaCard& card : cards_status().cards) {
    if (card.unusable.empty()) {
      return card.index;
    }
  }
  return -1;
}

}  // namespace

// A card that is there but does not start fails the test: it is not skipped.
std::unique_ptr<Device> test_device() {
  static const int kCard = usable_card();
  auto device = make_cuda_device(kCard);
  if (!device) {
    ADD_FAILURE() << device.error().message();
    return nullptr;
  }
  return std::move(device).value();
}

// For tests that are written for the emulated card.
struct EmulatedOptions;
std::unique_ptr<Device> make_card_instead(const EmulatedOptions& /*options*/) {
  return test_device();
}

}  // namespace kvfoot::cuda

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (const kvfoot::CudaStatus status = kvfoot::cuda::cards_status();
      !GTEST_FLAG_GET(list_tests) && status.state != kvfoot::CudaStatus::State::kUsable) {
    std::printf("skipped: %s\n", status.why.message().c_str());
    return 77;
  }
  // Cards do not fail on demand, and have the memory that they have.
  std::string filter = GTEST_FLAG_GET(filter);
  filter += filter.find('-') == std::string::npos ? "-" : ":";
  GTEST_FLAG_SET(filter, filter + "DeviceBackend.ACardThat*:DeviceBackend.WeightsThatDoNotFit*");
  return RUN_ALL_TESTS();
}
