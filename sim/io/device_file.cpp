// Strict reading of device descriptions.
#include "sim/io/device_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
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
constexpr const char* kExecutor = "executor";
constexpr const char* kThreads = "threads";
constexpr std::int64_t kMaxThreads = 1024;

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
  double (*get)(const DeviceModel&);
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

template <auto Member>
double fetch(const DeviceModel& device) {
  return static_cast<double>(device.*Member);
}

constexpr double kSizeLow = 64 * kKi * kKi;
constexpr double kSizeHigh = 64e12;
constexpr double kByteRateLow = 1e8;
constexpr double kByteRateHigh = 1e15;
constexpr double kFlopRateLow = 1e9;
constexpr double kFlopRateHigh = 1e17;
constexpr double kTimeHigh = 1e7;

constexpr std::array<Field, 11> kFields{{
    {"memory", kSizes, "80GiB", kSizeLow, kSizeHigh, store<&DeviceModel::memory>,
     fetch<&DeviceModel::memory>},
    {"memory_bandwidth", kByteRates, "3.35TB/s", kByteRateLow, kByteRateHigh,
     store<&DeviceModel::memory_bandwidth>, fetch<&DeviceModel::memory_bandwidth>},
    {"memory_achieved", kShares, "0.9", 0.01, 1, store<&DeviceModel::memory_achieved>,
     fetch<&DeviceModel::memory_achieved>},
    {"matmul_f32", kFlopRates, "67TFLOP/s", kFlopRateLow, kFlopRateHigh,
     store<&DeviceModel::matmul_f32>, fetch<&DeviceModel::matmul_f32>},
    {"matmul_f16", kFlopRates, "989TFLOP/s", kFlopRateLow, kFlopRateHigh,
     store<&DeviceModel::matmul_f16>, fetch<&DeviceModel::matmul_f16>},
    {"matmul_bf16", kFlopRates, "989TFLOP/s", kFlopRateLow, kFlopRateHigh,
     store<&DeviceModel::matmul_bf16>, fetch<&DeviceModel::matmul_bf16>},
    {"matmul_achieved", kShares, "0.8", 0.01, 1, store<&DeviceModel::matmul_achieved>,
     fetch<&DeviceModel::matmul_achieved>},
    {"attention_achieved", kShares, "0.6", 0.01, 1, store<&DeviceModel::attention_achieved>,
     fetch<&DeviceModel::attention_achieved>},
    {"launch", kTimes, "1us", 0, kTimeHigh, store<&DeviceModel::launch_ns>,
     fetch<&DeviceModel::launch_ns>},
    {"copy_bandwidth", kByteRates, "50GB/s", kByteRateLow, kByteRateHigh,
     store<&DeviceModel::copy_bandwidth>, fetch<&DeviceModel::copy_bandwidth>},
    {"copy_latency", kTimes, "10us", 0, kTimeHigh, store<&DeviceModel::copy_latency_ns>,
     fetch<&DeviceModel::copy_latency_ns>},
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
    KVFOOT_TRY(executor(root, device));
    return device;
  }

 private:
  [[nodiscard]] Error error(int line, std::string what, std::string hint = "") const {
    return {std::string(where_) + ":" + std::to_string(line), std::move(what), std::move(hint)};
  }

  Status known_keys(const YamlNode& root) const {
    std::vector<std::string> names{"kvfoot_device", "name", "title", kExecutor, kThreads};
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

  // A number or a word with its source.
  struct Sourced {
    std::string value, source;
    int line = 0;  // of the value
  };

  Result<Sourced> sourced(const YamlNode& root, const std::string& name,
                          std::string_view example) const {
    const std::string form =
        name + ": {value: " + std::string(example) + ", source: where it comes from}";
    const YamlNode* node = root.find(name);
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
    Sourced read;
    KVFOOT_ASSIGN(read.value, text(*node, "value"));
    KVFOOT_ASSIGN(read.source, text(*node, "source"));
    read.line = node->find("value")->line;
    return read;
  }

  Status number(const YamlNode& root, const Field& field, DeviceModel& device) const {
    const std::string name(field.name);
    KVFOOT_ASSIGN(Sourced read, sourced(root, name, field.example));
    KVFOOT_ASSIGN(const double amount, parse_amount(read.line, field, read.value));
    if (!(amount >= field.low && amount <= field.high)) {
      return error(read.line, name + " of " + read.value + " is not that of any device",
                   "it is compared with " + range(field) + "; is the unit right?");
    }
    field.set(device, amount);
    device.sources.emplace_back(name, std::move(read.source));
    return {};
  }

  // Optional, both or none.
  Status executor(const YamlNode& root, DeviceModel& device) const {
    if (root.find(kExecutor) == nullptr && root.find(kThreads) == nullptr) {
      return {};
    }
    KVFOOT_ASSIGN(Sourced kind, sourced(root, kExecutor, "cpu"));
    if (kind.value != "cpu") {
      return error(kind.line, "executor '" + kind.value + "' is unknown",
                   "write cpu, or leave executor and threads out for fused kernels");
    }
    KVFOOT_ASSIGN(Sourced count, sourced(root, kThreads, "8"));
    const auto threads = parse_int(count.value);
    if (!threads || *threads < 1 || *threads > kMaxThreads) {
      return error(count.line, "'" + count.value + "' is not a number of threads",
                   "write 1 to " + std::to_string(kMaxThreads));
    }
    device.cpu = CpuExecution{.threads = static_cast<std::int32_t>(*threads)};
    device.sources.emplace_back(kExecutor, std::move(kind.source));
    device.sources.emplace_back(kThreads, std::move(count.source));
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

// The unit in which the number is shortest and reads back exactly, else as nearly as it can.
std::string amount_text(const Field& field, double value) {
  std::string best;
  double best_error = 0;
  for (const Unit& unit : field.units) {
    const double amount = value / unit.factor;
    std::array<char, 64> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), amount,
                                   std::chars_format::fixed);
    const std::string text = std::string(buffer.data(), end.ptr) + std::string(unit.name);
    const double error = std::abs(amount * unit.factor - value);
    if (end.ec == std::errc() && (best.empty() || error < best_error ||
                                  (error == best_error && text.size() < best.size()))) {
      best = text;
      best_error = error;
    }
  }
  return best;
}

}  // namespace

std::string device_to_yaml(const DeviceModel& device) {
  const auto source_of = [&](std::string_view name) {
    const auto found = std::ranges::find(
        device.sources, name, [](const auto& source) { return std::string_view(source.first); });
    return found == device.sources.end() ? std::string("unknown") : found->second;
  };
  std::string text = "kvfoot_device: " + std::string(kVersion) +
                     "\nname: " + double_quoted(device.name) +
                     "\ntitle: " + double_quoted(device.title) + "\n";
  const auto put = [&](std::string_view name, const std::string& value) {
    text += std::string(name) + ":\n  value: " + value +
            "\n  source: " + double_quoted(source_of(name)) + "\n";
  };
  for (const Field& field : kFields) {
    put(field.name, amount_text(field, field.get(device)));
  }
  if (device.cpu) {
    put(kExecutor, "cpu");
    put(kThreads, std::to_string(device.cpu->threads));
  }
  return text;
}

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
  KVFOOT_ASSIGN(const std::string text, read_regular_file(path, kMaxDeviceBytes));
  return parse_device(text, path.string());
}

}  // namespace kvfoot
