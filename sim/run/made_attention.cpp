// Sums of a few simple parts, formed per row block in time that does not depend on its rows.
#include "sim/run/made_attention.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "sim/core/hash.hpp"

namespace kvfoot {
namespace {

constexpr std::int64_t kNeedles = 8;
constexpr std::int64_t kHeavy = 24;
constexpr std::int64_t kNearest = 32;  // latest keys that are entries of their own
constexpr double kSinkShares[] = {.7, .15, .1, .05};

// Values between `low` and `high`, drawn for a purpose.
double draw(std::uint64_t key, std::uint64_t purpose, double low, double high) {
  return low + (high - low) * unit_interval(hash_words(key, purpose));
}

// Mass per key, gathered before it is put in order.
class Entries {
 public:
  void add(std::int64_t key, double mass) {
    if (mass > 0) {
      list_.emplace_back(static_cast<std::int32_t>(key), mass);
    }
  }
  // Ascending, masses of the same key added up; at most `most`, the smallest go to `left`.
  std::vector<std::pair<std::int32_t, double>> take(std::int32_t most, double& left) {
    std::sort(list_.begin(), list_.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::pair<std::int32_t, double>> merged;
    for (const auto& [key, mass] : list_) {
      if (!merged.empty() && merged.back().first == key) {
        merged.back().second += mass;
      } else {
        merged.emplace_back(key, mass);
      }
    }
    while (merged.size() > static_cast<std::size_t>(most)) {
      const auto least =
          std::min_element(merged.begin(), merged.end(),
                           [](const auto& a, const auto& b) { return a.second < b.second; });
      left += least->second;
      merged.erase(least);
    }
    return merged;
  }

 private:
  std::vector<std::pair<std::int32_t, double>> list_;
};

}  // namespace

MadeAttention::MadeAttention(const ModelShape& shape, const RunLengths& run, std::uint64_t seed)
    : shape_(shape), run_(run), seed_(seed) {
  for (std::int64_t i = 0; i < kNeedles; ++i) {
    const auto prompt = static_cast<std::uint64_t>(run.prompt);
    needles_.push_back(
        static_cast<std::int64_t>(below(hash_words(hash_text("needle"), seed, i), prompt)));
  }
  std::sort(needles_.begin(), needles_.end());
}

bool MadeAttention::retrieves(std::int32_t layer, std::int32_t kv_head) const {
  return unit_interval(hash_words(hash_text("retrieval"), seed_, layer, kv_head)) < .25;
}

MadeAttention::Head MadeAttention::head(std::int32_t layer, std::int32_t q_head) const {
  Head head;
  head.key = hash_words(hash_text("head"), seed_, layer, q_head);
  const bool retrieves = this->retrieves(layer, q_head / shape_.group());
  head.sinks = retrieves ? draw(head.key, 1, .15, .35) : draw(head.key, 1, .35, .65);
  head.needles = retrieves ? draw(head.key, 2, .25, .45) : 0;
  head.recent = retrieves ? draw(head.key, 3, .05, .15) : draw(head.key, 3, .2, .3);
  head.heavy = draw(head.key, 4, .02, .05);
  head.reach = std::exp2(retrieves ? draw(head.key, 5, 6, 10) : draw(head.key, 5, 4, 9));
  return head;
}

void MadeAttention::rows(std::int32_t layer, std::int32_t q_head, std::int64_t first_row,
                         std::int64_t rows, std::int32_t entries, std::int32_t key_block,
                         DecodedBlock& out) const {
  const Head head = this->head(layer, q_head);
  const std::int64_t keys = first_row + rows;
  Entries gathered;
  double left = 1 - head.sinks - head.recent - head.needles - head.heavy;  // evenly over all keys

  // A part whose keys do not exist yet goes to the even rest.
  double sinks = 0;
  for (std::int64_t i = 0; i < std::min<std::int64_t>(4, keys); ++i) {
    gathered.add(i, head.sinks * kSinkShares[i]);
    sinks += kSinkShares[i];
  }
  left += head.sinks * (1 - sinks);

  // Rows of 256 tokens have one needle in mind; the others get a little.
  const auto visible = static_cast<std::int64_t>(
      std::lower_bound(needles_.begin(), needles_.end(), first_row) - needles_.begin());
  if (visible > 0) {
    const auto chosen = static_cast<std::int64_t>(
        below(hash_words(head.key, first_row / 256), static_cast<std::uint64_t>(visible)));
    for (std::int64_t i = 0; i < visible; ++i) {
      const double share =
          i == chosen ? .8 : .2 / static_cast<double>(std::max<std::int64_t>(1, visible - 1));
      gathered.add(needles_[static_cast<std::size_t>(i)], head.needles * share);
    }
    left += visible == 1 ? .2 * head.needles : 0;
  } else {
    left += head.needles;
  }

  double heavy = 0;
  constexpr double kHarmonic = 3.7759581777535067;  // 1 + 1/2 + ... + 1/24
  for (std::int64_t i = 0; i < kHeavy; ++i) {
    const auto at = static_cast<std::int64_t>(
        below(hash_words(head.key, i, 7), static_cast<std::uint64_t>(run_.prompt)));
    if (at < first_row) {
      const double share = 1 / (static_cast<double>(i + 1) * kHarmonic);
      gathered.add(at, head.heavy * share);
      heavy += share;
    }
  }
  left += head.heavy * (1 - heavy);

  // Recency falls by `decay` per key back from the last row. The nearest keys are entries with a
  // little noise, those before them shares of their key blocks.
  const double decay = std::exp(-1 / head.reach);
  const std::int64_t nearest = std::min(kNearest, keys);
  double weight = 1;
  double near = 0;
  double weights[kNearest];
  for (std::int64_t i = 0; i < nearest; ++i) {
    weights[i] = weight * draw(head.key, hash_words(keys - 1 - i), .5, 1.5);
    near += weights[i];
    weight *= decay;
  }
  const double far = weight * (1 - std::pow(decay, static_cast<double>(keys - nearest))) /
                     (1 - decay);  // all keys before the nearest
  for (std::int64_t i = 0; i < nearest; ++i) {
    gathered.add(keys - 1 - i, head.recent * weights[i] / (near + far));
  }
  const std::int64_t width = key_block;
  out.mean.assign(static_cast<std::size_t>((keys + width - 1) / width), 0.0F);
  const double unit = head.recent / (near + far);
  std::int64_t end = keys - nearest;  // keys that are left
  while (end > 0 && weight > 1e-12) {
    const std::int64_t begin = (end - 1) / width * width;
    const auto count = static_cast<double>(end - begin);
    const double sum = weight * (1 - std::pow(decay, count)) / (1 - decay);
    out.mean[static_cast<std::size_t>(begin / width)] += static_cast<float>(unit * sum / count);
    weight *= std::pow(decay, count);
    end = begin;
  }

  const auto taken = gathered.take(entries, left);
  const auto even = static_cast<float>(left / static_cast<double>(keys));
  for (float& mean : out.mean) {
    mean += even;
  }
  out.position.clear();
  out.mass.clear();
  for (const auto& [key, mass] : taken) {
    out.position.push_back(key);
    out.mass.push_back(static_cast<float>(mass) + out.mean[static_cast<std::size_t>(key / width)]);
  }
  // What a key block's share leaves out or counts twice at its edges is a rounding of the shares;
  // the whole is made to sum to one.
  double total = 0;
  for (std::size_t b = 0; b < out.mean.size(); ++b) {
    const std::int64_t begin = static_cast<std::int64_t>(b) * width;
    total += static_cast<double>(out.mean[b]) *
             static_cast<double>(std::min(keys, begin + width) - begin);
  }
  for (const auto& [key, mass] : taken) {
    total += mass;
  }
  const auto scale = static_cast<float>(1 / total);
  for (float& mean : out.mean) {
    mean *= scale;
  }
  for (float& mass : out.mass) {
    mass *= scale;
  }
}

}  // namespace kvfoot
