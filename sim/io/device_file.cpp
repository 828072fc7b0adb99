// Strict reading of device descriptions.
#include "sim/io/device_file.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <span>
#include <system_error>

#include "sim/core/text.hpp"
#include "sim/io/file.hpp"
#include "sim/io/yaml.hpp"

namespace kvfoot {
namespace {

constexpr std::int64_t kMaxDeviceBytes = 1 << 20;
constexpr std::string_view kVersion = "1";

struct Unit {
  std::string_view name;
  double factor;
};
constexpr double kKi = 1024.0;
constexpr std::array<Unit, 4> kSizes{
    {{"MiB", kKi* kKi}, {"GB", 1e9}, {"GiB", kKi* kKi* kKi}, {"TB", 1e12}}};
constexpr std::array<Unit, 4> kByteRates{
    {{"MB/s", 1e6}, {"GB/s", 1e9}, {"GiB/s", kKi* kKi* kKi}, {"TB/s", 1e12}}};
constexpr std::array<Unit, 3> kFlopRates{{{"GFLOP/s", 1e9}, {"TFLOP/s", 1e12}, {"PFLOP/s", 1e15}}};
constexpr std::array<Unit, 3> kTimes{{{"ns", 1}, {"us", 1e3}, {"ms", 1e6}}};
constexpr std::array<Unit, 1> kShares{{{"", 1}}};

// What a number is, in which units it may be written, and between which bounds any device lies.
struct Field {
  std::string_view name;
  std::span<const Unit> units;
  std::string_view example;
  double low;
  double high;
  void (*set)(DeviceModel&, double);
};

template <auto Member>
void store(DeviceModel& device, double value) {
  using Number = std::remove_cvref_t<decltype(device.*Member)>;
  if constexpr (std::is_same_v<Number, double>) {
    device.*Member = value;
  } else {
    device.*Member = std::llround(value);
  }
}

constexpr double kSizeLow = 64 * kKi * kKi;
constexpr double kSizeHigh = 64e12;
constexpr double kByteRateLow = 1e8;
constexpr double kByteRateHigh = 1e15;
constexpr double kFlopRateLow = 1e9;
constexpr double kFlopRateHigh = 1e17;
constexpr double kTimeHigh = 1e7;

constexpr std::array<Field, 11> kFields{{
    {"memory", kSizes, "80GiB", kSizeLow, kSizeHigh, store<&DeviceModel::memory>},
    {"memory_bandwidth", kByteRates, "3.35TB/s", kByteRateLow, kByteRateHigh,
     store<&DeviceModel::memory_bandwidth>},
    {"memory_achieved", kShares, "0.9", 0.01, 1, store<&DeviceModel::memory_achieved>},
    {"matmul_f32", kFlopRates, "67TFLOP/s", kFlopRateLow, kFlopRateHigh,
     store<&DeviceModel::matmul_f32>},
    {"matmul_f16", kFlopRates, "989TFLOP/s", kFlopRateLow, kFlopRateHigh,
     store<&DeviceModel::matmul_f16>},
    {"matmul_bf16", kFlopRates, "989TFLOP/s", kFlopRateLow, kFlopRateHigh,
     store<&DeviceModel::matmul_bf16>},
    {"matmul_achieved", kShares, "0.8", 0.01, 1, store<&DeviceModel::matmul_achieved>},
    {"attention_achieved", kShares, "0.6", 0.01, 1, store<&DeviceModel::attention_achieved>},
    {"launch", kTimes, "1us", 0, kTimeHigh, store<&DeviceModel::launch_ns>},
    {"copy_bandwidth", kByteRates, "50GB/s", kByteRateLow, kByteRateHigh,
     store<&DeviceModel::copy_bandwidth>},
    {"copy_latency", kTimes, "10us", 0, kTimeHigh, store<&DeviceModel::copy_latency_ns>},
}};

class Reader {
 public:
  explicit Reader(std::string_view where) : where_(where) {}

  Result<DeviceModel> read(const YamlNode& root) {
    if (root.kind != YamlNode::Kind::kMap) {
      return error(root.line, "is " + std::string(root.kind_name()) + ", must be a map",
                   "the first line is 'kvfoot_device: 1'");
    }
    KVFOOT_TRY(known_keys(root));
    KVFOOT_ASSIGN(const std::string version, text(root, "kvfoot_device"));
    if (version != kVersion) {
      return error(root.line, "device description version '" + version + "' is unknown",
                   "this program reads version " + std::string(kVersion));
    }
    DeviceModel device;
    KVFOOT_ASSIGN(device.name, text(root, "name"));
    KVFOOT_ASSIGN(device.title, text(root, "title"));
    for (const Field& field : kFields) {
      KVFOOT_TRY(number(root, field, device));
    }
    return device;
  }

