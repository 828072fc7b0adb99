// safetensors: hand-made files, hostile headers, shards, and the writer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "executor/model/safetensors.hpp"
#include "tests/model/temp_folder.hpp"

namespace kvfoot {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// [length][header][buffer], the length not padded.
std::string file_of(const std::string& header, const std::string& buffer) {
  std::string bytes(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<char>(static_cast<unsigned char>(header.size() >> (8 * i)));
  }
  return bytes + header + buffer;
}

std::string header_error(const std::string& bytes) {
  const auto header =
      parse_safetensors_header(std::as_bytes(std::span(bytes)), bytes.size(), "f.safetensors");
  return header.ok() ? "no error" : header.error().message();
}

const std::string kTwo = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                         R"("b":{"dtype":"BF16","shape":[1,3],"data_offsets":[8,14]}})";

TEST(Safetensors, ReadsAHandMadeFile) {
  const TempFolder folder;
  const float values[] = {1.5F, -2.0F};
  std::string buffer(reinterpret_cast<const char*>(values), 8);
  buffer += std::string("\x80\x3f\x00\x40\x40\xc0", 6);  // 1, 2, -3 in bf16
  const auto file = SafetensorsFile::open(folder.write("x.safetensors", file_of(kTwo, buffer)));
  ASSERT_TRUE(file.ok()) << file.error().message();
  EXPECT_THAT((*file)->names(), ElementsAre("a", "b"));
  const TensorView* a = (*file)->find("a");
  const TensorView* b = (*file)->find("b");
  ASSERT_TRUE(a != nullptr && b != nullptr);
  EXPECT_EQ((*file)->find("c"), nullptr);
  EXPECT_THAT(a->shape, ElementsAre(2));
  EXPECT_THAT(b->shape, ElementsAre(1, 3));
  EXPECT_EQ(a->at(0), 1.5F);
  EXPECT_EQ(a->at(1), -2.0F);
  EXPECT_EQ(b->at(0), 1.0F);
  EXPECT_EQ(b->at(1), 2.0F);
  EXPECT_EQ(b->at(2), -3.0F);
  EXPECT_EQ((*file)->total_bytes(), 14u);
}

TEST(Safetensors, AcceptsWhatTheFormatAllows) {
  // Padding after the header, metadata, no dimensions, empty tensors, foreign types.
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
      R"("e":{"dtype":"F16","shape":[0,7],"data_offsets":[4,4]},)"
      R"("i":{"dtype":"I64","shape":[1],"data_offsets":[4,12]}}      )";
  const TempFolder folder;
  const auto file =
      SafetensorsFile::open(folder.write("x.safetensors", file_of(header, std::string(12, '\0'))));
  ASSERT_TRUE(file.ok()) << file.error().message();
  EXPECT_THAT((*file)->names(), ElementsAre("e", "s"));
  EXPECT_EQ((*file)->find("s")->elements(), 1u);
  EXPECT_EQ((*file)->find("e")->elements(), 0u);
  EXPECT_EQ((*file)->unusable_type("i"), "I64");
  EXPECT_EQ((*file)->unusable_type("s"), "");
  EXPECT_EQ(header_error(file_of("{}", "")), "no error");
}

TEST(Safetensors, RefusesHostileHeaders) {
  const auto one = [](const std::string& entry, std::size_t bytes) {
    return header_error(file_of("{\"a\":" + entry + "}", std::string(bytes, '\0')));
  };
  EXPECT_THAT(header_error("1234567"), HasSubstr("has 7 bytes, too few"));
  EXPECT_THAT(header_error(std::string("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10)),
              HasSubstr("claims a header of 18446744073709551615 bytes, at most"));
  EXPECT_THAT(header_error(std::string("\x40\x00\x00\x00\x00\x00\x00\x00{}", 10)),
              HasSubstr("claims a header of 64 bytes, the file has 10"));
  EXPECT_THAT(header_error(file_of("", "")), HasSubstr("does not begin with '{'"));
  EXPECT_THAT(header_error(file_of(" {}", "")), HasSubstr("does not begin with '{'"));
  EXPECT_THAT(header_error(file_of("{\"a\":", "")), HasSubstr("not valid JSON"));
  EXPECT_THAT(header_error(file_of("{} x", "")), HasSubstr("not valid JSON"));
  EXPECT_THAT(header_error(file_of(R"({"__metadata__":{"a":1}})", "")),
              HasSubstr("must map strings to strings"));
  const std::string twice = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                            R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  EXPECT_THAT(header_error(file_of(twice, "1234")), HasSubstr("appears twice"));

  EXPECT_THAT(one("7", 0), HasSubstr("must be an object of dtype, shape and data_offsets"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[1]})", 4), HasSubstr("must be an object of"));
  EXPECT_THAT(one(R"({"dtype":"F99","shape":[1],"data_offsets":[0,4]})", 4),
              HasSubstr("unknown dtype \"F99\""));
  EXPECT_THAT(one(R"({"dtype":4,"shape":[1],"data_offsets":[0,4]})", 4), HasSubstr("a string"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[-1],"data_offsets":[0,4]})", 4),
              HasSubstr("must hold whole numbers, found -1"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[1.0],"data_offsets":[0,4]})", 4),
              HasSubstr("must hold whole numbers"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,4]})", 4),
              HasSubstr("its shape needs 8 bytes, its offsets span 4"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[1],"data_offsets":[4,0]})", 4),
              HasSubstr("begin and end"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4,8]})", 4),
              HasSubstr("begin and end"));
  EXPECT_THAT(one(R"({"dtype":"F4","shape":[3],"data_offsets":[0,2]})", 2),
              HasSubstr("no representable number of bytes"));
  // 2^32 * 2^32 elements wrap to zero bytes in 64 bits.
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]})", 0),
              HasSubstr("no representable number of bytes"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[1],"data_offsets":[4,8]})", 8),
              HasSubstr("begins at byte 4 of the buffer, the tensors before it end at 0"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})", 5),
              HasSubstr("describes 4 bytes of tensors, the file holds 5"));
  EXPECT_THAT(one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})", 3),
              HasSubstr("cut short"));
  const std::string overlap = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                              R"("b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})";
  EXPECT_THAT(
      header_error(file_of(overlap, std::string(8, '\0'))),
      HasSubstr("tensor b: begins at byte 4 of the buffer, the tensors before it end at 8"));
}

