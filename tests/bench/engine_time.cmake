# Seconds and gigabytes of a run.
kvfoot_benchmark(engine_time SOURCES engine_time_bench.cpp LIBS kvfoot_engine kvfoot_policy)
