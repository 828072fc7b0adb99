# Accesses replayed per second, one by one and in closed form.
if(TARGET kvfoot_trace)
  kvfoot_benchmark(records SOURCES records_bench.cpp LIBS kvfoot_engine kvfoot_trace kvfoot_policy)
endif()
