# Compiler settings shared by every target: kvfoot_options carries warnings, standard and sanitizers.
find_program(KVFOOT_CCACHE ccache)
if(KVFOOT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${KVFOOT_CCACHE}")
  # ccache keeps what is compiled with precompiled headers only if it is told so.
  set(KVFOOT_PRECOMPILED_LAUNCHER
      "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros;${KVFOOT_CCACHE}")
  if(KVFOOT_PRECOMPILED_HEADERS)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${KVFOOT_PRECOMPILED_LAUNCHER}")
  endif()
  set(CMAKE_C_COMPILER_LAUNCHER "${KVFOOT_CCACHE}")
endif()

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
find_package(Threads REQUIRED)

add_library(kvfoot_options INTERFACE)
target_compile_features(kvfoot_options INTERFACE cxx_std_20)
target_include_directories(kvfoot_options INTERFACE "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}/generated")
target_link_libraries(kvfoot_options INTERFACE Threads::Threads)
target_compile_options(kvfoot_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  # GCC 12 and 13 report a false overlap in std::string's operator+ (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  # A fused multiply-add in scoring would make kept sets depend on the compiler.
  -ffp-contract=off
  $<$<BOOL:${KVFOOT_WERROR}>:-Werror>)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(KVFOOT_ARCH "x86-64-v3" CACHE STRING "Baseline instruction set; faster ones are picked at run time")
  target_compile_options(kvfoot_options INTERFACE -march=${KVFOOT_ARCH})
endif()
if(KVFOOT_SANITIZE)
  target_compile_options(kvfoot_options INTERFACE -fsanitize=${KVFOOT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(kvfoot_options INTERFACE -fsanitize=${KVFOOT_SANITIZE})
endif()
