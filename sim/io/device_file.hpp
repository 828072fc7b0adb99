// Device descriptions: YAML files, and those that are built in (sim/io/devices).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/device.hpp"
#include "sim/core/result.hpp"

namespace kvfoot {

// Every number is a map of `value`, with its unit, and `source`. A number without a unit, one that
// no device has, a missing, unknown or repeated key and an empty source are errors that say
// "WHERE:LINE". GB/s and GiB/s differ; sizes too.
[[nodiscard]] Result<DeviceModel> parse_device(std::string_view text, std::string_view where);

// The same as a file; a device without a source for a number gets "unknown".
[[nodiscard]] std::string device_to_yaml(const DeviceModel& device);

// What --device-model takes: a built-in name, or a file relative to `base_folder`.
[[nodiscard]] Result<DeviceModel> resolve_device(std::string_view name_or_file,
                                                 const std::filesystem::path& base_folder);

struct BuiltinDevice {
  std::string_view name;
  std::string_view text;  // the YAML file
};
// In the order of the CMake list (generated).
[[nodiscard]] std::vector<BuiltinDevice> builtin_devices();

}  // namespace kvfoot
