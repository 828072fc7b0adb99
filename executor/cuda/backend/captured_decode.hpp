// Passes of one row of which nobody asks anything: captured once, launched again while nothing but
// the plan changes (token, position, lengths, new pages, the entry that a sliding window moves).
//
// Where entries leave, deciding takes the host its time, so a pass is cut into pieces of a few
// layers: the card computes a piece while the host decides in the next one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "executor/cuda/backend/cache_moves.hpp"
#include "executor/cuda/backend/decode_plan.hpp"
#include "executor/cuda/backend/forward.hpp"
#include "executor/cuda/runtime/device.hpp"
#include "sim/core/result.hpp"

namespace kvfoot::cuda {

class CapturedDecode {
 public:
  CapturedDecode(Device& device, DeviceBlocks& blocks, HostBlocks& host, Forward& forward,
                 Streams& streams, CacheMoves& moves)
      : device_(device),
        blocks_(blocks),
        host_(host),
        forward_(forward),
        streams_(streams),
        moves_(moves) {}
  ~CapturedDecode() { drop_graphs(); }
  CapturedDecode(const CapturedDecode&) = delete;
  CapturedDecode& operator=(const CapturedDecode&) = delete;

  void reset();        // another cache
  void drop_graphs();  // what they refer to has moved

  // The work before is done. `longest`: entries of the longest stream while it is attended. Throws
  // std::bad_alloc, as all that takes memory here does.
  void begin_pass(std::int32_t token, std::int32_t position, std::int64_t longest);
  void attend(std::int32_t layer);  // its streams have grown
  // Enqueues the piece that the layer ends, `changes` of its pages with it; before the first one,
  // `begin` is recorded.
  [[nodiscard]] Status feed_forward(std::int32_t layer, TableChanges& changes, Event begin);

 private:
  struct Piece {
    std::int32_t first = 0, end = 0;  // layers
    DecodePlan plan;
    Graph graph = nullptr;
    // What the graph was made for.
    std::int32_t splits = 0;
    bool moves = false;
  };
  [[nodiscard]] Piece& piece_of(std::int32_t layer) {
    return pieces_[static_cast<std::size_t>(layer / piece_layers_)];
  }
  void cut();
  void drop(Piece& piece);
  // slides: moves are those of the plan; else those of CacheMoves, which cannot be captured.
  void enqueue(Piece& piece, bool slides);

  Device& device_;
  DeviceBlocks& blocks_;
  HostBlocks& host_;
  Forward& forward_;
  Streams& streams_;
  CacheMoves& moves_;
  std::int32_t piece_layers_ = 0;
  std::vector<Piece> pieces_;
  bool evicts_ = false;  // entries moved since reset()
  std::int64_t longest_ = 0;
};

}  // namespace kvfoot::cuda
