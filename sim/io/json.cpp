// JSON reading through nlohmann's SAX parser, so that depth and repeated keys are ours to check.
#include "sim/io/json.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

namespace kvfoot {
namespace {

class Builder {
 public:
  using number_integer_t = std::int64_t;
  using number_unsigned_t = std::uint64_t;
  using number_float_t = double;
  using string_t = std::string;
  using binary_t = nlohmann::json::binary_t;

  bool null() { return add(JsonValue()); }
  bool boolean(bool value) { return add(JsonValue(value)); }
  bool number_integer(std::int64_t value) { return add(JsonValue(value)); }
  bool number_unsigned(std::uint64_t value) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return refuse("number " + std::to_string(value) + " does not fit into 64 bits");
    }
    return add(JsonValue(static_cast<std::int64_t>(value)));
  }
  bool number_float(double value, const std::string& text) {
    // An integer beyond 64 bits arrives here; rounding it silently would be a guess.
    if (text.find_first_of(".eE") == std::string::npos) {
      return refuse("number " + text + " does not fit into 64 bits");
    }
    return add(JsonValue(value));
  }
  bool string(std::string& value) { return add(JsonValue(std::move(value))); }
  bool binary(binary_t& /*value*/) { return refuse("binary value"); }

  bool start_object(std::size_t /*size*/) { return open(Frame{true, {}, {}, {}}); }
  bool start_array(std::size_t /*size*/) { return open(Frame{false, {}, {}, {}}); }
  bool key(std::string& name) {
    Frame& frame = frames_.back();
    const auto known = std::ranges::find(frame.object, name, &JsonValue::Object::value_type::first);
    if (known != frame.object.end()) {
      return refuse("key \"" + name + "\" is given twice");
    }
    frame.key = std::move(name);
    return true;
  }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) {
    error_ = error.what();
    error_at_ = position;
    return false;
  }

  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] std::optional<std::size_t> error_at() const { return error_at_; }
  JsonValue take() { return std::move(root_); }

 private:
  struct Frame {
    bool is_object;
    JsonValue::Object object;
    JsonValue::Array array;
    std::string key;
  };

  bool refuse(std::string what) {
    error_ = std::move(what);
    return false;
  }
  bool open(Frame frame) {
    if (frames_.size() >= kMaxJsonDepth) {
      return refuse("more than " + std::to_string(kMaxJsonDepth) + " levels");
    }
    frames_.push_back(std::move(frame));
    return true;
  }
  bool close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    return frame.is_object ? add(JsonValue(std::move(frame.object)))
                           : add(JsonValue(std::move(frame.array)));
  }
  bool add(JsonValue value) {
    if (frames_.empty()) {
      root_ = std::move(value);
    } else if (frames_.back().is_object) {
      frames_.back().object.emplace_back(std::move(frames_.back().key), std::move(value));
    } else {
      frames_.back().array.push_back(std::move(value));
    }
    return true;
  }

  std::vector<Frame> frames_;
  JsonValue root_;
  std::string error_;
  std::optional<std::size_t> error_at_;
};

std::string line_and_column(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line = 1 + std::ranges::count(before, '\n');
  const std::size_t newline = before.rfind('\n');
  const std::size_t column =
      newline == std::string_view::npos ? before.size() : before.size() - newline - 1;
  return std::to_string(line) + ":" + std::to_string(std::max<std::size_t>(column, 1));
}

// nlohmann writes "[json.exception.parse_error.101] parse error at line 1, column 2: syntax ...";
// people need what comes after the place.
std::string plain_reason(const std::string& what) {
  std::size_t at = what.find("column ");
  at = at == std::string::npos ? what.find("] ") : what.find(": ", at);
  return at == std::string::npos ? what : what.substr(at + 2);
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view key) const {
  const auto* object = get_if<Object>();
  if (object == nullptr) {
    return nullptr;
  }
  const auto found = std::ranges::find(*object, key, &Object::value_type::first);
  return found == object->end() ? nullptr : &found->second;
}

std::string_view JsonValue::kind() const {
  constexpr std::string_view kNames[] = {"null",     "a boolean", "an integer", "a number",
                                         "a string", "an array",  "an object"};
  return kNames[state_.index()];
}

Result<JsonValue> parse_json(std::string_view text, std::string_view where) {
  Builder builder;
  if (nlohmann::json::sax_parse(text, &builder)) {
    return builder.take();
  }
  std::string place(where);
  if (builder.error_at()) {
    return Error{place + ":" + line_and_column(text, *builder.error_at()),
                 "not valid JSON: " + plain_reason(builder.error())};
  }
  return Error{place, builder.error()};
}

}  // namespace kvfoot
