// Block by block, vote by vote.
#include "tests/trace/near_trace.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>

#include "sim/trace/block_code.hpp"
#include "sim/trace/plan.hpp"

namespace kvfoot::testing_trace {
namespace {

void expect_near(const DecodedBlock& want, const DecodedBlock& got, const BlockLimits& limits,
                 float tolerance, const std::string& where) {
  std::map<std::int32_t, float> apart;  // entries of one of them only
  for (std::size_t i = 0; i < want.position.size(); ++i) {
    apart[want.position[i]] = want.mass[i];
  }
  for (std::size_t i = 0; i < got.position.size(); ++i) {
    const auto same = apart.find(got.position[i]);
    if (same == apart.end()) {
      apart[got.position[i]] = got.mass[i];
    } else {
      ASSERT_NEAR(same->second, got.mass[i], tolerance * same->second) << where;
      apart.erase(same);
    }
  }
  const bool cut = static_cast<std::int32_t>(want.mass.size()) == limits.entries;
  const float edge =
      cut && !want.mass.empty() ? *std::ranges::min_element(want.mass) : limits.least_entry;
  for (const auto& [key, mass] : apart) {
    ASSERT_NEAR(mass, edge, tolerance * edge) << where << ": key " << key;
  }
  ASSERT_EQ(want.mean.size(), got.mean.size()) << where;
  for (std::size_t k = 0; k < want.mean.size(); ++k) {
    // Codes of the largest mean round by a thirty-second, and so does the scale.
    const float near = 0.1F * want.mean[k] + 1e-6F * tolerance;
    const bool changed = std::ranges::any_of(apart, [&](const auto& entry) {
      return entry.first / limits.key_block == static_cast<std::int32_t>(k);
    });
    if (!changed) {
      ASSERT_NEAR(want.mean[k], got.mean[k], near) << where << ": key block " << k;
    }
  }
}

}  // namespace

void expect_near_blocks(const TraceReader& want, const TraceReader& got, float tolerance) {
  ASSERT_EQ(want.passes().size(), got.passes().size());
  std::int64_t entries = 0;
  for (std::size_t p = 0; p < want.passes().size(); ++p) {
    const auto pass = static_cast<std::int32_t>(p);
    const auto rows = want.row_blocks(pass);
    ASSERT_EQ(rows.size(), got.row_blocks(pass).size());
    for (std::int32_t layer = 0; layer < want.header().shape.layers; ++layer) {
      for (std::int32_t q = 0; q < want.header().shape.q_heads; ++q) {
        const std::int64_t past = want.past(pass, layer, q).value();
        ASSERT_EQ(past, got.past(pass, layer, q).value());
        for (std::size_t i = 0; i < rows.size(); ++i) {
          const std::int64_t keys = past + rows[i].first_row + rows[i].rows;
          const auto index = static_cast<std::int32_t>(i);
          const BlockLimits limits = limits_of(want.coding(), want.passes()[p], rows[i]);
          ASSERT_EQ(rows[i].rows, got.row_blocks(pass)[i].rows);
          DecodedBlock a;
          DecodedBlock b;
          ASSERT_TRUE(
              decode_block(want.block(pass, layer, q, index).value(), keys, limits.key_block, a));
          ASSERT_TRUE(
              decode_block(got.block(pass, layer, q, index).value(), keys, limits.key_block, b));
          expect_near(a, b, limits, tolerance,
                      "pass " + std::to_string(p) + " layer " + std::to_string(layer) +
                          " query head " + std::to_string(q) + " block " + std::to_string(i));
          if (testing::Test::HasFatalFailure()) {
            return;
          }
          entries += static_cast<std::int64_t>(a.mass.size());
        }
      }
    }
  }
  EXPECT_GT(entries, 1000);
}

void expect_equal_votes(const TraceReader& want, const TraceReader& got) {
  ASSERT_TRUE(std::ranges::equal(want.votes(), got.votes()));
  ASSERT_FALSE(want.votes().empty());
  for (std::size_t v = 0; v < want.votes().size(); ++v) {
    const TraceVote& vote = want.votes()[v];
    const TracePass& last = want.passes()[static_cast<std::size_t>(vote.pass)];
    const int apart =
        vote.side || vote.windows.back() <= last.pass.forward_rows() ? 0 : 1;  // sum of two sums
    for (std::int32_t layer = 0; layer < want.header().shape.layers; ++layer) {
      for (std::int32_t q = 0; q < want.header().shape.q_heads; ++q) {
        const auto a = want.vote(static_cast<std::int32_t>(v), layer, q).value();
        const auto b = got.vote(static_cast<std::int32_t>(v), layer, q).value();
        ASSERT_EQ(a.size(), b.size());
        ASSERT_TRUE(std::ranges::any_of(a, [](std::uint16_t code) { return code != 0; }));
        for (std::size_t i = 0; i < a.size(); ++i) {
          ASSERT_LE(std::abs(int{a[i]} - int{b[i]}), apart) << "vote " << v << " at " << i;
        }
      }
    }
  }
}

}  // namespace kvfoot::testing_trace
