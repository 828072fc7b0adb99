// One layer at a time, so that a picture of one stream does not wait for hundreds.
#include "gui/model/known_lives.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "sim/cache/driver.hpp"
#include "sim/core/check.hpp"

namespace kvfoot::gui {
namespace {

bool looks_at_attention(const AttentionNeeds& needs) {
  return needs.window > 0 || needs.accumulated || needs.last_row || needs.key_norms || needs.future;
}

// A policy of many layers as the driver of one layer sees it.
class OneLayer final : public Policy {
 public:
  OneLayer(const Policy& policy, std::int32_t layers, std::int32_t layer)
      : policy_(policy), layers_(layers), layer_(layer) {}

  [[nodiscard]] Result<LayerKeep> decide(const LayerView& view) const override {
    LayerView whole = view;
    whole.pass = of_all(view.pass);
    whole.layer = layer_;
    return policy_.decide(whole);
  }
  [[nodiscard]] bool decides(const PassView& pass) const override {
    return policy_.decides(of_all(pass));
  }
  [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView& pass, std::int32_t /*layer*/,
                                                       std::int32_t head,
                                                       std::int64_t past) const override {
    return policy_.kept_count(of_all(pass), layer_, head, past);
  }
  [[nodiscard]] std::optional<std::int64_t> decode_cap(std::int32_t /*layer*/,
                                                       std::int32_t head) const override {
    return policy_.decode_cap(layer_, head);
  }
  [[nodiscard]] Storage storage() const override { return policy_.storage(); }
  [[nodiscard]] std::int64_t patch_window() const override { return policy_.patch_window(); }

 private:
  [[nodiscard]] PassView of_all(PassView pass) const {
    pass.layers = layers_;
    return pass;
  }

