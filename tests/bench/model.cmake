# Speed of reading text and making weights.
kvfoot_benchmark(model SOURCES model_bench.cpp LIBS kvfoot_model)
