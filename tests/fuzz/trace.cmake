# The trace fuzzer; its corpus holds small recordings of the synthetic model of tests/trace, whole
# and damaged: trace_samples tests/fuzz/corpus/trace 3
if(TARGET kvfoot_trace)
  kvfoot_fuzzer(trace SOURCES fuzz_trace.cpp CORPUS "${corpus}/trace" LIBS kvfoot_trace)
endif()
# Changes attributes and columns of such recordings and seals them again; its inputs are lists of
# changes.
if(TARGET kvfoot_run AND TARGET kvfoot_trace_synthetic)
  kvfoot_fuzzer(trace_forged SOURCES fuzz_trace_forged.cpp CORPUS "${corpus}/trace_forged"
                LIBS kvfoot_run kvfoot_trace_synthetic)
endif()
