// kvfoot: one program, one subcommand per job.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/help.hpp"
#include "cli/version.hpp"
#include "sim/core/heap.hpp"
#include "sim/core/text.hpp"

namespace {

using namespace kvfoot;

// The first flag that the command does not have, and a near one.
std::optional<std::pair<std::string, std::string>> unknown_flag(const CLI::App& command, int argc,
                                                                char** argv) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  for (int i = 2; i < argc; ++i) {
    const std::string word(argv[i]);
    if (word == "--") {
      break;
    }
    const std::string flag = word.substr(0, word.find('='));
    if (flag.starts_with("--") && std::ranges::find(names, flag) == names.end()) {
      return std::pair(flag, suggestion(flag, names));
    }
  }
  return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  keep_large_buffers();
  cli::install_interrupt_handler();
  CLI::App app{
      "kvfoot: how much KV-cache memory an eviction schedule needs, for how long, and what the\n"
      "attention loses. Start with: kvfoot policies, kvfoot replay --help"};
  app.name("kvfoot");
  app.set_version_flag("--version", std::string(cli::kVersionText));
  app.require_subcommand(0, 1);
  app.formatter(cli::help_formatter());
  cli::Command root(app);
  int exit_code = cli::kDone;
  cli::add_gui(root, exit_code);
  cli::add_generate(root, exit_code);
  cli::add_record(root, exit_code);
  cli::add_replay(root, exit_code);
  cli::add_sweep(root, exit_code);
  cli::add_fit(root, exit_code);
  cli::add_merge(root, exit_code);
  cli::add_validate(root, exit_code);
  cli::add_calibrate(root, exit_code);
  cli::add_compare(root, exit_code);
  cli::add_plot(root, exit_code);
  cli::add_report(root, exit_code);
  cli::add_inspect(root, exit_code);
  cli::add_policies(root, exit_code);
  cli::add_devices(root, exit_code);
  cli::add_make_model(root, exit_code);
  cli::add_make_trace(root, exit_code);
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) {
    names.push_back(command->get_name());
  }
  if (argc > 1 && argv[1][0] != '-' &&
      std::find(names.begin(), names.end(), argv[1]) == names.end()) {
    return cli::fail(Error{"kvfoot", "'" + std::string(argv[1]) + "' is not a command",
                           suggestion(argv[1], names)});
  }
  if (argc == 1) {
    std::fputs(app.help().c_str(), stdout);
    return cli::kDone;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    const auto chosen = app.get_subcommands();
    const std::string where = chosen.empty() ? "kvfoot" : "kvfoot " + chosen.front()->get_name();
    // A mistyped flag leaves its value behind, and the parser then speaks of that.
    if (!chosen.empty()) {
      if (const auto wrong = unknown_flag(*chosen.front(), argc, argv)) {
        return cli::fail(Error{where, "has no flag " + wrong->first, wrong->second});
      }
    }
    return cli::fail(Error{where, error.what(), "see '" + where + " --help'"});
  } catch (const std::bad_alloc&) {
    return cli::fail(Error{"kvfoot", "out of memory", "", ErrorKind::kEnvironment});
  } catch (const std::length_error&) {  // more than any machine has
    return cli::fail(Error{"kvfoot", "out of memory", "", ErrorKind::kEnvironment});
  }
  return exit_code;
}
