// Looks up whole pieces of text among the tokens.
#include "executor/model/piece_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "sim/core/check.hpp"
#include "sim/core/hash.hpp"

namespace kvfoot::model {

namespace {

constexpr std::size_t kMaxPiece = std::size_t{1} << 16;

std::uint64_t hash_piece(std::string_view piece) {
  std::uint64_t h = piece.size();
  const char* bytes = piece.data();
  std::size_t left = piece.size();
  for (; left > 8; left -= 8, bytes += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, 8);
    h = mix64(h ^ word);
  }
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, left);
  return mix64(h ^ word);
}

}  // namespace

PieceTable::PieceTable(std::size_t count)
    : slots_(std::bit_ceil(std::max<std::size_t>(8, 2 * count))) {}

std::size_t PieceTable::place(std::string_view piece, std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = static_cast<std::size_t>(hash >> 32) & mask;
  while (slots_[at].id >= 0) {
    const Slot& slot = slots_[at];
    if (slot.hash == static_cast<std::uint32_t>(hash) && slot.length == piece.size() &&
        std::memcmp(pool_.data() + slot.offset, piece.data(), piece.size()) == 0) {
      break;
    }
    at = (at + 1) & mask;
  }
  return at;
}

void PieceTable::insert(std::string_view piece, std::int32_t id) {
  if (piece.size() > kMaxPiece) {
    return;
  }
  const std::uint64_t hash = hash_piece(piece);
  Slot& slot = slots_[place(piece, hash)];
  if (slot.id >= 0) {
    return;
  }
  KVFOOT_CHECK(pool_.size() <= UINT32_MAX, "the file limits of tokenizer.json keep it below");
  slot = {static_cast<std::uint32_t>(hash), static_cast<std::uint32_t>(pool_.size()),
          static_cast<std::uint32_t>(piece.size()), id};
  pool_ += piece;
}

std::int32_t PieceTable::find(std::string_view piece) const {
  return slots_.empty() ? -1 : slots_[place(piece, hash_piece(piece))].id;
}

}  // namespace kvfoot::model
