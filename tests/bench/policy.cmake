# What a decision costs apart from the attention it rests on.
kvfoot_benchmark(policy SOURCES policy_bench.cpp LIBS kvfoot_cache kvfoot_policy)
