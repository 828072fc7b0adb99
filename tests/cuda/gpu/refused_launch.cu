// A launch that every card refuses.
#include "executor/cuda/primitives/kernel.hpp"
#include "tests/cuda/gpu/refused_launch.hpp"

namespace kvfoot::cuda {
namespace {

struct Nothing {};
__global__ void too_many_threads(Nothing /*args*/) {}

}  // namespace

void launch_too_many_threads(Stream stream) {
  KVFOOT_LAUNCH(too_many_threads, Extent{1}, Extent{2048}, 0, stream, Nothing{});
}

}  // namespace kvfoot::cuda
