# Scanning a `blocks` trace.
if(TARGET kvfoot_trace)
  kvfoot_benchmark(trace_scan SOURCES trace_scan_bench.cpp LIBS kvfoot_trace kvfoot_cache kvfoot_policy)
endif()
