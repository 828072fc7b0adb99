// The training kernels for the instruction set of the whole build, and the choice between the sets.
#define KVFOOT_KERNELS kKernelsBaseline
#define KVFOOT_KERNELS_NAME "baseline"
#include "trainer/kernels.inc"

namespace kvfoot::trainer {

const Kernels& kernels() {
#ifdef KVFOOT_WIDE_KERNELS
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return kKernelsWide;
  }
#endif
  return kKernelsBaseline;
}

}  // namespace kvfoot::trainer
