# Speed of the CPU backend beside Eigen and beside plain reading of memory, in one program.
find_package(Eigen3 3.3 QUIET NO_MODULE)
find_package(OpenMP QUIET COMPONENTS CXX)
if(NOT TARGET Eigen3::Eigen OR NOT OpenMP_CXX_FOUND)
  message(STATUS "kvfoot: Eigen or OpenMP not found, bench_cpu is left out")
  return()
endif()

# Eigen at the instruction set that suits it best, chosen at run time like our own kernels. Renaming
# its namespace keeps the linker from mixing the two copies.
function(kvfoot_bench_eigen level)
  add_library(bench_eigen_${level} OBJECT eigen_gemm.cpp)
  add_library(bench_eigen_${level}_flags INTERFACE)
  target_compile_options(bench_eigen_${level}_flags INTERFACE
                         -march=x86-64-${level} -O3 -ffp-contract=fast -w)
  target_compile_definitions(bench_eigen_${level}_flags INTERFACE
                             Eigen=Eigen_${level} KVFOOT_EIGEN_GEMM=eigen_gemm_${level})
  target_link_libraries(bench_eigen_${level} PRIVATE Eigen3::Eigen OpenMP::OpenMP_CXX
                        kvfoot_options bench_eigen_${level}_flags)
endfunction()

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  kvfoot_bench_eigen(v3)
  kvfoot_bench_eigen(v4)
  kvfoot_benchmark(cpu
    SOURCES bench_cpu.cpp $<TARGET_OBJECTS:bench_eigen_v3> $<TARGET_OBJECTS:bench_eigen_v4>
    LIBS kvfoot_cpu OpenMP::OpenMP_CXX)
endif()
