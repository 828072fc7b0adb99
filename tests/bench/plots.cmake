# Repaint times of the plots; needs Qt and the sample data of the tests.
if(TARGET kvfoot_plot_samples)
  kvfoot_benchmark(plots SOURCES bench_plots.cpp LIBS kvfoot_plot_samples)
endif()
