// Keys, values and queries of a pass put where they belong, bit by bit.
#include <algorithm>

#include "executor/cuda/kernels/rows.hpp"
#include "tests/cuda/paged_streams.hpp"
#include "tests/cuda/support.hpp"

namespace kvfoot::cuda {
namespace {

// Pairs (i, i + half) turned in fp32, every product and sum rounded.
std::vector<float> turned(const std::vector<float>& row, const float* cosine, const float* sine) {
  const std::size_t half = row.size() / 2;
  std::vector<float> out(row.size());
  for (std::size_t i = 0; i < half; ++i) {
    const float ac = row[i] * cosine[i];
    const float bs = row[half + i] * sine[i];
    const float bc = row[half + i] * cosine[i];
    const float as = row[i] * sine[i];
    out[i] = ac - bs;
    out[half + i] = bc + as;
  }
  return out;
}

std::vector<float> slice(const std::vector<float>& all, std::int64_t first, std::int64_t count) {
  return {all.begin() + first, all.begin() + first + count};
}

std::vector<float> rounded_row(DType type, std::vector<float> row) {
  for (float& value : row) {
    value = rounded(type, value);
  }
  return row;
}

struct AppendCase {
  DType type = DType::kF32, cache_type = DType::kF32;
  std::int64_t rows = 1;
  std::int32_t q_heads = 4, kv_heads = 2, storage = 2, head_dim = 16, block = 16;
  bool rotated = true;
};

class AppendTest : public DeviceTest {
 protected:
  void check(const AppendCase& c) {
    SCOPED_TRACE(std::string(to_string(c.type)) + " to " + std::string(to_string(c.cache_type)) +
                 " rows " + std::to_string(c.rows) + " head_dim " + std::to_string(c.head_dim) +
                 " storage heads " + std::to_string(c.storage) + " block " +
                 std::to_string(c.block));
    PagedStreams::Geometry geometry{
        .type = c.cache_type, .block = c.block, .head_dim = c.head_dim, .entries = {}};
    for (std::int32_t head = 0; head < c.storage; ++head) {  // ragged, the new rows included
      geometry.entries.push_back(static_cast<std::int32_t>(c.rows) + 5 * head + 3);
    }
    PagedStreams streams(device(), geometry, random_);
    streams.fill(random_);
    const std::int64_t d = c.head_dim;
    const std::int64_t width = (c.q_heads + 2 * c.kv_heads) * d;
    const std::vector<float> qkv =
        random_.scalars(c.type, static_cast<std::size_t>(c.rows * width));
    const std::vector<float> cosine = random_.floats(static_cast<std::size_t>(c.rows * d / 2));
    const std::vector<float> sine = random_.floats(static_cast<std::size_t>(c.rows * d / 2));
    const DeviceBytes qkv_bytes(device(), encode(c.type, qkv));
    const DeviceArray<float> cosines(device(), cosine);
    const DeviceArray<float> sines(device(), sine);
    const DeviceBytes q(
        device(), static_cast<std::size_t>(c.rows * c.q_heads * d) * weight_bytes(c.cache_type));
    AppendArgs args;
    args.qkv = qkv_bytes.data();
    args.type = c.type;
    args.cosine = c.rotated ? cosines.data() : nullptr;
    args.sine = c.rotated ? sines.data() : nullptr;
    args.rows = c.rows;
    args.q_heads = c.q_heads;
    args.kv_heads = c.kv_heads;
    args.q = q.data();
    args.cache = streams.layer();
    launch_append(args, stream());

    const auto head_row = [&](std::int64_t r, std::int64_t head, bool rotates) {
      std::vector<float> row = slice(qkv, r * width + head * d, d);
      if (rotates && c.rotated) {
        row = turned(row, cosine.data() + r * d / 2, sine.data() + r * d / 2);
      }
      return rounded_row(c.cache_type, std::move(row));
    };
    const std::vector<float> got_q = decode(c.cache_type, q.read());
    for (std::int64_t r = 0; r < c.rows; ++r) {
      for (std::int64_t head = 0; head < c.q_heads; ++head) {
        EXPECT_EQ(slice(got_q, (r * c.q_heads + head) * d, d), head_row(r, head, true))
            << "query row " << r << " head " << head;
      }
      for (std::int32_t head = 0; head < c.storage; ++head) {
        const std::int64_t kv = head / (c.storage / c.kv_heads);
        const std::int64_t entry = geometry.entries[static_cast<std::size_t>(head)] - c.rows + r;
        const std::vector<float> key = head_row(r, c.q_heads + kv, true);
        const std::vector<float> value = head_row(r, c.q_heads + c.kv_heads + kv, false);
        for (std::int64_t i = 0; i < d; ++i) {
          streams.set(head, entry, false, i, key[static_cast<std::size_t>(i)]);
          streams.set(head, entry, true, i, value[static_cast<std::size_t>(i)]);
        }
      }
    }
    const std::vector<std::byte> want = streams.image();
    streams.download();
    EXPECT_EQ(streams.image(), want);  // nothing else was touched
  }
  Random random_;
};

TEST_F(AppendTest, Types) {
  for (const DType type : kTypes) {
    for (const DType cache_type : kTypes) {
      for (const bool rotated : {true, false}) {
        check({.type = type, .cache_type = cache_type, .rows = 3, .rotated = rotated});
        check({.type = type,
               .cache_type = cache_type,
               .rows = 3,
               .head_dim = 10,
               .rotated = rotated});
      }
    }
  }
}

TEST_F(AppendTest, Shapes) {
  for (const std::int64_t rows : {1, 2, 15, 16, 17, 33}) {
    for (const std::int32_t head_dim : {2, 6, 16, 24, 64, 128}) {
      check({.type = DType::kBF16,
             .cache_type = DType::kBF16,
             .rows = rows,
             .head_dim = head_dim,
             .block = rows % 2 == 0 ? 16 : 5});
    }
  }
}

TEST_F(AppendTest, Copies) {
  check({.type = DType::kF16, .cache_type = DType::kF16, .rows = 5, .storage = 4});
  check({.type = DType::kF16,
         .cache_type = DType::kF16,
         .rows = 5,
         .q_heads = 6,
         .kv_heads = 2,
         .storage = 6});
  check({.type = DType::kF16,
         .cache_type = DType::kF16,
         .rows = 1,
         .q_heads = 3,
         .kv_heads = 1,
         .storage = 1,
         .block = 1});
}

TEST_F(AppendTest, RotateQueries) {
  for (const DType type : kTypes) {
    for (const std::int32_t head_dim : {2, 10, 16, 64, 128}) {
      for (const std::int64_t rows : {1, 3, 17}) {
        const std::int32_t q_heads = 6;
        PagedStreams::Geometry geometry{
            .type = type, .block = 16, .head_dim = head_dim, .entries = {20, 33, 17}};
        const PagedStreams streams(device(), geometry, random_);
        const std::int64_t d = head_dim;
        const auto table = static_cast<std::size_t>(33 * d / 2);
        const std::vector<float> cosine = random_.floats(table);
        const std::vector<float> sine = random_.floats(table);
        const std::vector<float> q =
            random_.scalars(type, static_cast<std::size_t>(rows * q_heads * d));
        const DeviceArray<float> cosines(device(), cosine);
        const DeviceArray<float> sines(device(), sine);
        const DeviceBytes queries(device(), encode(type, q));
        RotateQueries args;
        args.q = queries.data();
        args.rows = rows;
        args.q_heads = q_heads;
        args.cosine = cosines.data();
        args.sine = sines.data();
        args.cache = streams.layer();
        launch_rotate_queries(args, stream());
        const std::vector<float> got = decode(type, queries.read());
        for (std::int64_t r = 0; r < rows; ++r) {
          for (std::int64_t head = 0; head < q_heads; ++head) {
            const std::int64_t at = (r * q_heads + head) * d;
            const std::int64_t index =
                geometry.entries[static_cast<std::size_t>(head / 2)] - rows + r;
            EXPECT_EQ(slice(got, at, d),
                      rounded_row(type, turned(slice(q, at, d), cosine.data() + index * d / 2,
                                               sine.data() + index * d / 2)))
                << to_string(type) << " head_dim " << d << " row " << r << " head " << head;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace kvfoot::cuda