 private:
  [[nodiscard]] Error error(int line, std::string what, std::string hint = "") const {
    return {std::string(where_) + ":" + std::to_string(line), std::move(what), std::move(hint)};
  }

  Status known_keys(const YamlNode& root) const {
    std::vector<std::string> names{"kvfoot_device", "name", "title"};
    for (const Field& field : kFields) {
      names.emplace_back(field.name);
    }
    for (const auto& [key, line] : root.keys) {
      if (std::ranges::find(names, key) == names.end()) {
        return error(line, "'" + key + "' is unknown", suggestion(key, names));
      }
    }
    return {};
  }

  Result<std::string> text(const YamlNode& map, std::string_view key) const {
    const YamlNode* node = map.find(key);
    if (node == nullptr) {
      return error(map.line, "has no '" + std::string(key) + "'");
    }
    if (node->kind != YamlNode::Kind::kScalar || trim(node->text).empty()) {
      return error(node->line, "'" + std::string(key) + "' is empty or no plain text");
    }
    return std::string(trim(node->text));
  }

  Status number(const YamlNode& root, const Field& field, DeviceModel& device) const {
    const std::string name(field.name);
    const std::string form =
        name + ": {value: " + std::string(field.example) + ", source: where it comes from}";
    const YamlNode* node = root.find(field.name);
    if (node == nullptr) {
      return error(root.line, "has no '" + name + "'", "add " + form);
    }
    if (node->kind != YamlNode::Kind::kMap) {
      return error(node->line, "'" + name + "' is " + std::string(node->kind_name()),
                   "write " + form);
    }
    for (const auto& [key, line] : node->keys) {
      if (key != "value" && key != "source") {
        return error(line, "'" + key + "' is unknown in '" + name + "'", "write " + form);
      }
    }
    KVFOOT_ASSIGN(const std::string value, text(*node, "value"));
    KVFOOT_ASSIGN(std::string source, text(*node, "source"));
    const int line = node->find("value")->line;
    KVFOOT_ASSIGN(const double amount, parse_amount(line, field, value));
    if (!(amount >= field.low && amount <= field.high)) {
      return error(line, name + " of " + value + " is not that of any device",
                   "it is compared with " + range(field) + "; is the unit right?");
    }
    field.set(device, amount);
    device.sources.emplace_back(name, std::move(source));
    return {};
  }

  Result<double> parse_amount(int line, const Field& field, const std::string& value) const {
    const std::size_t unit_at = std::min(value.find_first_not_of("0123456789."), value.size());
    const auto amount = parse_double(std::string_view(value).substr(0, unit_at));
    const std::string_view unit = trim(std::string_view(value).substr(unit_at));
    for (const Unit& known : field.units) {
      if (known.name == unit && amount && std::isfinite(*amount)) {
        return *amount * known.factor;
      }
    }
    std::string units;
    for (const Unit& known : field.units) {
      units += (units.empty() ? "" : ", ") + std::string(known.name);
    }
    return error(line,
                 std::string(field.name) + ": '" + value + "' is not a number" +
                     (units.empty() ? "" : " with one of the units " + units),
                 "write for example " + std::string(field.example));
  }

  static std::string range(const Field& field) {
    const Unit& unit = field.units.front();
    return format_double(field.low / unit.factor) + std::string(unit.name) + " to " +
           format_double(field.high / unit.factor) + std::string(unit.name);
  }

  // The shortest text is enough for bounds.
  static std::string format_double(double value) {
    std::array<char, 32> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%g", value);
    return buffer.data();
  }

  std::string_view where_;
};

}  // namespace

Result<DeviceModel> parse_device(std::string_view text, std::string_view where) {
  KVFOOT_ASSIGN(const YamlNode root, parse_yaml(text, where));
  return Reader(where).read(root);
}

Result<DeviceModel> resolve_device(std::string_view name_or_file,
                                   const std::filesystem::path& base_folder) {
  std::vector<std::string> names;
  for (const BuiltinDevice& builtin : builtin_devices()) {
    if (builtin.name == name_or_file) {
      return parse_device(builtin.text, "built-in device " + std::string(builtin.name));
    }
    names.emplace_back(builtin.name);
  }
  const std::filesystem::path path = base_folder / std::filesystem::path(name_or_file);
  std::error_code code;
  const bool looks_like_file = name_or_file.find('/') != std::string_view::npos ||
                               name_or_file.ends_with(".yaml") || name_or_file.ends_with(".yml");
  if (!looks_like_file && !std::filesystem::exists(path, code)) {
    return Error{"device model", "'" + std::string(name_or_file) + "' is not a built-in device",
                 suggestion(name_or_file, names) + " (or give a file)"};
  }
  KVFOOT_ASSIGN(const std::string text, read_file(path, kMaxDeviceBytes));
  return parse_device(text, path.string());
}

}  // namespace kvfoot
