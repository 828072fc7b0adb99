// Layouts: parsing, and bytes against counts made by hand from the published formulas.
#include "sim/core/kv_layout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/core/stream_bytes.hpp"

namespace kvfoot {
namespace {

using testing::HasSubstr;

ModelShape llama_8b() { return *builtin_shape("llama-3.1-8b"); }

PageSize pages(const KvLayout& layout, DType dtype = DType::kF16, std::int64_t block = 16) {
  return page_size(llama_8b(), 8, dtype, block, 1, layout);
}

StreamFormula formula(const char* quant) {
  return *pages({.quant = *parse_kv_quant(quant)}).formula;
}

double bits_per_value(std::int64_t bytes, std::int64_t values) {
  return 8.0 * static_cast<double>(bytes) / static_cast<double>(values);
}

TEST(KvLayout, WrittenOutAndReadBack) {
  for (const char* text :
       {"none", "kivi:bits=2,group=32,residual=128", "kivi:bits=4,group=64,residual=64",
        "kvquant:bits=3,outliers=0.01,outlier_bytes=4",
        "kvquant:bits=4,outliers=0.0,outlier_bytes=8"}) {
    EXPECT_EQ(to_string(*parse_kv_quant(text)), text);
  }
  for (const char* text : {"none", "quest:page=16,budget=2048,dense=2", "moba:block=512"}) {
    EXPECT_EQ(to_string(*parse_kv_index(text)), text);
  }
  EXPECT_EQ(to_string(*parse_kv_quant("kivi")), "kivi:bits=2,group=32,residual=128");
  EXPECT_EQ(to_string(*parse_kv_quant("kvquant:outliers=0.005,bits=4")),
            "kvquant:bits=4,outliers=0.005,outlier_bytes=4");
  EXPECT_EQ(*parse_kv_alloc("rectangular"), KvAlloc::kRectangular);
  EXPECT_EQ(*parse_kv_copies("query"), KvCopies::kQuery);
}

TEST(KvLayout, EveryMistakeIsNamed) {
  const auto quant = [](const char* text) { return parse_kv_quant(text).error().message(); };
  EXPECT_THAT(quant("kivy:bits=2"), HasSubstr("'kivy' is unknown; did you mean 'kivi'?"));
  EXPECT_THAT(quant("kivi:bit=2"), HasSubstr("'bit' is unknown; did you mean 'bits'?"));
  EXPECT_THAT(quant("kivi:bits=3"), HasSubstr("give bits=2 or bits=4"));
  EXPECT_THAT(quant("kivi:bits=0"), HasSubstr("bits is an integer from 1 to 8"));
  EXPECT_THAT(quant("kvquant:bits=9"), HasSubstr("bits is an integer from 1 to 8"));
  EXPECT_THAT(quant("kvquant:outliers=2"), HasSubstr("outliers=2 is no share"));
  EXPECT_THAT(quant("kivi:group=48,residual=128"), HasSubstr("no multiple of the group of 48"));
  EXPECT_THAT(quant("kivi:bits=2,bits=4"), HasSubstr("bits is given twice"));
  EXPECT_THAT(quant("kivi:bits"), HasSubstr("bits is out of range"));
  EXPECT_THAT(quant(""), HasSubstr("unknown"));
  EXPECT_THAT(parse_kv_index("quest:page=0").error().message(), HasSubstr("page=0"));
  EXPECT_THAT(parse_kv_index("quest:page=16,budget=100").error().message(),
              HasSubstr("no number of pages"));
  EXPECT_THAT(parse_kv_index("mobo").error().message(), HasSubstr("'moba'"));
  EXPECT_THAT(parse_kv_alloc("raged").error().message(), HasSubstr("'ragged'"));
  EXPECT_THAT(parse_kv_copies("q").error().message(), HasSubstr("known: kv, query"));
}

TEST(KvLayout, LatentRowsHaveNoKeysToQuantise) {
  ModelShape latent = llama_8b();
  latent.latent.kv_rank = 512;
  EXPECT_TRUE(check_layout({}, latent).ok());
  EXPECT_TRUE(check_layout({.alloc = KvAlloc::kRectangular}, latent).ok());
  EXPECT_THAT(check_layout({.quant = *parse_kv_quant("kivi")}, latent).error().message(),
              HasSubstr("kv_quant: has no meaning"));
  EXPECT_THAT(check_layout({.copies = KvCopies::kQuery}, latent).error().message(),
              HasSubstr("kv_copies"));
}

// 300 tokens in heads of 128, 2 bits, groups of 32, residual 128: 256 keys and 172 values are
// codes.
//   keys    256 x 128 / 4 = 8192, 8 groups x 128 x 4 = 4096, 44 x 128 x 2 = 11264
//   values  172 x 128 / 4 = 5504, 172 x 4 groups x 4 = 2752, 128 x 128 x 2 = 32768
TEST(StreamBytes, KiviByHand) {
  const StreamFormula kivi = formula("kivi:bits=2,group=32,residual=128");
  EXPECT_EQ(kivi.key_bytes(300), 8192 + 4096 + 11264);
  EXPECT_EQ(kivi.payload(300), 8192 + 4096 + 11264 + 5504 + 2752 + 32768);
  // Up to the residual everything is in full precision; the keys of a full residual are coded.
  EXPECT_EQ(kivi.payload(127), 127 * 512);
  EXPECT_EQ(kivi.payload(128), 128 * 128 / 4 + 4 * 128 * 4 + 128 * 256);
  EXPECT_EQ(kivi.payload(0), 0);
  EXPECT_LT(kivi.payload(128), kivi.payload(127)) << "the residual is coded as a whole";
  // A pass reads its own rows in full precision, beside what was stored before it.
  EXPECT_EQ(kivi.content_during(127, 1), 128 * 512);
  EXPECT_EQ(kivi.content_during(300, 10), kivi.payload(300) + 10 * 512);
}

TEST(StreamBytes, KiviTendsToBitsPlusMetadata) {
  // b + 32 / G bits per value, where the residual no longer counts.
  const std::pair<const char*, double> expected[] = {
      {"kivi:bits=2,group=32", 3.0},   {"kivi:bits=4,group=32", 5.0},
      {"kivi:bits=2,group=64", 2.5},   {"kivi:bits=2,group=128", 2.25},
      {"kivi:bits=4,group=128", 4.25},
  };
  for (const auto& [text, bits] : expected) {
    const StreamFormula kivi = formula(text);
    const std::int64_t step = 128 * 1000;
    const std::int64_t bytes = kivi.payload(128 + 2 * step) - kivi.payload(128 + step);
    EXPECT_DOUBLE_EQ(bits_per_value(bytes, step * 256), bits) << text;
  }
}

// Codes are packed into words: five channels of three bits take one, eleven take two.
TEST(StreamBytes, CodesArePackedIntoWords) {
  StreamFormula kvquant;
  kvquant.quant = *parse_kv_quant("kvquant:bits=3,outliers=0");
  kvquant.head_dim = 5;
  EXPECT_EQ(kvquant.key_bytes(7), 7 * 4);
  kvquant.head_dim = 11;
  EXPECT_EQ(kvquant.key_bytes(7), 7 * 8);
}

// 1000 tokens in 8 heads of 128, 4 bits: 64 bytes of codes per row, 1280 outliers of 4 bytes, and a
// token's 4 bytes of scale and offset shared by 8 heads. In all 4.3356 bits per value.
TEST(StreamBytes, KvquantByHand) {
  const StreamFormula kvquant = formula("kvquant:bits=4,outliers=0.01");
  EXPECT_EQ(kvquant.key_bytes(1000), 64'000 + 5120);
  EXPECT_EQ(kvquant.payload(1000), 2 * (64'000 + 5120) + 500);
  EXPECT_NEAR(bits_per_value(kvquant.payload(1000), 256'000), 4 + 0.32 + 32.0 / 1024 / 2, 1e-9);
  EXPECT_EQ(kvquant.key_bytes(1), 64 + 2 * 4) << "1.28 outliers round up";
}

// 512 bytes of metadata on pages of 16 x 512: 6.25 %.
TEST(StreamBytes, QuestAndMobaByHand) {
  const PageSize quest = pages({.index = *parse_kv_index("quest:page=16")});
  EXPECT_EQ(quest.units(1600), 1600 * 512 + 100 * 512);
  EXPECT_EQ(quest.units(1601), 1616 * 512 + 101 * 512) << "the last page has metadata too";
  EXPECT_EQ(quest.grains(1601), 1601 * 512 + 101 * 512);
  const PageSize moba = pages({.index = *parse_kv_index("moba:block=512")});
  EXPECT_EQ(moba.units(1023), 1024 * 512 + 256) << "only complete blocks have a mean";
  EXPECT_EQ(moba.units(1024), 1024 * 512 + 2 * 256);
}

TEST(StreamBytes, PlainPagesAndCopies) {
  const PageSize plain = pages({});
  EXPECT_TRUE(plain.plain());
  EXPECT_EQ(plain.units(17), 2);
  EXPECT_EQ(plain.bytes, 16 * 512);
  const PageSize copied =
      page_size(llama_8b(), 8, DType::kF16, 16, 3, {.copies = KvCopies::kQuery});
  EXPECT_EQ(copied.bytes, 3 * 4 * 16 * 512);
  // A policy that keeps a copy per query head already has them.
  EXPECT_EQ(copies_of(llama_8b(), 32, {.copies = KvCopies::kQuery}), 1);
}

}  // namespace
}  // namespace kvfoot
