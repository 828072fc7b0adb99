// JSON values, read strictly and written the same way every time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sim/core/result.hpp"

namespace kvfoot {

// A parsed or built value. Objects keep the order in which members were added.
class JsonValue {
 public:
  using Array = std::vector<JsonValue>;
  using Object = std::vector<std::pair<std::string, JsonValue>>;
  using State =
      std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object>;

  JsonValue() : state_(nullptr) {}
  JsonValue(bool value) : state_(value) {}                           // NOLINT implicit on purpose
  JsonValue(std::int64_t value) : state_(value) {}                   // NOLINT implicit on purpose
  JsonValue(double value) : state_(value) {}                         // NOLINT implicit on purpose
  JsonValue(std::string value) : state_(std::move(value)) {}         // NOLINT implicit on purpose
  JsonValue(std::string_view value) : state_(std::string(value)) {}  // NOLINT implicit on purpose
  JsonValue(const char* value) : state_(std::string(value)) {}       // NOLINT implicit on purpose
  JsonValue(Array value) : state_(std::move(value)) {}               // NOLINT implicit on purpose
  JsonValue(Object value) : state_(std::move(value)) {}              // NOLINT implicit on purpose

  template <class T>
  [[nodiscard]] const T* get_if() const {
    return std::get_if<T>(&state_);
  }
  [[nodiscard]] bool is_null() const { return state_.index() == 0; }
  // Member of an object; null when this is no object or has no such member.
  [[nodiscard]] const JsonValue* find(std::string_view key) const;
  [[nodiscard]] const State& state() const { return state_; }
  // "a string", "an object", ... for error messages.
  [[nodiscard]] std::string_view kind() const;
  friend bool operator==(const JsonValue&, const JsonValue&) = default;

 private:
  State state_;
};

constexpr int kMaxJsonDepth = 64;

// Strict JSON (no comments, no trailing text, no repeated keys, at most kMaxJsonDepth levels,
// integers within 64 bits). `where` names the source in errors, which add line and column.
[[nodiscard]] Result<JsonValue> parse_json(std::string_view text, std::string_view where);

enum class JsonLayout : std::uint8_t { kOneLine, kIndented };

// Shortest numbers that read back to the same value; a double always has a point or an exponent.
// Numbers must be finite (broken contract otherwise): what is unknown is absent. Text that is not
// UTF-8 gets replacement characters. No newline at the end.
[[nodiscard]] std::string write_json(const JsonValue& value, JsonLayout layout);

// The shortest text that reads back to the same double: "0.1", "1.0", "1e+20". Finite values only.
[[nodiscard]] std::string format_double(double value);

}  // namespace kvfoot
