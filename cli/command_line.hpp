// The command line as subcommands see it: a layer over CLI11, whose headers cost more to compile
// than a subcommand does. Only command_line.cpp, help.cpp and main.cpp include them. Names and
// meanings are CLI11's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
class Validator;
}  // namespace CLI

namespace kvfoot::cli {

// What a value must be, or how it is read.
class Check {
 public:
  explicit Check(std::shared_ptr<const CLI::Validator> validator);
  [[nodiscard]] const CLI::Validator& validator() const { return *validator_; }

 private:
  std::shared_ptr<const CLI::Validator> validator_;
};

[[nodiscard]] Check in_range(int lowest, int highest);
[[nodiscard]] Check in_range(std::int64_t lowest, std::int64_t highest);
[[nodiscard]] Check in_range(double lowest, double highest);
[[nodiscard]] Check one_of(std::initializer_list<const char*> words);
[[nodiscard]] Check not_negative();
// `rewrite` changes the text, or returns what is wrong with it (nothing: it is right).
[[nodiscard]] Check rewritten(std::function<std::string(std::string&)> rewrite);

class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}
  Option* capture_default_str();
  Option* check(const Check& check);
  Option* delimiter(char between);
  Option* excludes(Option* other);
  Option* required();
  Option* transform(const Check& check);

 private:
  CLI::Option* option_;
};

// The program, one of its subcommands or a group of options. Owns what is added to it; `app`
// outlives it.
class Command {
 public:
  explicit Command(CLI::App& app) : app_(&app) {}
  Command* add_subcommand(const std::string& name, const std::string& description);
  Command* add_option_group(const std::string& name, const std::string& description);

  // `value` gets what is given, and outlives the command. Defined for the types that
  // command_line.cpp lists.
  template <class T>
  Option* add_option(const std::string& name, T& value, const std::string& description);
  Option* add_flag(const std::string& name, bool& value, const std::string& description);

  void callback(std::function<void()> run);
  void footer(const std::string& text);
  void prefix_command();
  void require_option(int count);

  // After parsing.
  [[nodiscard]] std::size_t count(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> remaining() const;

 private:
  Command* own(CLI::App* app);
  Option* own(CLI::Option* option);

  CLI::App* app_;
  std::vector<std::unique_ptr<Command>> commands_;
  std::vector<std::unique_ptr<Option>> options_;
};

}  // namespace kvfoot::cli
