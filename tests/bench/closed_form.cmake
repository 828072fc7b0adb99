# Scenarios without a trace, and the replay of one.
kvfoot_benchmark(closed_form SOURCES closed_form_bench.cpp LIBS kvfoot_engine kvfoot_policy)
kvfoot_benchmark(replay_engine SOURCES replay_engine_bench.cpp LIBS kvfoot_engine kvfoot_trace)
