// Layers are found once per outcome; equal streams share one list.
#include "gui/view/map_lives.hpp"

#include <algorithm>
#include <utility>

#include "gui/model/within_memory.hpp"

namespace kvfoot::gui {
namespace {

constexpr std::size_t kComparedLists = 16;  // most of the time there are two

// Replaces lists that hold the same as an earlier one. Returns the bytes of those that do not.
std::int64_t share_lists(std::vector<StreamLife>& streams, std::vector<StreamLife>& distinct) {
  std::int64_t bytes = 0;
  for (StreamLife& life : streams) {
    const auto alike = std::find_if(distinct.begin(), distinct.end(), [&](const StreamLife& other) {
      return other.evicted_at == life.evicted_at || *other.evicted_at == *life.evicted_at;
    });
    if (alike != distinct.end()) {
      life.evicted_at = alike->evicted_at;
      continue;
    }
    bytes += static_cast<std::int64_t>(4 * life.evicted_at->size());
    if (distinct.size() < kComparedLists) {
      distinct.push_back(life);
    }
  }
  return bytes;
}

}  // namespace

void MapLives::request(const OutcomePtr& outcome, StreamChoice stream) {
  if (outcome_ != outcome) {
    outcome_ = outcome;
    known_ = {};
  }
  stream = stream.all() ? StreamChoice{} : stream;
  job_.cancel();
  if (report(stream)) {
    return;
  }
  job_.request([this, outcome, stream, layers = known_.layers](const std::atomic<bool>& cancel) {
    auto found = within_memory(
        needs_more_memory(short_name(outcome->asked), "choose one stream, or a shorter run"),
        [&] { return find(*outcome, stream, layers, cancel); });
    return [this, stream, found = std::move(found)] {
      if (!found) {
        emit failed(found.error());
        return;
      }
      known_ = *found;
      static_cast<void>(report(stream));
    };
  });
}

void MapLives::forget() {
  job_.cancel();
  outcome_ = nullptr;
  known_ = {};
}

bool MapLives::report(StreamChoice stream) {
  const auto layer = known_.layers.find(stream.layer);
  if (stream.all() ? known_.sum == nullptr : layer == known_.layers.end()) {
    return false;
  }
  MapSubject subject{outcome_, stream, std::nullopt, nullptr};
  if (stream.all()) {
    subject.sum = known_.sum;
  } else {
    subject.life = layer->second[static_cast<std::size_t>(stream.head)];
  }
  emit ready(subject);
  return true;
}

Result<MapLives::Found> MapLives::find(const Outcome& outcome, StreamChoice stream, Layers layers,
                                       const std::atomic<bool>& cancel) {
  Found found{std::move(layers), nullptr};
  const std::int32_t first = stream.all() ? 0 : stream.layer;
  const std::int32_t last = stream.all() ? outcome.layers() - 1 : stream.layer;
  const bool logged = outcome.lives != nullptr;
  std::vector<StreamLife> distinct;
  std::vector<plots::KeyLives> all;
  std::int64_t bytes = 0;
  for (std::int32_t layer = first; layer <= last; ++layer) {
    auto& streams = found.layers[layer];
    if (streams.empty()) {
      KVFOOT_ASSIGN(streams, lives_of_layer(outcome, layer, &cancel));
    }
    bytes += logged ? 0 : share_lists(streams, distinct);
    if (bytes > kMostLivesBytes) {
      return Error{short_name(outcome.asked),
                   "what every stream keeps would take more than a gigabyte",
                   "choose one stream, or a shorter run", ErrorKind::kEnvironment};
    }
    for (const StreamLife& life : streams) {
      all.push_back({life.evicted_at, life.window});
    }
  }
  if (stream.all()) {
    found.sum = plots::StateSum::make(all, outcome.result.inputs.run.rows(), &cancel);
    if (found.sum == nullptr) {
      return Error{"state map", "was interrupted", {}, ErrorKind::kInterrupted};
    }
  }
  return found;
}

}  // namespace kvfoot::gui
