kvfoot_test(cuda_streams SOURCES test_streams.cpp LIBS kvfoot_cuda_backend kvfoot_cuda_emulated kvfoot_cache)
kvfoot_test(cuda_backend SOURCES test_device_backend.cpp
            LIBS kvfoot_cuda_backend kvfoot_cuda_emulated kvfoot_cpu kvfoot_executor THREADS)
