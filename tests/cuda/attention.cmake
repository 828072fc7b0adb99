kvfoot_test(cuda_attention
  SOURCES test_attention.cpp attention_reference.cpp emulated_test_device.cpp
  LIBS kvfoot_cuda_test kvfoot_cuda_emulated)
kvfoot_test(cuda_mass
  SOURCES test_mass.cpp attention_reference.cpp emulated_test_device.cpp
  LIBS kvfoot_cuda_test kvfoot_cuda_emulated)
kvfoot_test(cuda_mass_blocks
  SOURCES test_mass_blocks.cpp attention_reference.cpp emulated_test_device.cpp
  LIBS kvfoot_cuda_test kvfoot_cuda_emulated)
kvfoot_test(cuda_warpgroup
  SOURCES test_emulated_warpgroup.cpp emulated_test_device.cpp
  LIBS kvfoot_cuda_test kvfoot_cuda_emulated)
