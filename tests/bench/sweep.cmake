# The whole way of a scenario, from its file to its table.
if(TARGET kvfoot_run)
  kvfoot_benchmark(sweep SOURCES sweep_bench.cpp LIBS kvfoot_run kvfoot_scenario kvfoot_io)
endif()
