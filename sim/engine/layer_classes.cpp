// Sums over the streams of a layer at the start of a run of decode passes.
#include "sim/engine/layer_classes.hpp"

#include <map>
#include <utility>

namespace kvfoot {

LayerClasses classify_layers(const ClockRequest& request, std::int64_t first) {
  const std::int64_t block = request.model.block;
  const auto heads = static_cast<std::int64_t>(request.model.storage_heads);
  LayerClasses classes;
  std::map<LayerClass, std::size_t> known;
  std::map<std::pair<std::int64_t, std::int32_t>, std::int64_t> growth;
  for (std::int32_t layer = 0; layer < request.model.shape.layers; ++layer) {
    LayerClass sums;
    sums.window = request.model.shape.window(layer);
    sums.experts = layer_shape(request.model.shape, layer).router > 0;
    for (std::int64_t s = layer * heads; s < (layer + 1) * heads; ++s) {
      const std::int64_t past = request.profile->past(s, first);
      const bool grows = request.profile->past(s, first + 1) > past;
      sums.before += past;
      sums.growing += grows ? 1 : 0;
      sums.moved += grows || sums.window > 0 ? 0 : past;
      sums.transient += !grows && past % block == 0 ? 1 : 0;
      if (grows) {
        growth[{(block - past % block) % block, layer}] += 1;
      }
    }
    const auto [at, fresh] = known.try_emplace(sums, classes.sums.size());
    if (fresh) {
      classes.sums.push_back(sums);
      classes.layers.push_back(0);
      classes.first.push_back(layer);
    }
    classes.layers[at->second] += 1;
    classes.of.push_back(at->second);
  }
  for (const auto& [key, streams] : growth) {
    classes.growth.push_back({key.first, key.second, streams});
  }
  return classes;
}

}  // namespace kvfoot
