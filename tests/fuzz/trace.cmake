# The trace fuzzer; its corpus holds small recordings of the synthetic model of tests/trace, whole
# and damaged: trace_samples tests/fuzz/corpus/trace 3
if(TARGET kvfoot_trace)
  kvfoot_fuzzer(trace SOURCES fuzz_trace.cpp CORPUS "${corpus}/trace" LIBS kvfoot_trace)
endif()
