# What every Device promises.
kvfoot_test(cuda_device SOURCES test_device.cpp test_gemm.cpp emulated_test_device.cpp
            LIBS kvfoot_cuda_test kvfoot_cuda_emulated)
