// JSON writing: one layout, one way to write each number.
#include <array>
#include <charconv>
#include <cmath>

#include "sim/io/json.hpp"
#include "sim/io/utf8.hpp"

namespace kvfoot {
namespace {

// ASCII that stands for itself.
bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

void write_text(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain])) {
      ++plain;
    }
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) {
      break;
    }
    const std::size_t length = utf8_length(text);
    const auto c = static_cast<unsigned char>(text.front());
    if (length == 0) {
      out += "\xEF\xBF\xBD";  // U+FFFD
      text.remove_prefix(1);
      continue;
    }
    if (c == '"' || c == '\\') {
      out += '\\';
      out += text.front();
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c < 0x20) {
      out += "\\u00";
      out += kHex[c >> 4U];
      out += kHex[c & 15U];
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  out += '"';
}

class Writer {
 public:
  explicit Writer(JsonLayout layout) : indented_(layout == JsonLayout::kIndented) {}

  void write(const JsonValue& value, std::size_t depth) {
    std::visit([&](const auto& held) { put(held, depth); }, value.state());
  }
  std::string take() { return std::move(out_); }

 private:
  void put(std::nullptr_t /*null*/, std::size_t /*depth*/) { out_ += "null"; }
  void put(bool value, std::size_t /*depth*/) { out_ += value ? "true" : "false"; }
  void put(std::int64_t value, std::size_t /*depth*/) { out_ += std::to_string(value); }
  void put(double value, std::size_t /*depth*/) { out_ += format_double(value); }
  void put(const std::string& value, std::size_t /*depth*/) { write_text(out_, value); }
  void put(const JsonValue::Array& array, std::size_t depth) {
    out_ += '[';
    for (std::size_t i = 0; i < array.size(); ++i) {
      begin_item(i, depth);
      write(array[i], depth + 1);
    }
    end_items(array.empty(), depth);
    out_ += ']';
  }
  void put(const JsonValue::Object& object, std::size_t depth) {
    out_ += '{';
    for (std::size_t i = 0; i < object.size(); ++i) {
      begin_item(i, depth);
      write_text(out_, object[i].first);
      out_ += ": ";
      write(object[i].second, depth + 1);
    }
    end_items(object.empty(), depth);
    out_ += '}';
  }
  void begin_item(std::size_t i, std::size_t depth) {
    if (i > 0) {
      out_ += indented_ ? "," : ", ";
    }
    if (indented_) {
      out_ += '\n';
      out_.append(2 * (depth + 1), ' ');
    }
  }
  void end_items(bool empty, std::size_t depth) {
    if (indented_ && !empty) {
      out_ += '\n';
      out_.append(2 * depth, ' ');
    }
  }

  bool indented_;
  std::string out_;
};

}  // namespace

std::string format_double(double value) {
  KVFOOT_CHECK(std::isfinite(value), "a number that is not finite cannot be written");
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  KVFOOT_CHECK(error == std::errc{});
  std::string text(buffer.data(), end);
  if (text.find_first_of(".e") == std::string::npos) {
    text += ".0";
  }
  return text;
}

std::string write_json(const JsonValue& value, JsonLayout layout) {
  Writer writer(layout);
  writer.write(value, 0);
  return writer.take();
}

}  // namespace kvfoot
