// The training kernels for AVX-512.
#define KVFOOT_KERNELS kKernelsWide
#define KVFOOT_KERNELS_NAME "avx512"
#include "trainer/kernels.inc"
