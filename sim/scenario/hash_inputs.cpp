// The hash of a scenario: every point, and the contents of the files that points name.
#include <algorithm>
#include <map>
#include <string>

#include "sim/io/content_hash.hpp"
#include "sim/io/device_file.hpp"
#include "sim/scenario/parts.hpp"

namespace kvfoot {
namespace {

// Contents of the files that a policy, or a policy inside it, names. One that cannot be read is
// left to the run, which says so.
void note_files(const PolicySpec& spec, const ScenarioContext& context,
                std::map<std::string, std::string>& hashes) {
  for (const ParamInfo& info : find_policy(spec.name)->params) {
    const std::string* value = spec.find(info.name);
    if (value == nullptr) {
      continue;
    }
    if (info.type == ParamType::kPolicy) {
      if (const auto inner = parse_policy(*value)) {
        note_files(*inner, context, hashes);
      }
    } else if (info.type == ParamType::kFile && !hashes.contains(*value)) {
      const auto text = context.read_file(*value);
      hashes[*value] = text ? content_hash(*text) : "unreadable";
    }
  }
}

// The contents of a device description, unless it is built in.
void note_device(const std::string& name, const ScenarioContext& context,
                 std::map<std::string, std::string>& hashes) {
  if (name.empty() || hashes.contains(name)) {
    return;
  }
  const auto builtins = builtin_devices();
  if (std::ranges::find(builtins, name, &BuiltinDevice::name) == builtins.end()) {
    const auto text = context.read_file(name);
    hashes[name] = text ? content_hash(*text) : "unreadable";
  }
}

}  // namespace

std::string hash_inputs(const Scenario& scenario, const ScenarioContext& context) {
  std::string canonical = "kvfoot scenario " + std::string(kScenarioVersion) +
                          (scenario.retained_mass ? "" : " without retained mass") + "\n";
  std::map<std::string, std::string> files;
  for (const ScenarioPoint& point : scenario.points) {
    canonical += canonical_text(point) + "\n";
    note_files(point.policy, context, files);
    note_device(point.device_model, context, files);
  }
  for (const auto& [path, hash] : files) {
    canonical += "file " + path + " " + hash + "\n";
  }
  return content_hash(canonical);
}

}  // namespace kvfoot
