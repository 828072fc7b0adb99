// kvfoot devices: the device descriptions that are built in, or a check of one's own.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "executor/cuda/cuda_backend.hpp"
#include "sim/core/text.hpp"
#include "sim/io/device_file.hpp"
#include "sim/report/machine.hpp"
#include "sim/report/table.hpp"
#include "sim/report/units.hpp"

namespace kvfoot::cli {
namespace {

// Decimal, as data sheets write rates: "3.35 TB/s of which 90 %".
std::string rate(double per_second, double achieved, const char* unit) {
  const bool tera = per_second >= 1e12;
  return format_fixed(per_second / (tera ? 1e12 : 1e9), tera ? 2 : 0) + (tera ? " T" : " G") +
         unit + "/s x " + format_fixed(100 * achieved, 0) + " %";
}

Table devices_table(const std::vector<DeviceModel>& devices) {
  Table table;
  table.columns = {{"name", false},     {"memory", true}, {"bandwidth", true}, {"bf16", true},
                   {"attention", true}, {"launch", true}, {"device", false}};
  for (const DeviceModel& device : devices) {
    table.rows.push_back({device.name, format_bytes(device.memory),
                          rate(device.memory_bandwidth, device.memory_achieved, "B"),
                          rate(device.matmul_bf16, device.matmul_achieved, "FLOP"),
                          format_fixed(100 * device.attention_achieved, 0) + " %",
                          std::to_string(device.launch_ns) + " ns", device.title});
  }
  return table;
}

// What --device can choose on this machine.
Table here_table() {
  Table table;
  table.columns = {{"--device", false}, {"memory", true}, {"usable", false}, {"what", false}};
  table.rows.push_back({"cpu", "", "yes", machine_description()});
  const CudaStatus cuda = cuda_status();
  for (const CudaCard& card : cuda.cards) {
    table.rows.push_back({"cuda", format_bytes(card.memory_bytes),
                          card.unusable.empty() ? "yes" : "no",
                          card.name + (card.unusable.empty() ? "" : ": " + card.unusable)});
  }
  if (cuda.state != CudaStatus::State::kUsable) {
    table.rows.push_back({"cuda", "", "no", cuda.why.message()});
  }
  return table;
}

Status run_devices(const std::string& name, bool names, bool here) {
  if (here) {
    std::fputs(table_to_text(here_table()).c_str(), stdout);
    return {};
  }
  std::vector<DeviceModel> devices;
  for (const BuiltinDevice& builtin : builtin_devices()) {
    if (names) {
      std::printf("%s\n", std::string(builtin.name).c_str());
    } else if (builtin.name == name) {
      std::fputs(std::string(builtin.text).c_str(), stdout);
      return {};
    } else if (name.empty()) {
      KVFOOT_ASSIGN(devices.emplace_back(), resolve_device(builtin.name, "."));
    }
  }
  if (names) {
    return {};
  }
  if (!name.empty()) {
    KVFOOT_ASSIGN(devices.emplace_back(), resolve_device(name, "."));
  }
  std::fputs(table_to_text(devices_table(devices)).c_str(), stdout);
  return {};
}

}  // namespace

void add_devices(Command& root, int& exit_code) {
  Command* command = root.add_subcommand(
      "devices", "List the devices that runs can be timed on, or check a description");
  auto name = std::make_shared<std::string>();
  auto names = std::make_shared<bool>(false);
  auto here = std::make_shared<bool>(false);
  command->add_option("NAME|FILE", *name,
                      "Print a built-in description with its sources, or check a file");
  command->add_flag("--names", *names, "Names alone, one per line");
  command->add_flag("--here", *here, "What can compute on this machine, for --device");
  command->callback([=, &exit_code] {
    const Status status = run_devices(*name, *names, *here);
    exit_code = status ? kDone : fail(status.error());
  });
}

}  // namespace kvfoot::cli