  const Policy& policy_;
  std::int32_t layers_;
  std::int32_t layer_;
};

Error interrupted() { return {"state map", "was interrupted", {}, ErrorKind::kInterrupted}; }

bool cancelled(const std::atomic<bool>* cancel) { return cancel != nullptr && cancel->load(); }
bool now_and_then(std::int64_t step) { return step % 4096 == 0; }

Status check_size(const Outcome& outcome, std::int64_t lists) {
  const std::int64_t rows = outcome.result.inputs.run.rows();
  if (rows > kMostLivesBytes / 4 / lists) {
    return Error{short_name(outcome.asked),
                 "which keys of " + std::to_string(rows) +
                     " rows go would take more than a gigabyte to write down",
                 "choose a shorter prompt or output", ErrorKind::kEnvironment};
  }
  return {};
}

// Keys of a sliding layer go once the pass ends that takes them out of the window of the next row.
Result<StreamLife> sliding_life(const Outcome& outcome, std::int32_t window,
                                const std::atomic<bool>* cancel) {
  const RunLengths& run = outcome.result.inputs.run;
  KVFOOT_TRY(check_size(outcome, 1));
  std::vector<std::int32_t> evicted_at(static_cast<std::size_t>(run.rows()),
                                       static_cast<std::int32_t>(run.rows()));
  for (std::int64_t key = 0; key + window <= run.rows(); ++key) {
    if (now_and_then(key) && cancelled(cancel)) {
      return interrupted();
    }
    evicted_at[static_cast<std::size_t>(key)] =
        static_cast<std::int32_t>(pass_at(run, run.pass_of(key + window - 1), 0).end);
  }
  return StreamLife{std::make_shared<const std::vector<std::int32_t>>(std::move(evicted_at)),
                    window};
}

// Index among the layers in which the policy decides.
std::int32_t policy_layer(const ModelShape& shape, std::int32_t layer) {
  std::int32_t index = 0;
  for (std::int32_t before = 0; before < layer; ++before) {
    index += shape.window(before) == 0 ? 1 : 0;
  }
  return index;
}

std::vector<StreamLife> shared_lives(const StreamLives& lives) {
  std::vector<StreamLife> streams;
  for (std::int32_t head = 0; head < lives.heads(); ++head) {
    const auto& own = lives.evicted_at(0, head);
    const auto alike = std::find_if(streams.begin(), streams.end(), [&](const StreamLife& other) {
      return *other.evicted_at == own;
    });
    streams.push_back(alike != streams.end()
                          ? StreamLife(*alike)
                          : StreamLife{std::make_shared<const std::vector<std::int32_t>>(own)});
  }
  return streams;
}

// Whether decisions on a layer would go through more entries, by the counts of the replay.
bool visits_more_than(std::int64_t most, const Outcome& outcome, const OneLayer& one,
                      std::int32_t layer, const std::atomic<bool>* cancel) {
  const RunLengths& run = outcome.result.inputs.run;
  const ResidenceProfile& profile = *outcome.replay.profile;
  std::int64_t visits = 0;
  for (std::int64_t i = 0; i < run.passes() && visits <= most; ++i) {
    if (now_and_then(i) && cancelled(cancel)) {
      return false;  // whoever goes on asks again
    }
    const Pass pass = pass_at(run, i, 0);
    if (!one.decides({.pass = pass, .run = run, .layers = 1})) {
      continue;
    }
    for (std::int32_t head = 0; head < outcome.heads(); ++head) {
      visits += profile.past(std::int64_t{layer} * outcome.heads() + head, i) + pass.rows();
    }
  }
  return visits > most;
}

Result<std::vector<StreamLife>> decided_lives(const Outcome& outcome, std::int32_t layer,
                                              const std::atomic<bool>* cancel,
                                              std::int64_t most_visits) {
  const Policy& policy = *outcome.replay.policy;
  const RunInputs& inputs = outcome.result.inputs;
  const RunLengths& run = inputs.run;
  ModelShape shape = policy_shape(inputs.shape);
  const OneLayer one(policy, shape.layers, policy_layer(inputs.shape, layer));
  shape.layers = 1;
  const std::int64_t heads = storage_heads(one, shape);
  KVFOOT_TRY(check_size(outcome, heads));
  if (visits_more_than(most_visits, outcome, one, layer, cancel)) {
    return Error{short_name(outcome.asked),
                 "finding out which keys go would go through more than " +
                     std::to_string(most_visits) + " entries in layer " + std::to_string(layer),
                 "choose a shorter output, larger chunks or a smaller budget"};
  }
  StreamLives lives(run, 1, static_cast<std::int32_t>(heads));
  PolicyDriver driver(one, shape, run, &lives);
  for (std::int64_t i = 0; i < run.passes(); ++i) {
    if (cancelled(cancel)) {
      return interrupted();
    }
    const Pass pass = pass_at(run, i, policy.patch_window());
    driver.begin_pass(pass);
    driver.append(0);
    KVFOOT_TRY(driver.decide(0, nullptr));
    driver.end_pass();
  }
  return shared_lives(lives);
}

}  // namespace

LivesSource lives_source(const Outcome& outcome) {
  if (!outcome.replay.profile || outcome.replay.policy == nullptr) {
    return LivesSource::kPaper;
  }
  if (outcome.lives != nullptr) {
    return LivesSource::kLog;
  }
  const Policy& policy = *outcome.replay.policy;
  if (!looks_at_attention(policy.needs()) && !policy.reads_earlier_layers()) {
    return LivesSource::kPolicy;
  }
  return outcome.trace != nullptr ? LivesSource::kTooLong : LivesSource::kNeedsTrace;
}

Result<std::vector<StreamLife>> lives_of_layer(const Outcome& outcome, std::int32_t layer,
                                               const std::atomic<bool>* cancel,
                                               std::int64_t most_visits) {
  KVFOOT_CHECK(layer >= 0 && layer < outcome.layers(), "no such layer");
  if (const auto& logged = outcome.lives; logged != nullptr) {
    std::vector<StreamLife> streams;
    for (std::int32_t head = 0; head < logged->heads(); ++head) {
      streams.push_back({{logged, &logged->evicted_at(layer, head)}});
    }
    return streams;
  }
  const ModelShape& shape = outcome.result.inputs.shape;
  if (const std::int32_t window = shape.window(layer); window > 0) {
    KVFOOT_ASSIGN(const StreamLife life, sliding_life(outcome, window, cancel));
    return std::vector<StreamLife>(static_cast<std::size_t>(outcome.heads()), life);
  }
  KVFOOT_CHECK(lives_source(outcome) == LivesSource::kPolicy, "nobody knows these lives");
  return decided_lives(outcome, layer, cancel, most_visits);
}

EntryStory entry_story(const Outcome& outcome, const StreamLife& life, std::int32_t layer,
                       std::int32_t head, std::int64_t row, std::int64_t key) {
  EntryStory story;
  const RunLengths& run = outcome.result.inputs.run;
  const std::int64_t gone = (*life.evicted_at)[static_cast<std::size_t>(key)];
  if (key <= row) {
    const bool unseen = life.window > 0 && row >= key + life.window;
    story.state = row >= gone ? EntryStory::State::kEvicted
                  : unseen    ? EntryStory::State::kInactive
                              : EntryStory::State::kLive;
  }
  if (gone < run.rows()) {
    const ResidenceProfile& profile = *outcome.replay.profile;
    const std::int64_t stream = std::int64_t{layer} * outcome.heads() + head;
    EntryStory::End end;
    end.pass = pass_at(run, run.pass_of(gone - 1), 0);
    end.held = profile.past(stream, end.pass.index) + end.pass.rows();
    end.kept =
        profile.past(stream, end.pass.index + 1);  // it is freed for a later row, so there is one
    end.architecture = life.window > 0;
    story.end = end;
  }
  return story;
}

}  // namespace kvfoot::gui