TEST(Safetensors, AFileCutAnywhereIsAnError) {
  const std::string whole = file_of(kTwo, std::string(14, 'x'));
  EXPECT_EQ(header_error(whole), "no error");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_NE(header_error(whole.substr(0, length)), "no error") << length;
  }
}

class ShardTest : public testing::Test {
 protected:
  ShardTest() {
    write_shard("model-00001-of-00002.safetensors", "a", 1.0F);
    write_shard("model-00002-of-00002.safetensors", "b", 2.0F);
  }
  void write_shard(const std::string& file, const std::string& tensor, float value) {
    const std::string header =
        "{\"" + tensor + R"(":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
    folder_.write(file, file_of(header, std::string(reinterpret_cast<const char*>(&value), 4)));
  }
  void write_index(const std::string& map) {
    folder_.write("model.safetensors.index.json",
                  R"({"metadata":{"total_size":8},"weight_map":)" + map + "}");
  }
  std::string open_error() const {
    const auto file = SafetensorsFile::open(folder_.path());
    return file.ok() ? "no error" : file.error().message();
  }
  TempFolder folder_;
};

TEST_F(ShardTest, ReadsTensorsFromTheirFiles) {
  write_index(R"({"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"})");
  const auto file = SafetensorsFile::open(folder_.path());
  ASSERT_TRUE(file.ok()) << file.error().message();
  EXPECT_EQ((*file)->files().size(), 2u);
  EXPECT_EQ((*file)->find("a")->at(0), 1.0F);
  EXPECT_EQ((*file)->find("b")->at(0), 2.0F);
}

