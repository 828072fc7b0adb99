// Changes of the paged cache: every bit of the pool and of the tables is compared.
#include <algorithm>

#include "executor/cuda/kernels/pages.hpp"
#include "tests/cuda/paged_streams.hpp"
#include "tests/cuda/support.hpp"

namespace kvfoot::cuda {
namespace {

class PagesTest : public DeviceTest {
 protected:
  Random random_;
};

TEST_F(PagesTest, TableUpdate) {
  for (const std::int32_t count : {0, 1, 31, 32, 33, 255, 256, 257, 600}) {
    const std::int64_t entries = 1000;
    std::vector<std::byte*> table(static_cast<std::size_t>(entries));
    for (auto& page : table) {
      page = reinterpret_cast<std::byte*>(random_.word());
    }
    const std::int32_t capacity = count + 13;
    std::vector<std::int64_t> where(static_cast<std::size_t>(capacity));
    std::vector<std::byte*> what(where.size());
    const std::int64_t shift = random_.below(entries);
    for (std::size_t i = 0; i < where.size(); ++i) {  // distinct: 7 and 1000 have no common factor
      where[i] = (static_cast<std::int64_t>(i) * 7 + shift) % entries;
      what[i] = reinterpret_cast<std::byte*>(random_.word());
    }
    const DeviceArray<std::byte*> on_device(device(), table);
    const DeviceArray<std::int64_t> wheres(device(), where);
    const DeviceArray<std::byte*> whats(device(), what);
    const DeviceArray<std::int32_t> counts(device(), std::vector<std::int32_t>{count});
    TableUpdate args;
    args.table = on_device.data();
    args.where = wheres.data();
    args.what = whats.data();
    args.count = counts.data();
    args.capacity = capacity;
    launch_table_update(args, stream());
    for (std::int32_t i = 0; i < count; ++i) {
      table[static_cast<std::size_t>(where[static_cast<std::size_t>(i)])] =
          what[static_cast<std::size_t>(i)];
    }
    EXPECT_EQ(on_device.read(), table) << count;
  }
}

struct Compaction {
  std::vector<EntryRun> runs;
  std::int64_t moved = 0;
};

// Every stream loses some entries; `keep` in a thousand survive.
Compaction draw_runs(const std::vector<std::int32_t>& entries, std::int64_t keep, Random& random,
                     bool with_empty_runs) {
  Compaction out;
  for (std::size_t head = 0; head < entries.size(); ++head) {
    std::int32_t to = 0;
    std::int32_t from = 0;
    const auto close = [&](std::int32_t end) {
      if (end > from && from > to) {
        out.runs.push_back({.head = static_cast<std::int32_t>(head),
                            .to = to,
                            .from = from,
                            .count = end - from,
                            .first = out.moved});
        out.moved += end - from;
      }
      to += end - from;
      if (with_empty_runs && random.below(3) == 0) {
        out.runs.push_back({.head = 0, .to = 0, .from = 1, .count = 0, .first = out.moved});
      }
    };
    for (std::int32_t i = 0; i < entries[head]; ++i) {
      if (random.below(1000) >= keep) {
        close(i);
        from = i + 1;
      }
    }
    close(entries[head]);
  }
  return out;
}

class MoveTest : public PagesTest {
 protected:
  void check(const PagedStreams::Geometry& geometry, std::int64_t keep, bool with_empty_runs) {
    SCOPED_TRACE(std::string(to_string(geometry.type)) + " head_dim " +
                 std::to_string(geometry.head_dim) + " block " + std::to_string(geometry.block) +
                 " keep " + std::to_string(keep));
    PagedStreams streams(device(), geometry, random_);
    streams.fill(random_);
    const Compaction compaction = draw_runs(geometry.entries, keep, random_, with_empty_runs);
    const DeviceArray<EntryRun> runs(device(), compaction.runs);
    const auto row = static_cast<std::size_t>(geometry.head_dim) * weight_bytes(geometry.type);
    const DeviceBytes scratch(device(), static_cast<std::size_t>(compaction.moved) * 2 * row);
    MoveEntries args;
    args.cache = streams.layer();
    args.cache.entries = nullptr;  // is not read
    args.runs = runs.data();
    args.count = static_cast<std::int32_t>(compaction.runs.size());
    args.moved = compaction.moved;
    args.scratch = scratch.data();
    launch_gather_entries(args, stream());
    launch_scatter_entries(args, stream());
    (void)scratch.read();
    for (const EntryRun& run : compaction.runs) {
      for (std::int32_t i = 0; i < run.count; ++i) {
        for (const bool value : {false, true}) {
          for (std::int32_t c = 0; c < geometry.head_dim; ++c) {
            streams.set(run.head, run.to + i, value, c,
                        streams.get(run.head, run.from + i, value, c));
          }
        }
      }
    }
    const std::vector<std::byte> want = streams.image();
    streams.download();
    EXPECT_EQ(streams.image(), want);
  }
};

TEST_F(MoveTest, EntriesOfEveryGeometry) {
  for (const DType type : kTypes) {
    for (const std::int32_t head_dim : {1, 2, 5, 8, 24, 64, 128}) {
      for (const std::int32_t block : {1, 3, 16}) {
        check({.type = type, .block = block, .head_dim = head_dim, .entries = {33, 1, 47, 0, 18}},
              700, block == 3);
      }
    }
  }
}

TEST_F(MoveTest, FewAndManyRuns) {
  for (const std::int64_t keep : {1, 30, 500, 970, 999, 1000}) {
    check({.type = DType::kBF16, .block = 16, .head_dim = 8, .entries = {129, 257, 400}}, keep,
          keep % 2 == 0);
  }
}

TEST_F(PagesTest, SlideEntries) {
  for (const DType type : kTypes) {
    for (const std::int32_t head_dim : {1, 5, 8, 24, 64, 128, 256}) {
      for (const std::int32_t block : {1, 3, 16}) {
        // More streams than a block has warps; some do not move.
        const std::vector<std::int32_t> entries{33, 2, 47, 16, 18, 17, 4, 9, 12, 31, 5};
        PagedStreams streams(
            device(), {.type = type, .block = block, .head_dim = head_dim, .entries = entries},
            random_);
        streams.fill(random_);
        std::vector<EntryMove> moves;
        for (const std::int32_t count : entries) {
          const auto to = static_cast<std::int32_t>(random_.below(count - 1));
          moves.push_back({.from = count - 1, .to = moves.size() % 3 == 1 ? -1 : to});
        }
        const DeviceArray<EntryMove> on_device(device(), moves);
        SlideEntries args;
        args.cache = streams.layer();
        args.cache.entries = nullptr;  // is not read
        args.moves = on_device.data();
        launch_slide_entries(args, stream());
        for (std::size_t head = 0; head < moves.size(); ++head) {
          for (std::int32_t c = 0; moves[head].to >= 0 && c < head_dim; ++c) {
            for (const bool value : {false, true}) {
              const auto h = static_cast<std::int32_t>(head);
              streams.set(h, moves[head].to, value, c, streams.get(h, moves[head].from, value, c));
            }
          }
        }
        const std::vector<std::byte> want = streams.image();
        streams.download();
        EXPECT_EQ(streams.image(), want)
            << to_string(type) << " head_dim " << head_dim << " block " << block;
      }
    }
  }
}

TEST_F(PagesTest, MoveValues) {
  for (const std::int64_t keep : {30, 500, 970}) {
    const std::vector<std::int32_t> entries{65, 0, 255, 256, 257, 1};
    const std::int64_t stride = 260;
    std::vector<float> values = random_.floats(entries.size() * static_cast<std::size_t>(stride));
    const Compaction compaction = draw_runs(entries, keep, random_, true);
    const DeviceArray<EntryRun> runs(device(), compaction.runs);
    const DeviceArray<float> on_device(device(), values);
    const DeviceArray<float> scratch(device(), static_cast<std::size_t>(compaction.moved));
    MoveValues args;
    args.values = on_device.data();
    args.stride = stride;
    args.runs = runs.data();
    args.count = static_cast<std::int32_t>(compaction.runs.size());
    args.moved = compaction.moved;
    args.scratch = scratch.data();
    launch_gather_values(args, stream());
    launch_scatter_values(args, stream());
    (void)scratch.read();
    for (const EntryRun& run : compaction.runs) {
      const auto row = values.begin() + run.head * stride;
      std::copy(row + run.from, row + run.from + run.count, row + run.to);
    }
    EXPECT_EQ(on_device.read(), values) << keep;
  }
}

TEST_F(PagesTest, RotatePages) {
  for (const DType type : kTypes) {
    for (const std::int32_t head_dim : {2, 10, 16, 64, 128}) {
      const std::vector<std::int32_t> entries{1, 33, 16, 0, 50};
      const PagedStreams::Geometry geometry{
          .type = type, .block = 16, .head_dim = head_dim, .entries = entries};
      PagedStreams from(device(), geometry, random_);
      from.fill(random_);
      PagedStreams to(device(), geometry, random_);
      to.fill(random_);
      const std::int64_t half = head_dim / 2;
      const std::vector<float> cosine = random_.floats(static_cast<std::size_t>(50 * half));
      const std::vector<float> sine = random_.floats(static_cast<std::size_t>(50 * half));
      const DeviceArray<float> cosines(device(), cosine);
      const DeviceArray<float> sines(device(), sine);
      RotatePages args;
      args.from = from.layer();
      args.to = to.layer();
      args.cosine = cosines.data();
      args.sine = sines.data();
      args.longest = 50;
      launch_rotate_pages(args, stream());
      for (std::int32_t head = 0; head < from.heads(); ++head) {
        for (std::int64_t e = 0; e < entries[static_cast<std::size_t>(head)]; ++e) {
          for (std::int64_t i = 0; i < half; ++i) {
            const float c = cosine[static_cast<std::size_t>(e * half + i)];
            const float s = sine[static_cast<std::size_t>(e * half + i)];
            const float a = from.get(head, e, false, i);
            const float b = from.get(head, e, false, half + i);
            const float ac = a * c;
            const float bs = b * s;
            const float bc = b * c;
            const float as = a * s;
            to.set(head, e, false, i, ac - bs);
            to.set(head, e, false, half + i, bc + as);
            to.set(head, e, true, i, from.get(head, e, true, i));
            to.set(head, e, true, half + i, from.get(head, e, true, half + i));
          }
        }
      }
      const std::vector<std::byte> want = to.image();
      const std::vector<std::byte> source = from.image();
      to.download();
      from.download();
      EXPECT_EQ(to.image(), want) << to_string(type) << " head_dim " << head_dim;
      EXPECT_EQ(from.image(), source);
    }
  }
}

}  // namespace
}  // namespace kvfoot::cuda
