kvfoot_test(cuda_streams SOURCES test_streams.cpp LIBS kvfoot_cuda_backend kvfoot_cuda_emulated kvfoot_cache)
kvfoot_test(cuda_backend_memory SOURCES test_backend_memory.cpp
            LIBS kvfoot_cuda_backend kvfoot_cuda_emulated kvfoot_executor)
kvfoot_test(cuda_backend SOURCES test_device_backend.cpp model_runs.cpp
            LIBS kvfoot_cuda_backend kvfoot_cuda_emulated kvfoot_cpu kvfoot_executor LABELS slow)
# The calls that the emulated card hears: not for a real one.
kvfoot_test(cuda_work_order SOURCES test_work_order.cpp model_runs.cpp
            LIBS kvfoot_cuda_backend kvfoot_cuda_emulated kvfoot_cpu kvfoot_executor LABELS slow)
if(TARGET kvfoot_trace_synthetic)
  kvfoot_test(cuda_record_blocks SOURCES test_record_blocks.cpp
              LIBS kvfoot_cuda_backend kvfoot_cuda_emulated kvfoot_executor kvfoot_trace_synthetic LABELS slow)
endif()
kvfoot_test(cuda_sum_recorder
  SOURCES test_sum_recorder.cpp attention_reference.cpp emulated_test_device.cpp
  LIBS kvfoot_cuda_test kvfoot_cuda_backend kvfoot_cuda_emulated THREADS)
