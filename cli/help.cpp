// CLI11's help with less machinery in it.
#include "cli/help.hpp"

#include <CLI/CLI.hpp>
#include <string>

namespace kvfoot::cli {
namespace {

constexpr std::size_t kColumn = 34;

// "INT:INT in [0 - 1024]", "TEXT:{auto,cpu}", "UINT": CLI11's type and the check on it.
std::string value_name(const std::string& type) {
  const std::size_t colon = type.find(':');
  const std::string kind = type.substr(0, colon);
  if (colon != std::string::npos && type[colon + 1] == '{') {
    return type.substr(colon + 1);
  }
  if (kind == "INT" || kind == "UINT") {
    return "N";
  }
  return kind == "FLOAT" ? "X" : kind;
}

class HelpFormatter final : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(kColumn); }

  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_type_size() == 0) {
      return "";
    }
    const bool list = option->get_expected_max() == CLI::detail::expected_max_vector_size;
    return " " + value_name(option->get_type_name()) + (list ? " ..." : "");
  }

  std::string make_option_desc(const CLI::Option* option) const override {
    std::string text = option->get_description();
    if (option->get_required()) {
      text += " (required)";
    } else if (option->get_type_size() != 0 && !option->get_default_str().empty()) {
      text += " (default: " + option->get_default_str() + ")";
    }
    return text;
  }

  // An option group: its description is a sentence about the options.
  std::string make_expanded(const CLI::App* group) const override {
    if (!group->get_name().empty()) {
      return Formatter::make_expanded(group);
    }
    std::string text = "\n" + group->get_description() + ":\n";
    for (const CLI::Option* option : group->get_options()) {
      if (option != group->get_help_ptr()) {
        text += make_option(option, false);
      }
    }
    return text;
  }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_formatter() { return std::make_shared<HelpFormatter>(); }

}  // namespace kvfoot::cli
