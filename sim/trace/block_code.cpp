// Encoding and decoding of blocks of rows.
#include "sim/trace/block_code.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "sim/core/check.hpp"
#include "sim/trace/code.hpp"

namespace kvfoot {
namespace {

constexpr std::size_t kHeadBytes = 12;
constexpr std::int64_t kEscape = 65535;

template <class T>
void put(std::vector<std::uint8_t>& out, T value) {
  const std::size_t at = out.size();
  out.resize(at + sizeof value);
  std::memcpy(out.data() + at, &value, sizeof value);
}

template <class T>
T get(std::span<const std::uint8_t> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// The keys of the largest masses, at most limits.entries, ascending; ties go to the lower key.
std::vector<std::int32_t> pick_entries(std::span<const float> mass, const BlockLimits& limits) {
  std::vector<std::int32_t> picked;
  for (std::size_t j = 0; j < mass.size(); ++j) {
    if (mass[j] >= limits.least_entry && mass[j] > 0) {
      picked.push_back(static_cast<std::int32_t>(j));
    }
  }
  const auto most = static_cast<std::size_t>(limits.entries);
  if (picked.size() > most) {
    const auto larger = [&mass](std::int32_t a, std::int32_t b) {
      const float x = mass[static_cast<std::size_t>(a)];
      const float y = mass[static_cast<std::size_t>(b)];
      return x > y || (x == y && a < b);
    };
    std::nth_element(picked.begin(), picked.begin() + static_cast<std::ptrdiff_t>(most),
                     picked.end(), larger);
    picked.resize(most);
    std::sort(picked.begin(), picked.end());
  }
  return picked;
}

// Every item is an entry with a key of its own.
bool plain_gaps(std::span<const std::uint16_t> gaps) {
  unsigned odd = 0;
  for (const std::uint16_t gap : gaps) {
    odd |= gap == kEscape ? 1U : 0U;
  }
  for (std::size_t i = 1; i < gaps.size(); ++i) {
    odd |= gaps[i] == 0 ? 1U : 0U;
  }
  return odd == 0;
}

std::size_t add_up(std::span<const std::uint16_t> gaps, std::span<std::int32_t> position) {
  std::uint32_t key = 0;  // at most 65535 gaps of 65535: no overflow
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    key += gaps[i];
    position[i] = static_cast<std::int32_t>(key);
  }
  return gaps.size();
}

constexpr std::size_t kRepeated = ~std::size_t{0};

// With escapes, whose masses go; kRepeated if two entries have the same key.
std::size_t place_entries(std::span<const std::uint16_t> gaps, DecodedBlock& out) {
  std::size_t entries = 0;
  std::uint32_t key = 0;
  bool fresh = true;  // no entry yet, or an escape since: a gap of 0 is a key of its own
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    const std::uint16_t gap = gaps[i];
    key += gap;
    if (gap == kEscape) {
      fresh = true;
      continue;
    }
    if (gap == 0 && !fresh) {
      return kRepeated;
    }
    fresh = false;
    out.position[entries] = static_cast<std::int32_t>(key);
    out.mass[entries] = out.mass[i];
    ++entries;
  }
  return entries;
}

std::size_t padded(std::size_t bytes) { return (bytes + 3) / 4 * 4; }

}  // namespace

namespace {

// How many keys of each key block are no entry.
std::vector<std::int64_t> others_of(std::span<const std::int32_t> position, std::int64_t keys,
                                    std::int64_t width) {
  std::vector<std::int64_t> others(static_cast<std::size_t>((keys + width - 1) / width), width);
  if (keys % width != 0) {
    others.back() = keys % width;
  }
  for (const std::int32_t key : position) {
    --others[static_cast<std::size_t>(key / width)];
  }
  return others;
}

// Entries at ascending keys with their masses; of the keys that are no entry, per key block: how
// many there are and their mean. `total`: the mass of them all.
void write_block(std::span<const std::int32_t> position, std::span<const float> mass,
                 std::span<const float> mean, std::span<const std::int64_t> others, double total,
                 std::vector<std::uint8_t>& out) {
  std::vector<std::uint16_t> gap;
  std::vector<std::uint16_t> code;
  std::int64_t previous = 0;
  for (std::size_t i = 0; i < position.size(); ++i) {
    for (; position[i] - previous >= kEscape; previous += kEscape) {
      gap.push_back(static_cast<std::uint16_t>(kEscape));
      code.push_back(0);
    }
    gap.push_back(static_cast<std::uint16_t>(position[i] - previous));
    code.push_back(encode16(mass[i]));
    previous = position[i];
  }
  KVFOOT_CHECK(gap.size() <= 65535);

  // The scale that keeps the sum of what is no entry.
  const float largest = mean.empty() ? 0.0F : *std::max_element(mean.begin(), mean.end());
  std::vector<std::uint8_t> rest(mean.size());
  double decoded = 0;
  for (std::size_t b = 0; b < mean.size() && largest > 0; ++b) {
    rest[b] = encode8(mean[b] / largest);
    decoded += static_cast<double>(decode8(rest[b])) * static_cast<double>(others[b]);
  }
  const float scale = decoded > 0 ? static_cast<float>(total / decoded) : 0.0F;

  put(out, scale);
  put(out, static_cast<std::uint16_t>(gap.size()));
  put(out, std::uint16_t{0});
  put(out, static_cast<std::uint32_t>(mean.size()));
  for (const std::uint16_t value : gap) {
    put(out, value);
  }
  for (const std::uint16_t value : code) {
    put(out, value);
  }
  out.insert(out.end(), rest.begin(), rest.end());
  out.resize(out.size() + padded(mean.size()) - mean.size());
}

}  // namespace

