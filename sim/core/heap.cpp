// glibc's thresholds.
#include "sim/core/heap.hpp"

#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

namespace kvfoot {

void keep_large_buffers() {
#ifdef __GLIBC__
  constexpr int kMapFrom = 32 << 20;  // glibc accepts no more
  constexpr int kKeep = 512 << 20;    // free memory at the top of the heap
  mallopt(M_MMAP_THRESHOLD, kMapFrom);
  mallopt(M_TRIM_THRESHOLD, kKeep);
#endif
}

}  // namespace kvfoot
