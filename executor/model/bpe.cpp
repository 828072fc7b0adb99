// The merge engine of byte-level BPE.
#include "executor/model/bpe.hpp"

#include <algorithm>
#include <bit>
#include <queue>

namespace kvfoot::model {

namespace {

// Scanning for the minimum beats a heap on the few bytes of a word.
constexpr std::size_t kShort = 48;
constexpr std::uint32_t kNoRank = ~std::uint32_t{0};
constexpr std::int32_t kNone = -1;

std::uint64_t pair_key(std::int32_t left, std::int32_t right) {
  return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32) |
         static_cast<std::uint32_t>(right);
}

std::uint64_t spread(std::uint64_t key) {
  key *= 0x9e3779b97f4a7c15ULL;
  return key ^ (key >> 32);
}

struct Candidate {
  std::uint32_t rank = 0;
  std::int32_t at = 0;  // index of the left symbol
  std::int32_t left = 0;
  std::int32_t right = 0;
  std::int32_t result = 0;
};

// std::priority_queue puts the largest first.
struct Later {
  bool operator()(const Candidate& a, const Candidate& b) const {
    return a.rank != b.rank ? a.rank > b.rank : a.at > b.at;
  }
};

}  // namespace

BpeMerger::BpeMerger(const std::array<std::int32_t, 256>& byte_ids,
                     std::span<const BpeMerge> merges)
    : byte_ids_(byte_ids) {
  const std::size_t capacity = std::bit_ceil(std::max<std::size_t>(16, merges.size() * 2));
  slots_.resize(capacity);
  mask_ = capacity - 1;
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    const BpeMerge& merge = merges[rank];
    const std::uint64_t key = pair_key(merge.left, merge.right);
    std::uint64_t at = spread(key) & mask_;
    while (slots_[at].key != kEmpty && slots_[at].key != key) {
      at = (at + 1) & mask_;
    }
    slots_[at] = {key, static_cast<std::uint32_t>(rank), merge.result};
  }
}

const BpeMerger::Slot* BpeMerger::find(std::int32_t left, std::int32_t right) const {
  const std::uint64_t key = pair_key(left, right);
  std::uint64_t at = spread(key) & mask_;
  while (true) {
    const Slot& slot = slots_[at];
    if (slot.key == key) {
      return &slot;
    }
    if (slot.key == kEmpty) {
      return nullptr;
    }
    at = (at + 1) & mask_;
  }
}

bool BpeMerger::encode(std::string_view piece, std::vector<std::int32_t>& out,
                       std::uint8_t& missing_byte) const {
  std::array<std::int32_t, kShort> few;
  std::vector<std::int32_t> many;
  std::span<std::int32_t> symbols(few.data(), std::min(piece.size(), kShort));
  if (piece.size() > kShort) {
    many.resize(piece.size());
    symbols = many;
  }
  for (std::size_t i = 0; i < piece.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(piece[i]);
    symbols[i] = byte_ids_[byte];
    if (symbols[i] < 0) {
      missing_byte = byte;
      return false;
    }
  }
  if (piece.size() <= kShort) {
    merge_short(symbols, out);
  } else {
    merge_long(symbols, out);
  }
  return true;
}

void BpeMerger::merge_short(std::span<std::int32_t> symbols, std::vector<std::int32_t>& out) const {
  std::array<std::uint32_t, kShort> ranks;  // of the pair (i, i + 1)
  std::size_t count = symbols.size();
  const auto rank_at = [&](std::size_t i) {
    const Slot* slot = find(symbols[i], symbols[i + 1]);
    return slot == nullptr ? kNoRank : slot->rank;
  };
  for (std::size_t i = 0; i + 1 < count; ++i) {
    ranks[i] = rank_at(i);
  }
  while (count > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < count; ++i) {
      best = ranks[i] < ranks[best] ? i : best;
    }
    if (ranks[best] == kNoRank) {
      break;
    }
    symbols[best] = find(symbols[best], symbols[best + 1])->result;
    for (std::size_t i = best + 1; i + 1 < count; ++i) {
      symbols[i] = symbols[i + 1];
      ranks[i - 1] = ranks[i];
    }
    --count;
    if (best > 0) {
      ranks[best - 1] = rank_at(best - 1);
    }
    if (best + 1 < count) {
      ranks[best] = rank_at(best);
    }
  }
  out.insert(out.end(), symbols.begin(), symbols.begin() + static_cast<std::ptrdiff_t>(count));
}

void BpeMerger::merge_long(std::span<std::int32_t> symbols, std::vector<std::int32_t>& out) const {
  const auto count = static_cast<std::int32_t>(symbols.size());
  std::vector<std::int32_t> next(symbols.size());
  std::vector<std::int32_t> previous(symbols.size());
  std::priority_queue<Candidate, std::vector<Candidate>, Later> queue;
  const auto symbol = [&](std::int32_t i) -> std::int32_t& {
    return symbols[static_cast<std::size_t>(i)];
  };
  const auto after = [&](std::int32_t i) -> std::int32_t& {
    return next[static_cast<std::size_t>(i)];
  };
  const auto before = [&](std::int32_t i) -> std::int32_t& {
    return previous[static_cast<std::size_t>(i)];
  };
  const auto propose = [&](std::int32_t left, std::int32_t right) {
    if (left == kNone || right == kNone) {
      return;
    }
    if (const Slot* slot = find(symbol(left), symbol(right))) {
      queue.push({slot->rank, left, symbol(left), symbol(right), slot->result});
    }
  };
  for (std::int32_t i = 0; i < count; ++i) {
    before(i) = i - 1;
    after(i) = i + 1 == count ? kNone : i + 1;
  }
  for (std::int32_t i = 0; i + 1 < count; ++i) {
    propose(i, i + 1);
  }
  while (!queue.empty()) {
    const Candidate candidate = queue.top();
    queue.pop();
    const std::int32_t left = candidate.at;
    const std::int32_t right = after(left);
    // Swallowed symbols hold kNone, so a candidate whose pair has changed never matches.
    if (symbol(left) != candidate.left || right == kNone || symbol(right) != candidate.right) {
      continue;
    }
    symbol(left) = candidate.result;
    symbol(right) = kNone;
    after(left) = after(right);
    if (after(left) != kNone) {
      before(after(left)) = left;
    }
    propose(before(left), left);
    propose(left, after(left));
  }
  for (std::int32_t i = 0; i != kNone; i = after(i)) {
    out.push_back(symbol(i));
  }
}

}  // namespace kvfoot::model
