// Pieces of a pass.
#include "executor/cuda/backend/captured_decode.hpp"

#include <algorithm>
#include <utility>

namespace kvfoot::cuda {
namespace {

// Where entries leave: the first piece is what the card waits for.
constexpr std::int32_t kEvictingLayers = 4;

}  // namespace

void CapturedDecode::reset() {
  drop_graphs();
  pieces_.clear();
  evicts_ = false;
}

void CapturedDecode::drop(Piece& piece) {
  device_.destroy(piece.graph);
  piece.graph = nullptr;
}

void CapturedDecode::drop_graphs() {
  for (Piece& piece : pieces_) {
    drop(piece);
  }
}

void CapturedDecode::cut() {
  const std::int32_t layers = evicts_ ? kEvictingLayers : streams_.layers();
  if (!pieces_.empty() && layers == piece_layers_) {
    return;
  }
  std::vector<Piece> pieces;
  for (std::int32_t first = 0; first < streams_.layers(); first += layers) {
    const std::int32_t end = std::min(first + layers, streams_.layers());
    const std::int64_t streams = std::int64_t{end - first} * streams_.heads();
    pieces.push_back({first, end, DecodePlan(device_, blocks_, host_, streams)});
  }
  drop_graphs();
  pieces_ = std::move(pieces);
  piece_layers_ = layers;
}

void CapturedDecode::begin_pass(std::int32_t token, std::int32_t position, std::int64_t longest) {
  cut();
  pieces_.front().plan.set_token(token, position);
  longest_ = longest;
}

void CapturedDecode::attend(std::int32_t layer) {
  Piece& piece = piece_of(layer);
  piece.plan.set_entries(layer - piece.first, streams_.sizes(layer));
}

void CapturedDecode::enqueue(Piece& piece, bool slides) {
  const Stream stream = device_.compute_stream();
  const DecodePlan& plan = piece.plan;
  plan.enqueue_copy(stream);
  launch_table_update(plan.table_update(streams_.table()), stream);
  if (piece.first == 0) {
    forward_.begin(plan.token(), plan.position());
  }
  for (std::int32_t layer = piece.first; layer < piece.end; ++layer) {
    const std::int32_t* entries = plan.entries(layer - piece.first, streams_.heads());
    forward_.attend(layer, entries, longest_);
    if (!slides) {
      moves_.enqueue(layer);
    } else if (piece.moves) {
      launch_slide_entries({.cache = streams_.view(layer, entries),
                            .moves = plan.moves(layer - piece.first, streams_.heads())},
                           stream);
    }
    forward_.finish(layer);
  }
}

Status CapturedDecode::feed_forward(std::int32_t layer, TableChanges& changes, Event begin) {
  Piece& piece = piece_of(layer);
  if (layer + 1 < piece.end) {
    return {};
  }
  piece.plan.set_changes(changes);
  changes = {};
  bool moves = false;
  bool slides = true;
  for (std::int32_t l = piece.first; l < piece.end; ++l) {
    moves = moves || !moves_.runs(l).empty();
    slides = slides && only_slides(moves_.runs(l));
  }
  evicts_ = evicts_ || moves;
  if (!slides || forward_.reindexes()) {  // launches that depend on lengths
    if (piece.first == 0) {
      device_.record(begin, device_.compute_stream());
    }
    enqueue(piece, false);
    return {};
  }
  for (std::int32_t l = piece.first; l < piece.end; ++l) {
    piece.plan.set_moves(l - piece.first, streams_.heads(), moves_.runs(l));
    moves_.forget(l);
  }
  if (piece.graph == nullptr || piece.splits != forward_.splits() || (moves && !piece.moves)) {
    drop(piece);
    piece.splits = forward_.splits();
    piece.moves = moves;
    KVFOOT_TRY(device_.begin_capture(device_.compute_stream()));
    enqueue(piece, true);
    KVFOOT_ASSIGN(piece.graph, device_.end_capture(device_.compute_stream()));
  }
  if (piece.first == 0) {
    device_.record(begin, device_.compute_stream());
  }
  device_.launch(piece.graph, device_.compute_stream());
  return {};
}

}  // namespace kvfoot::cuda
