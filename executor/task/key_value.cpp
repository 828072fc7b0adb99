// Key-value recall: as plain pairs between filler words (kv) and as a JSON object (json_kv).
#include <set>
#include <string>
#include <vector>

#include "executor/task/frames.hpp"
#include "executor/task/generators.hpp"
#include "executor/task/random.hpp"
#include "executor/task/words.hpp"

namespace kvfoot::task {
namespace {

struct Pair {
  std::string key;
  std::string value;
};

// Draws pairs whose keys and values are all different.
class PairSource {
 public:
  PairSource(const TaskSpec& spec, Random& random)
      : letters_(static_cast<std::size_t>(spec.key_letters)),
        digits_(static_cast<std::size_t>(spec.digits)),
        json_(spec.kind == TaskKind::kJsonKeyValue),
        random_(random) {}

  // Rejection hands out the first nine tenths of the possible keys and values quickly.
  [[nodiscard]] bool exhausted() const {
    double keys = 0.9, values = json_ ? 0.8 : 0.9;
    for (std::size_t i = 0; i < letters_; ++i) {
      keys *= 26;
    }
    for (std::size_t i = 0; i < digits_; ++i) {
      values *= 10;
    }
    return static_cast<double>(keys_.size()) >= std::min(keys, values);
  }

  Pair draw() {
    Pair pair;
    do {
      pair.key = random_letters(random_, letters_);
    } while (!keys_.insert(pair.key).second);
    do {
      pair.value = json_ ? random_number(random_, digits_) : random_digits(random_, digits_);
    } while (!values_.insert(pair.value).second);
    return pair;
  }

 private:
  std::size_t letters_, digits_;
  bool json_;
  Random& random_;
  std::set<std::string> keys_, values_;
};

std::size_t gold_index(std::uint32_t depth, std::size_t pairs) { return depth * (pairs - 1) / 100; }

}  // namespace

std::optional<TaskSample> build_key_value(const TaskSpec& spec, std::uint64_t seed,
                                          std::size_t bytes) {
  Random random(seed);
  const std::uint32_t depth = sample_depth(spec, random);
  PairSource source(spec, random);
  const std::size_t pair_bytes = static_cast<std::size_t>(spec.key_letters + spec.digits) + 2;

  struct Piece {
    Pair pair;
    std::string word;  // filler if not empty
  };
  std::vector<Piece> pieces;
  std::vector<std::size_t> pairs;  // indices into pieces
  std::size_t used = 0;
  while (used < bytes) {
    const std::size_t left = bytes - used;
    Piece piece;
    if (left >= pair_bytes && !source.exhausted() && random.chance(50)) {
      piece.pair = source.draw();
      pairs.push_back(pieces.size());
      used += pair_bytes;
    } else {
      piece.word = filler_word(random) + " ";
      if (piece.word.size() > left) {
        piece.word.resize(left);
      }
      used += piece.word.size();
    }
    pieces.push_back(std::move(piece));
  }
  if (pairs.empty()) {
    return std::nullopt;
  }
  const std::size_t gold = pairs[gold_index(depth, pairs.size())];
  TaskSample sample;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (!pieces[i].word.empty()) {
      append_segment(sample, "filler", pieces[i].word);
    } else {
      append_segment(sample, i == gold ? "needle" : "distractor",
                     frame::pair(pieces[i].pair.key, pieces[i].pair.value));
    }
  }
  append_segment(sample, "question", frame::pair_question(pieces[gold].pair.key));
  sample.answer = pieces[gold].pair.value;
  sample.expected = sample.answer + " ";
  return sample;
}

std::optional<TaskSample> build_json(const TaskSpec& spec, std::uint64_t seed, std::size_t count) {
  Random random(seed);
  const std::uint32_t depth = sample_depth(spec, random);
  PairSource source(spec, random);
  std::vector<Pair> pairs;
  while (pairs.size() < count && !source.exhausted()) {
    pairs.push_back(source.draw());
  }
  if (pairs.empty()) {
    return std::nullopt;
  }
  const std::size_t gold = gold_index(depth, pairs.size());
  TaskSample sample;
  sample.prompt = "{";
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    append_segment(sample, i == gold ? "needle" : "distractor",
                   frame::member(pairs[i].key, pairs[i].value));
    sample.prompt += i + 1 < pairs.size() ? "," : "}";
  }
  append_segment(sample, "question", frame::member_question(pairs[gold].key));
  sample.answer = pairs[gold].value;
  sample.expected = frame::member_reply(sample.answer);
  return sample;
}

}  // namespace kvfoot::task
