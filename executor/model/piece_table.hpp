// Looks up whole pieces of text among the tokens (private to executor/model). One cache line per
// hit where a general hash map takes three: this lookup is most of the work of encoding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kvfoot::model {

class PieceTable {
 public:
  PieceTable() = default;
  // Room for `count` pieces.
  explicit PieceTable(std::size_t count);

  // Does nothing if the piece is there already or longer than 64 KiB.
  void insert(std::string_view piece, std::int32_t id);
  // -1 if there is none.
  std::int32_t find(std::string_view piece) const;

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t offset = 0;  // of the bytes in pool_
    std::uint32_t length = 0;
    std::int32_t id = -1;  // -1: empty
  };
  // The slot of the piece, or the empty one where it would go.
  std::size_t place(std::string_view piece, std::uint64_t hash) const;

  std::vector<Slot> slots_;  // open addressing, a power of two, at most half full
  std::string pool_;
};

}  // namespace kvfoot::model
