#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <optional>
#include <utility>

namespace kvfoot::cli {
namespace {

Check check_of(CLI::Validator validator) {
  return Check(std::make_shared<const CLI::Validator>(std::move(validator)));
}

}  // namespace

Check::Check(std::shared_ptr<const CLI::Validator> validator) : validator_(std::move(validator)) {}

Check in_range(int lowest, int highest) { return check_of(CLI::Range(lowest, highest)); }
Check in_range(std::int64_t lowest, std::int64_t highest) {
  return check_of(CLI::Range(lowest, highest));
}
Check in_range(double lowest, double highest) { return check_of(CLI::Range(lowest, highest)); }
Check one_of(std::initializer_list<const char*> words) { return check_of(CLI::IsMember(words)); }
Check not_negative() { return check_of(CLI::NonNegativeNumber); }
Check rewritten(std::function<std::string(std::string&)> rewrite) {
  return check_of(CLI::Validator(std::move(rewrite), ""));
}

Option* Option::capture_default_str() {
  option_->capture_default_str();
  return this;
}

Option* Option::check(const Check& check) {
  option_->check(check.validator());
  return this;
}

Option* Option::delimiter(char between) {
  option_->delimiter(between);
  return this;
}

Option* Option::excludes(Option* other) {
  option_->excludes(other->option_);
  return this;
}

Option* Option::required() {
  option_->required();
  return this;
}

Option* Option::transform(const Check& check) {
  option_->transform(check.validator());
  return this;
}

Command* Command::own(CLI::App* app) {
  return commands_.emplace_back(std::make_unique<Command>(*app)).get();
}

Option* Command::own(CLI::Option* option) {
  return options_.emplace_back(std::make_unique<Option>(option)).get();
}

Command* Command::add_subcommand(const std::string& name, const std::string& description) {
  return own(app_->add_subcommand(name, description));
}

Command* Command::add_option_group(const std::string& name, const std::string& description) {
  return own(app_->add_option_group(name, description));
}

template <class T>
Option* Command::add_option(const std::string& name, T& value, const std::string& description) {
  return own(app_->add_option(name, value, description));
}

#define KVFOOT_OPTION_OF(...)                                                         \
  template Option* Command::add_option<__VA_ARGS__>(const std::string&, __VA_ARGS__&, \
                                                    const std::string&)
KVFOOT_OPTION_OF(std::string);
KVFOOT_OPTION_OF(int);
KVFOOT_OPTION_OF(std::int64_t);
KVFOOT_OPTION_OF(std::uint64_t);
KVFOOT_OPTION_OF(double);
KVFOOT_OPTION_OF(std::optional<std::int64_t>);
KVFOOT_OPTION_OF(std::optional<std::uint64_t>);
KVFOOT_OPTION_OF(std::optional<double>);
KVFOOT_OPTION_OF(std::vector<std::string>);
KVFOOT_OPTION_OF(std::vector<std::int64_t>);
#undef KVFOOT_OPTION_OF

Option* Command::add_flag(const std::string& name, bool& value, const std::string& description) {
  return own(app_->add_flag(name, value, description));
}

void Command::callback(std::function<void()> run) { app_->callback(std::move(run)); }
void Command::footer(const std::string& text) { app_->footer(text); }
void Command::prefix_command() { app_->prefix_command(); }
void Command::require_option(int count) { app_->require_option(count); }

std::size_t Command::count(const std::string& name) const { return app_->count(name); }
std::vector<std::string> Command::remaining() const { return app_->remaining(); }

}  // namespace kvfoot::cli
