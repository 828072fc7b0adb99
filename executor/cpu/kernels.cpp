// Picks the kernels that the processor can run.
#include "executor/cpu/kernels.hpp"

namespace kvfoot::cpu {

namespace simd_plain {
extern const Kernels kTable;
}
#if defined(KVFOOT_CPU_X86)
namespace simd_v3 {
extern const Kernels kTable;
}
namespace simd_v4 {
extern const Kernels kTable;
}
#endif

namespace {

struct Runnable {
  const Kernels* table[3] = {};
  int count = 0;

  Runnable() {
#if defined(KVFOOT_CPU_X86)
    __builtin_cpu_init();
    const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("f16c");
    if (v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512cd")) {
      table[count++] = &simd_v4::kTable;
    }
    if (v3) {
      table[count++] = &simd_v3::kTable;
    }
#endif
    table[count++] = &simd_plain::kTable;
  }
};

const Runnable& runnable() {
  static const Runnable tables;
  return tables;
}

}  // namespace

const Kernels& best_kernels() { return *runnable().table[0]; }

const Kernels* const* runnable_kernels(int& count) {
  count = runnable().count;
  return runnable().table;
}

}  // namespace kvfoot::cpu
