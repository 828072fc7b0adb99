// Layouts of every kind, small enough that short runs cross their groups, pages and blocks.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "sim/core/hash.hpp"
#include "sim/core/kv_layout.hpp"

namespace kvfoot::toy {

inline KvLayout random_layout(std::uint64_t seed) {
  const auto draw = [&](std::uint64_t salt, std::uint64_t bound) {
    return static_cast<std::size_t>(below(hash_words(seed, 90, salt), bound));
  };
  // The last of each takes more than what it stands for.
  constexpr std::array<std::string_view, 6> kQuants{"none",
                                                    "none",
                                                    "kivi:bits=2,group=4,residual=12",
                                                    "kivi:bits=4,group=16,residual=16",
                                                    "kvquant:bits=3,outliers=0.1",
                                                    "kvquant:bits=8,outliers=0.5,outlier_bytes=16"};
  constexpr std::array<std::string_view, 6> kIndices{"none",
                                                     "none",
                                                     "quest:page=5,budget=10,dense=1",
                                                     "quest:page=16,budget=32,dense=0",
                                                     "moba:block=7",
                                                     "quest:page=1"};
  KvLayout layout;
  layout.quant = *parse_kv_quant(kQuants[draw(1, kQuants.size())]);
  layout.index = *parse_kv_index(kIndices[draw(2, kIndices.size())]);
  layout.alloc = draw(3, 3) == 0 ? KvAlloc::kRectangular : KvAlloc::kRagged;
  layout.copies = draw(4, 3) == 0 ? KvCopies::kQuery : KvCopies::kKv;
  return layout;
}

}  // namespace kvfoot::toy
