// A broken internal contract ends the program with its values, in release builds too.
#pragma once

#include <cstdint>
#include <string_view>

namespace kvfoot::detail {
[[noreturn]] void check_failed(const char* expression, const char* file, int line,
                               std::string_view detail);
}  // namespace kvfoot::detail

// For bugs of ours only. Bad input is a Result<T> (result.hpp).
#define KVFOOT_CHECK(condition, ...)                                 \
  do {                                                               \
    if (!(condition)) [[unlikely]] {                                 \
      ::kvfoot::detail::check_failed(#condition, __FILE__, __LINE__, \
                                     std::string_view{__VA_ARGS__}); \
    }                                                                \
  } while (false)
