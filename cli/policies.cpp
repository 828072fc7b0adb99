// kvfoot policies: every policy with its parameters, defaults, ranges and paper.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "sim/core/text.hpp"
#include "sim/policy/descriptor.hpp"

namespace kvfoot::cli {
namespace {

std::string range_of(const ParamInfo& param) {
  if (!param.choices.empty()) {
    return std::string(param.choices);
  }
  switch (param.type) {
    case ParamType::kBool:
      return "true|false";
    case ParamType::kFile:
      return "FILE";
    case ParamType::kPolicy:
      return "POLICY";
    case ParamType::kBytes:
      return "BYTES";
    case ParamType::kInt:
    case ParamType::kDecimal:
    case ParamType::kChoice:
      break;
  }
  if (param.min == 0 && param.max == 0) {
    return param.type == ParamType::kInt ? "N" : "X";
  }
  char text[64];
  if (param.max >= 2147483647.0) {
    std::snprintf(text, sizeof text, "%g or more", param.min);
  } else {
    std::snprintf(text, sizeof text, "%g..%g", param.min, param.max);
  }
  return text;
}

void print_policy(const PolicyDescriptor& policy) {
  std::printf("%s\n  %s\n  %s\n", std::string(policy.name).c_str(),
              std::string(policy.summary).c_str(), std::string(policy.paper).c_str());
  if (policy.replay_only) {
    std::printf("  only for replays of a trace that kept everything\n");
  }
  for (const ParamInfo& param : policy.params) {
    std::printf("    %-10s %-16s %-9s %s\n", std::string(param.name).c_str(),
                range_of(param).c_str(),
                param.default_text.empty() ? "-" : std::string(param.default_text).c_str(),
                std::string(param.help).c_str());
  }
  std::printf("\n");
}

int run_names() {
  for (const PolicyDescriptor* policy : builtin_policies()) {
    std::printf("%s\n", std::string(policy->name).c_str());
  }
  return kDone;
}

int run_policies(const std::string& name, bool markdown) {
  std::vector<std::string> names;
  bool found = false;
  if (markdown) {
    std::printf("| policy | parameter | range | default | meaning |\n|---|---|---|---|---|\n");
  }
  for (const PolicyDescriptor* policy : builtin_policies()) {
    names.emplace_back(policy->name);
    if (!name.empty() && name != policy->name) {
      continue;
    }
    found = true;
    if (!markdown) {
      print_policy(*policy);
      continue;
    }
    std::printf("| **%s** | | | | %s (%s) |\n", names.back().c_str(),
                std::string(policy->summary).c_str(), std::string(policy->paper).c_str());
    for (const ParamInfo& param : policy->params) {
      std::string range = range_of(param);
      for (std::size_t at = 0; (at = range.find('|', at)) != std::string::npos; at += 2) {
        range.replace(at, 1, "\\|");
      }
      std::printf("| | `%s` | %s | %s | %s |\n", std::string(param.name).c_str(), range.c_str(),
                  param.default_text.empty() ? "-" : std::string(param.default_text).c_str(),
                  std::string(param.help).c_str());
    }
  }
  if (!found) {
    return fail(Error{"policies", "'" + name + "' is unknown", suggestion(name, names)});
  }
  return kDone;
}

}  // namespace

void add_policies(Command& root, int& exit_code) {
  Command* command = root.add_subcommand(
      "policies", "List the eviction policies with their parameters, defaults, ranges and papers");
  auto name = std::make_shared<std::string>();
  auto markdown = std::make_shared<bool>(false);
  command->add_option("NAME", *name, "Only this policy");
  command->add_flag("--markdown", *markdown, "As a Markdown table");
  auto names = std::make_shared<bool>(false);
  command->add_flag("--names", *names, "Names alone, one per line");
  command->callback(
      [=, &exit_code] { exit_code = *names ? run_names() : run_policies(*name, *markdown); });
}

}  // namespace kvfoot::cli
