// Flags of a schedule.
#include "cli/schedule_options.hpp"

#include "cli/command_line.hpp"
#include "cli/tokens.hpp"

namespace kvfoot::cli {

void add_schedule_flags(Command& command, ScheduleOptions& options) {
  command.add_option("--chunk", options.chunk, "Prefill chunk in tokens, e.g. 32K, or all")
      ->capture_default_str();
  command.add_option("--policy", options.policy, "name:key=value,... (see kvfoot policies)")
      ->capture_default_str();
  command.add_option("--block-size", options.block, "Entries per KV page")
      ->transform(tokens())
      ->check(in_range(1, 4096))
      ->capture_default_str();
  command
      .add_option("--last-prompt-token", options.last_prompt_token,
                  "Whether the last prompt token is prefilled or is the first decode row")
      ->check(one_of({"prefill", "decode"}))
      ->capture_default_str();
}

}  // namespace kvfoot::cli
