// Prints a broken contract and aborts.
#include "sim/core/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace kvfoot::detail {

void check_failed(const char* expression, const char* file, int line, std::string_view detail) {
  std::fprintf(stderr, "kvfoot: internal error: %s is false at %s:%d%s%.*s\n", expression, file,
               line, detail.empty() ? "" : ": ", static_cast<int>(detail.size()), detail.data());
  std::abort();
}

}  // namespace kvfoot::detail
