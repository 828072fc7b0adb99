# Scenarios without a trace.
kvfoot_benchmark(closed_form SOURCES closed_form_bench.cpp LIBS kvfoot_engine kvfoot_policy)
