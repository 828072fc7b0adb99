// One encoded block of rows of one query head: large entries apart, the rest as one mean per block
// of keys (docs/trace-format.md, "Blocks").
//
//   float32  scale
//   uint16   items, uint16 reserved (0)
//   uint32   key blocks
//   uint16   gap[items]    distance to the previous entry's key; 65535 moves on without an entry
//   uint16   code[items]   code16 of the entry's mass, mean over the rows of the block
//   uint8    rest[key blocks]  code8: mean mass per key that is no entry, over scale; zero padding
//   to
//                              a multiple of 4 bytes
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace kvfoot {

struct BlockLimits {
  std::int32_t key_block = 64;
  std::int32_t entries = 96;  // most entries
  float least_entry = 0;      // masses below stay in the rest
};

// Least mass of an entry: of a block of several rows (mean over rows), and of a single row.
constexpr float kLeastBlockEntry = 0x1.0p-14F;
constexpr float kLeastRowEntry = 0x1.0p-20F;

// Appends the encoding of `mass`, shape (keys), mean over the rows of the block; `mass` is
// overwritten. The scale is chosen so that the total mass survives rounding.
void encode_block(std::span<float> mass, const BlockLimits& limits, std::vector<std::uint8_t>& out);

// Largest encoding of a block over `keys` keys.
[[nodiscard]] std::int64_t largest_block(std::int64_t keys, const BlockLimits& limits);

// A decoded block. Mass of key j: the entry's if it is one, else mean[j / key_block].
struct DecodedBlock {
  std::vector<std::int32_t> position;  // of the entries, ascending
  std::vector<float> mass;             // of the entries
  std::vector<float> mean;             // per block of keys: mass of every key that is no entry
  std::vector<std::uint16_t> items;    // scratch of decode_block
};

// Appends the encoding of a block whose entries are chosen already: fewer than 65536, ascending.
void encode_block(const DecodedBlock& block, std::int64_t keys, std::int32_t key_block,
                  std::vector<std::uint8_t>& out);

// False if the bytes are no block over `keys` keys.
[[nodiscard]] bool decode_block(std::span<const std::uint8_t> bytes, std::int64_t keys,
                                std::int32_t key_block, DecodedBlock& out);

// mass[j] for all keys of a decoded block.
void expand_block(const DecodedBlock& block, std::int32_t key_block, std::span<float> mass);

}  // namespace kvfoot
