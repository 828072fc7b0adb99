// Device descriptions: the built-in ones, and what is refused.
#include "sim/io/device_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace kvfoot {
namespace {

using testing::HasSubstr;

std::string sound_text() { return std::string(builtin_devices().front().text); }

// The h100-sxm file with one piece of text replaced.
Result<DeviceModel> with(const std::string& from, const std::string& to) {
  std::string text = sound_text();
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  return parse_device(text, "d.yaml");
}

TEST(DeviceFile, BuiltinsParseAndNameThemselves) {
  std::set<std::string> names;
  for (const BuiltinDevice& builtin : builtin_devices()) {
    const auto device = resolve_device(builtin.name, ".");
    ASSERT_TRUE(device.ok()) << device.error().message();
    EXPECT_EQ(device->name, builtin.name);
    EXPECT_EQ(device->sources.size(), device->cpu ? 13U : 11U);
    EXPECT_EQ(device->cpu.has_value(), device->name.ends_with("cpu"));
    for (const auto& [number, source] : device->sources) {
      EXPECT_FALSE(source.empty()) << builtin.name << " " << number;
    }
    names.insert(device->name);
  }
  EXPECT_EQ(names, (std::set<std::string>{"h100-sxm", "h200", "a100-80g", "l40s", "rtx-4090",
                                          "laptop-cpu"}));
}

TEST(DeviceFile, NumbersAndUnits) {
  const auto device = parse_device(sound_text(), "d.yaml");
  ASSERT_TRUE(device.ok());
  EXPECT_EQ(device->memory, 81559LL * 1024 * 1024);
  EXPECT_DOUBLE_EQ(device->memory_bandwidth, 3.35e12);
  EXPECT_DOUBLE_EQ(device->matmul(DType::kBF16), 989.4e12);
  EXPECT_DOUBLE_EQ(device->matmul(DType::kF32), 66.9e12);
  EXPECT_EQ(device->launch_ns, 900);
  EXPECT_EQ(device->copy_latency_ns, 8000);
  EXPECT_EQ(with("81559MiB", "80GB")->memory, 80'000'000'000);
  EXPECT_EQ(with("81559MiB", "80 GiB")->memory, 85'899'345'920);
  EXPECT_DOUBLE_EQ(with("3.35TB/s", "3000GiB/s")->memory_bandwidth, 3000 * 1073741824.0);
}

TEST(DeviceFile, RefusalsNameLineAndRemedy) {
  struct Case {
    std::string from, to, what;
  };
  const std::vector<Case> cases{
      {"81559MiB", "81559", "memory: '81559' is not a number with one of the units"},
      {"81559MiB", "80Gb", "units"},
      {"81559MiB", "80GB/s", "units"},
      {"81559MiB", "80000TB", "memory of 80000TB is not that of any device"},
      {"81559MiB", "1MiB", "not that of any device"},
      {"81559MiB", "-80GB", "is not a number"},
      {"3.35TB/s", "3.35Tb/s", "units"},
      {"3.35TB/s", "3.35TB", "memory_bandwidth: '3.35TB' is not a number with one of the units"},
      {"3.35TB/s", "3350TB/s", "not that of any device"},
      {"989.4TFLOP/s", "989.4TFLOPS", "units"},
      {"989.4TFLOP/s", "989.4", "units"},
      {"989.4TFLOP/s", "nanTFLOP/s", "is not a number"},
      {"value: 0.895", "value: 89.5", "memory_achieved of 89.5 is not that of any device"},
      {"value: 0.895", "value: 0", "not that of any device"},
      {"value: 0.895", "value: 89.5%", "is not a number"},
      {"0.9us", "0.9", "launch: '0.9' is not a number with one of the units"},
      {"0.9us", "9s", "units"},
      {"0.9us", "9000ms", "not that of any device"},
      {"memory_achieved:", "memory_acheived:", "did you mean 'memory_achieved'?"},
      {"kvfoot_device: 1", "kvfoot_device: 2", "version '2' is unknown"},
      {"kvfoot_device: 1\n", "", "has no 'kvfoot_device'"},
      {"name: h100-sxm", "name:", "'name' is empty"},
      {"memory:\n  value: 81559MiB\n", "memory:\n", "has no 'value'"},
      {"memory:\n  value: 81559MiB\n", "memory:\n  value: 80GiB\n  note: x\n", "'note' is unknown"},
  };
  for (const Case& c : cases) {
    const auto device = with(c.from, c.to);
    ASSERT_FALSE(device.ok()) << c.to;
    EXPECT_THAT(device.error().message(), HasSubstr(c.what)) << c.to;
    EXPECT_THAT(device.error().where, testing::MatchesRegex("d.yaml:[0-9]+")) << c.to;
  }
  for (const char* text : {"", "7", "[1]", "kvfoot_device: 1\n"}) {
    EXPECT_FALSE(parse_device(text, "d.yaml").ok()) << text;
  }
  // A number without a source is a number nobody can check.
  std::string text = sound_text();
  const std::size_t at = text.find("  source:");
  text.erase(at, text.find('\n', at) - at + 1);
  EXPECT_THAT(parse_device(text, "d.yaml").error().message(), HasSubstr("has no 'source'"));
}

TEST(DeviceFile, ACpuSaysHowManyThreads) {
  const auto add = [](const std::string& more) { return parse_device(sound_text() + more, "d"); };
  const std::string cpu = "executor: {value: cpu, source: here}\n";
  EXPECT_FALSE(add("")->cpu.has_value());
  EXPECT_EQ(add(cpu + "threads: {value: 3, source: there}\n")->cpu, CpuExecution{.threads = 3});
  EXPECT_THAT(add(cpu).error().message(), HasSubstr("has no 'threads'"));
  EXPECT_THAT(add("threads: {value: 3, source: there}\n").error().message(),
              HasSubstr("has no 'executor'"));
  EXPECT_THAT(add(cpu + "threads: {value: 0, source: there}\n").error().message(),
              HasSubstr("'0' is not a number of threads"));
  EXPECT_THAT(add("executor: {value: gpu, source: here}\nthreads: {value: 3, source: there}\n")
                  .error()
                  .message(),
              HasSubstr("executor 'gpu' is unknown"));
}

TEST(DeviceFile, WrittenDescriptionsReadTheSame) {
  for (const BuiltinDevice& builtin : builtin_devices()) {
    const DeviceModel device = *resolve_device(builtin.name, ".");
    const auto again = parse_device(device_to_yaml(device), "d.yaml");
    ASSERT_TRUE(again.ok()) << again.error().message() << "\n" << device_to_yaml(device);
    EXPECT_EQ(*again, device) << builtin.name;
  }
  DeviceModel odd = *resolve_device("laptop-cpu", ".");
  odd.memory_bandwidth = 12345678901.25;
  odd.memory_achieved = 1.0 / 3;
  odd.launch_ns = 1234;
  odd.title = "a \"title\" with: signs # and \\";
  odd.sources.front().second = "measured: \"so\"";
  const auto again = parse_device(device_to_yaml(odd), "d.yaml");
  ASSERT_TRUE(again.ok()) << again.error().message();
  EXPECT_EQ(*again, odd);
}

TEST(DeviceFile, NamesAndFiles) {
  const auto typo = resolve_device("h100-smx", ".");
  ASSERT_FALSE(typo.ok());
  EXPECT_THAT(typo.error().message(), HasSubstr("did you mean 'h100-sxm'?"));
  EXPECT_FALSE(resolve_device("./nowhere.yaml", ".").ok());
  const auto folder =
      std::filesystem::temp_directory_path() / ("kvfoot-device-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "mine.yaml") << sound_text();
  const auto mine = resolve_device("mine.yaml", folder);
  EXPECT_TRUE(mine.ok());
  std::filesystem::remove_all(folder);
  EXPECT_EQ(*mine, *resolve_device("h100-sxm", "."));
}

}  // namespace
}  // namespace kvfoot
