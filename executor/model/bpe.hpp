// The merge engine of byte-level BPE (Sennrich et al. 2016; Radford et al. 2019), private to
// executor/model: bytes of one piece in, token ids out.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace kvfoot::model {

struct BpeMerge {
  std::int32_t left = 0;
  std::int32_t right = 0;
  std::int32_t result = 0;
};

class BpeMerger {
 public:
  // `byte_ids[b]` is the id of the token of byte b, or -1. Merges in order of rank; of two equal
  // pairs the later rank counts, as in Hugging Face's table.
  BpeMerger(const std::array<std::int32_t, 256>& byte_ids, std::span<const BpeMerge> merges);

  // Repeatedly merges the adjacent pair of lowest rank, leftmost first, and appends what is left.
  // False (and nothing appended) if a byte has no token; `missing_byte` then tells which.
  bool encode(std::string_view piece, std::vector<std::int32_t>& out,
              std::uint8_t& missing_byte) const;

 private:
  struct Slot {
    std::uint64_t key = kEmpty;
    std::uint32_t rank = 0;
    std::int32_t result = 0;
  };
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};

  const Slot* find(std::int32_t left, std::int32_t right) const;
  void merge_short(std::span<std::int32_t> symbols, std::vector<std::int32_t>& out) const;
  void merge_long(std::span<std::int32_t> symbols, std::vector<std::int32_t>& out) const;

  std::array<std::int32_t, 256> byte_ids_;
  std::vector<Slot> slots_;  // open addressing, a power of two
  std::uint64_t mask_ = 0;
};

}  // namespace kvfoot::model