void encode_block(std::span<float> mass, const BlockLimits& limits,
                  std::vector<std::uint8_t>& out) {
  const auto keys = static_cast<std::int64_t>(mass.size());
  const std::vector<std::int32_t> picked = pick_entries(mass, limits);
  std::vector<float> entries;
  for (const std::int32_t key : picked) {
    entries.push_back(mass[static_cast<std::size_t>(key)]);
    mass[static_cast<std::size_t>(key)] = 0;
  }
  const std::int64_t width = limits.key_block;
  const std::vector<std::int64_t> others = others_of(picked, keys, width);
  std::vector<float> mean(others.size());
  double total = 0;
  for (std::size_t b = 0; b < mean.size(); ++b) {
    const std::int64_t begin = static_cast<std::int64_t>(b) * width;
    const std::int64_t end = std::min(keys, begin + width);
    double sum = 0;
    for (std::int64_t j = begin; j < end; ++j) {
      sum += static_cast<double>(mass[static_cast<std::size_t>(j)]);
    }
    total += sum;
    mean[b] = others[b] > 0 ? static_cast<float>(sum / static_cast<double>(others[b])) : 0.0F;
  }
  write_block(picked, entries, mean, others, total, out);
}

void encode_block(const DecodedBlock& block, std::int64_t keys, std::int32_t key_block,
                  std::vector<std::uint8_t>& out) {
  const std::vector<std::int64_t> others = others_of(block.position, keys, key_block);
  KVFOOT_CHECK(block.mean.size() == others.size() && block.position.size() == block.mass.size());
  double total = 0;
  for (std::size_t b = 0; b < others.size(); ++b) {
    total += static_cast<double>(block.mean[b]) * static_cast<double>(others[b]);
  }
  write_block(block.position, block.mass, block.mean, others, total, out);
}

std::int64_t largest_block(std::int64_t keys, const BlockLimits& limits) {
  const std::int64_t blocks = (keys + limits.key_block - 1) / limits.key_block;
  const std::int64_t items = std::min<std::int64_t>(keys, limits.entries) + keys / kEscape;
  return static_cast<std::int64_t>(kHeadBytes) + 4 * items + (blocks + 3) / 4 * 4;
}

bool decode_block(std::span<const std::uint8_t> bytes, std::int64_t keys, std::int32_t key_block,
                  DecodedBlock& out) {
  if (bytes.size() < kHeadBytes) {
    return false;
  }
  const auto scale = get<float>(bytes, 0);
  const std::size_t items = get<std::uint16_t>(bytes, 4);
  const std::size_t blocks = get<std::uint32_t>(bytes, 8);
  if (static_cast<std::int64_t>(blocks) != (keys + key_block - 1) / key_block ||
      bytes.size() != kHeadBytes + 4 * items + padded(blocks) || !(scale >= 0.0F) ||
      std::isinf(scale)) {
    return false;
  }
  out.items.resize(2 * items);
  if (items > 0) {  // memcpy must not see the null of an empty vector
    std::memcpy(out.items.data(), bytes.data() + kHeadBytes, 4 * items);
  }
  const std::span<const std::uint16_t> gaps = std::span(out.items).first(items);
  out.position.resize(items);
  out.mass.resize(items);
  decode16(std::span(out.items).subspan(items), out.mass);
  const std::size_t entries =
      plain_gaps(gaps) ? add_up(gaps, out.position) : place_entries(gaps, out);
  // Keys ascend, so the last tells of all.
  if (entries == kRepeated ||
      (entries > 0 && static_cast<std::uint32_t>(out.position[entries - 1]) >= keys)) {
    return false;
  }
  out.position.resize(entries);
  out.mass.resize(entries);
  out.mean.resize(blocks);
  decode8(bytes.subspan(kHeadBytes + 4 * items, blocks), scale, out.mean);
  return true;
}

void expand_block(const DecodedBlock& block, std::int32_t key_block, std::span<float> mass) {
  const auto width = static_cast<std::size_t>(key_block);
  for (std::size_t b = 0; b < block.mean.size(); ++b) {
    const std::size_t begin = b * width;
    std::fill(mass.begin() + static_cast<std::ptrdiff_t>(begin),
              mass.begin() + static_cast<std::ptrdiff_t>(std::min(mass.size(), begin + width)),
              block.mean[b]);
  }
  for (std::size_t i = 0; i < block.position.size(); ++i) {
    mass[static_cast<std::size_t>(block.position[i])] = block.mass[i];
  }
}

}  // namespace kvfoot
