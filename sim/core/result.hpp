// Errors as values: libraries return Result<T>; only cli/ prints and exits.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "sim/core/check.hpp"

namespace kvfoot {

// Whose fault it is decides the exit code (docs/cli.md).
enum class ErrorKind : int {
  kBadInput = 2,     // a file, a flag or a combination of them cannot be used
  kEnvironment = 3,  // disk full, out of memory, no device
  kInterrupted = 130,
};

// Printed as "error: WHERE: WHAT; HINT". `where` names the file and the place in it, `hint` says
// what to do and may be empty.
struct Error {
  std::string where;
  std::string what;
  std::string hint{};
  ErrorKind kind = ErrorKind::kBadInput;

  [[nodiscard]] std::string message() const {
    std::string text = where;
    if (!text.empty()) {
      text += ": ";
    }
    text += what;
    if (!hint.empty()) {
      text += "; " + hint;
    }
    return text;
  }
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT implicit on purpose
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT implicit on purpose

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    KVFOOT_CHECK(ok(), error().message());
    return std::get<0>(state_);
  }
  const T& value() const& {
    KVFOOT_CHECK(ok(), error().message());
    return std::get<0>(state_);
  }
  T&& value() && {
    KVFOOT_CHECK(ok(), error().message());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

// Success or an error, without a value.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT implicit on purpose

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace kvfoot

// Returns the error of `expression` (a Status or Result) from the enclosing function, if it has
// one.
#define KVFOOT_TRY(expression)                           \
  do {                                                   \
    if (auto kvfoot_try_ = (expression); !kvfoot_try_) { \
      return std::move(kvfoot_try_).error();             \
    }                                                    \
  } while (false)

#define KVFOOT_CONCAT_INNER(a, b) a##b
#define KVFOOT_CONCAT(a, b) KVFOOT_CONCAT_INNER(a, b)
// KVFOOT_ASSIGN(auto x, f()): declares x from a Result<T>, or returns its error.
#define KVFOOT_ASSIGN(declaration, expression)                         \
  auto KVFOOT_CONCAT(kvfoot_result_, __LINE__) = (expression);         \
  if (!KVFOOT_CONCAT(kvfoot_result_, __LINE__)) {                      \
    return std::move(KVFOOT_CONCAT(kvfoot_result_, __LINE__)).error(); \
  }                                                                    \
  declaration = std::move(KVFOOT_CONCAT(kvfoot_result_, __LINE__)).value()
