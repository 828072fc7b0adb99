kvfoot_test(cuda_emulator
  SOURCES emulated_test_device.cpp test_emulated_block.cpp test_emulated_device.cpp
          test_emulated_matrix.cpp
  LIBS kvfoot_cuda_test kvfoot_cuda_emulated THREADS)
