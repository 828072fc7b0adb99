# Whole models on a card against the limits of the card. Without Google Benchmark, whose clock is the CPU's. The same
# program on the emulated card is a test that it works: its numbers mean nothing.
set(sources cuda_model/attention.cpp cuda_model/limits.cpp cuda_model/main.cpp cuda_model/measure.cpp cuda_model/model.cpp)
set(libraries kvfoot_options kvfoot_cuda_backend kvfoot_executor kvfoot_run kvfoot_report kvfoot_model)
if(TARGET kvfoot_cuda_card)
  add_executable(bench_cuda_model ${sources} cuda_model/card.cpp)
  target_link_libraries(bench_cuda_model PRIVATE ${libraries} kvfoot_cuda_kernels kvfoot_cuda_card)
endif()
if(TARGET kvfoot_cuda_emulated)
  add_executable(bench_cuda_model_emulated ${sources} cuda_model/emulated.cpp)
  target_link_libraries(bench_cuda_model_emulated PRIVATE ${libraries} kvfoot_cuda_emulated)
  add_test(NAME bench_cuda_model_emulated COMMAND bench_cuda_model_emulated --small)
  set_tests_properties(bench_cuda_model_emulated PROPERTIES LABELS slow TIMEOUT 300)
endif()
