// What a run of a model and a replay of it have in common: chunks, policy, pages.
#pragma once

#include <cstdint>
#include <string>

namespace kvfoot::cli {

class Command;

struct ScheduleOptions {
  std::string chunk = "32768";
  std::string policy = "full";
  std::int64_t block = 16;
  std::string last_prompt_token = "prefill";
};

void add_schedule_flags(Command& command, ScheduleOptions& options);

}  // namespace kvfoot::cli
