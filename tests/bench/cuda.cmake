# Speed of the CUDA kernels of decode beside copies in the card's memory. Without a card it says so and measures nothing.
if(TARGET kvfoot_cuda_kernels)
  kvfoot_benchmark(cuda SOURCES cuda_attention_bench.cpp cuda_bench.cpp cuda_decode_bench.cpp LIBS kvfoot_cuda_kernels kvfoot_cuda_card)
endif()
