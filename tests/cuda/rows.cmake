# Kernels of rows, pages, sampling and products of one row; what tests of kernels share.
kvfoot_library(kvfoot_cuda_test SOURCES support.cpp paged_streams.cpp PUBLIC kvfoot_model GTest::gtest)
kvfoot_test(cuda_kernels
  SOURCES emulated_test_device.cpp test_append.cpp test_gemv.cpp test_pages.cpp test_random.cpp test_rows.cpp
          test_sampling.cpp
  LIBS kvfoot_cuda_test kvfoot_cuda_emulated)
