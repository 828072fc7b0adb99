// A damaged file is an error before HDF5 sees it, or when the damaged piece is first touched.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "sim/core/hash.hpp"
#include "sim/io/hdf5.hpp"
#include "tests/io/temporary.hpp"

namespace kvfoot {
namespace {

std::string sample() {
  const std::string path = temporary("whole.h5");
  auto writer = Hdf5Writer::create(path, 4096).value();
  EXPECT_TRUE(writer->set_attribute("/", "name", std::string("sample")));
  const int small = writer->add_column("/small", Hdf5Type::kU8).value();
  const int large = writer->add_column("/large", Hdf5Type::kU8).value();
  std::vector<std::uint8_t> data(20000);
  for (std::size_t i = 0; i < data.size(); ++i) {
    data[i] = static_cast<std::uint8_t>(mix64(i));
  }
  EXPECT_TRUE(writer->append<std::uint8_t>(small, std::span(data).first(100)));
  EXPECT_TRUE(writer->append<std::uint8_t>(large, data));
  EXPECT_TRUE(writer->commit());
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void put(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// Opens and reads everything; the message of the first error, or nothing.
std::string read_all(const std::string& path) {
  const auto reader = Hdf5Reader::open(path, "remedy");
  if (!reader) {
    return reader.error().message();
  }
  if (const auto name = (*reader)->text("/", "name"); !name) {
    return name.error().message();
  }
  for (const char* object : {"/small", "/large"}) {
    const auto column = (*reader)->column(object, Hdf5Type::kU8);
    if (!column) {
      return column.error().message();
    }
    if (const auto all = column->all<std::uint8_t>(); !all) {
      return all.error().message();
    }
  }
  return "";
}

TEST(Hdf5Damage, WholeFileReads) {
  const std::string path = temporary("copy.h5");
  put(path, sample());
  EXPECT_EQ(read_all(path), "");
}

TEST(Hdf5Damage, CutAnywhere) {
  const std::string whole = sample();
  const std::string path = temporary("cut.h5");
  for (std::size_t keep = 0; keep < whole.size(); keep += 1 + keep % 397) {
    put(path, whole.substr(0, keep));
    const std::string message = read_all(path);
    ASSERT_NE(message, "") << keep;
    ASSERT_EQ(message.rfind(path, 0), 0U) << message;
  }
}

TEST(Hdf5Damage, EveryFlippedByteIsNoticed) {
  const std::string whole = sample();
  const std::string path = temporary("flip.h5");
  for (std::size_t at = 0; at < whole.size(); at += 1 + mix64(at) % 397) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
    put(path, damaged);
    const std::string message = read_all(path);
    // The only bytes that nobody reads are the padding of the last chunk; it is hashed too.
    ASSERT_NE(message, "") << at;
    ASSERT_EQ(message.rfind(path, 0), 0U) << message;
  }
}

TEST(Hdf5Damage, DamagedPieceIsNamed) {
  std::string whole = sample();
  // The large column starts at the first page boundary that holds its first bytes.
  std::string head(8, '\0');
  for (std::size_t i = 0; i < head.size(); ++i) {
    head[i] = static_cast<char>(mix64(i));
  }
  const std::size_t large = whole.find(head, 4096);
  ASSERT_NE(large, std::string::npos);
  const std::string path = temporary("piece.h5");
  whole[large + 4096 + 17] ^= 1;
  put(path, whole);
  EXPECT_EQ(read_all(path), path + ": /large: piece 1 does not match its checksum; remedy");
}

TEST(Hdf5Damage, OtherFiles) {
  const std::string path = temporary("other.h5");
  put(path, "");
  EXPECT_EQ(read_all(path), path + ": is empty; remedy");
  put(path, std::string(10000, 'x'));
  EXPECT_NE(read_all(path).find("has no end mark"), std::string::npos);
  EXPECT_NE(read_all(testing::TempDir()).find("is not a file"), std::string::npos);
  EXPECT_NE(read_all(temporary("absent.h5")).find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace kvfoot