TEST_F(ShardTest, RefusesIndexesThatDoNotFit) {
  EXPECT_THAT(open_error(), HasSubstr("has neither model.safetensors nor"));
  folder_.write("pytorch_model.bin", "x");
  EXPECT_THAT(open_error(), HasSubstr("save it as safetensors first"));
  write_index("[]");
  EXPECT_THAT(open_error(), HasSubstr("weight_map: must be an object"));
  write_index("{}");
  EXPECT_THAT(open_error(), HasSubstr("weight_map: must be an object"));
  for (const char* name : {"../x.safetensors", "/etc/passwd", "a/b", "..", "", "a\\\\b"}) {
    write_index("{\"a\":\"" + std::string(name) + "\"}");
    EXPECT_THAT(open_error(), HasSubstr("which is no file beside the index")) << name;
  }
  write_index(R"({"a":7})");
  EXPECT_THAT(open_error(), HasSubstr("names 7, which is no file"));
  write_index(R"({"a":"model-00001-of-00002.safetensors","b":"gone.safetensors"})");
  EXPECT_THAT(open_error(), HasSubstr("the shard is missing; the index needs it for b"));
  write_index(R"({"a":"model-00001-of-00002.safetensors","c":"model-00001-of-00002.safetensors"})");
  EXPECT_THAT(open_error(), HasSubstr("weight_map: c: is not in model-00001-of-00002"));
  write_index(R"({"z":"model-00001-of-00002.safetensors"})");
  EXPECT_THAT(open_error(), HasSubstr("tensor a: the index does not say"));
}

TEST(Safetensors, RefusesWhatIsNoFile) {
  const TempFolder folder;
  EXPECT_THAT(SafetensorsFile::open(folder / "none").error().message(),
              HasSubstr("cannot be opened"));
  EXPECT_THAT(SafetensorsFile::open(folder.write("empty", "")).error().message(),
              HasSubstr("has 0 bytes"));
}

TEST(SafetensorsWriter, WritesWhatTheReaderReads) {
  const TempFolder folder;
  const std::vector<TensorSpec> specs{{"w", WeightType::kF32, {2, 2}},
                                      {"h", WeightType::kF16, {3}}};
  auto writer = SafetensorsWriter::create(folder / "x.safetensors", specs);
  ASSERT_TRUE(writer.ok()) << writer.error().message();
  EXPECT_FALSE(std::filesystem::exists(folder / "x.safetensors"));
  std::string bytes;
  for (char c = 0; c < 22; ++c) {
    bytes += c;
  }
  const auto raw = std::as_bytes(std::span(bytes));
  EXPECT_TRUE((*writer)->write(raw.first(5)).ok());
  EXPECT_TRUE((*writer)->write(raw.subspan(5)).ok());
  EXPECT_TRUE((*writer)->finish().ok());
  EXPECT_FALSE(std::filesystem::exists(folder / "x.safetensors.part"));
  const auto file = SafetensorsFile::open(folder / "x.safetensors");
  ASSERT_TRUE(file.ok()) << file.error().message();
  EXPECT_EQ(std::memcmp((*file)->find("w")->data, bytes.data(), 16), 0);
  EXPECT_EQ(std::memcmp((*file)->find("h")->data, bytes.data() + 16, 6), 0);
  EXPECT_THAT((*file)->find("w")->shape, ElementsAre(2, 2));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>((*file)->find("w")->data) % 64, 0u);
}

TEST(SafetensorsWriter, LeavesNothingBehindWhenAbandoned) {
  const TempFolder folder;
  {
    const std::vector<TensorSpec> specs{{"w", WeightType::kF32, {1}}};
    auto writer = SafetensorsWriter::create(folder / "x.safetensors", specs);
    ASSERT_TRUE(writer.ok());
    EXPECT_TRUE(std::filesystem::exists(folder / "x.safetensors.part"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(SafetensorsWriter, AFullDiskIsAnErrorOfTheEnvironment) {
  if (!std::filesystem::exists("/dev/full")) {
    GTEST_SKIP() << "this system has no /dev/full";
  }
  const TempFolder folder;
  std::filesystem::create_symlink("/dev/full", folder / "x.safetensors.part");
  const std::vector<TensorSpec> specs{{"w", WeightType::kF32, {1}}};
  const auto writer = SafetensorsWriter::create(folder / "x.safetensors", specs);
  ASSERT_FALSE(writer.ok());
  EXPECT_EQ(writer.error().kind, ErrorKind::kEnvironment);
  EXPECT_THAT(writer.error().message(), HasSubstr("cannot be written"));
}

}  // namespace
}  // namespace kvfoot
