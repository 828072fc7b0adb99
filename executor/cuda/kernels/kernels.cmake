# Every kernel file of this folder, for both compilers.
set(KVFOOT_CUDA_KERNELS argmax.cu gemv.cu pages.cu random.cu rows.cu sample.cu)
list(TRANSFORM KVFOOT_CUDA_KERNELS PREPEND "${CMAKE_CURRENT_LIST_DIR}/")
