// The fast path: passes one by one where counts change, decoding in between by arithmetic over the
// classes of equal layers.
#include "sim/engine/clock.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "sim/core/check.hpp"
#include "sim/engine/layer_classes.hpp"
#include "sim/engine/pass_timer.hpp"

namespace kvfoot {
namespace {

class Clock {
 public:
  Clock(const ClockRequest& request, const ReplayControl& control)
      : request_(request),
        control_(control),
        profile_(*request.profile),
        run_(request.profile->run()),
        timer_(request),
        first_token_pass_(run_.last_prompt_token == LastPromptToken::kPrefill
                              ? run_.prefill_passes() - 1
                              : run_.prefill_passes()) {}

  Result<ClockOutcome> run() {
    const std::int64_t decode = run_.prefill_passes();
    for (std::int64_t pass = 0; pass < decode; ++pass) {
      KVFOOT_TRY(look_up(pass));
      one_pass(pass);
    }
    std::vector<std::int64_t> changes = profile_.changes();
    changes.push_back(run_.passes());
    std::int64_t begin = decode;
    for (const std::int64_t change : changes) {
      if (change > begin) {
        KVFOOT_TRY(linear_passes(begin, change));
        begin = change;
      }
    }
    finish();
    control_.tell(run_.rows(), run_.rows());
    return std::move(outcome_);
  }

 private:
  // Before a pass: whether to go on, and how far it is.
  [[nodiscard]] Status look_up(std::int64_t pass) const {
    control_.tell(pass_at(run_, pass, 0).begin, run_.rows());
    return control_.check();
  }

  // The moment at which the stream of operators and the copies are.
  void end_pass(std::int64_t pass, const PassTemplate& shape, std::int64_t compute_ns) {
    compute_end_ns_ += compute_ns;
    std::int64_t end = compute_end_ns_;
    if (shape.downloads) {
      copy_end_ns_ = std::max(copy_end_ns_, compute_end_ns_) + shape.download_ns;
      end = copy_end_ns_;
    }
    if (pass == first_token_pass_) {
      outcome_.ttft_ns = end;
    }
    if (request_.pass_ends) {
      outcome_.pass_end_ns.push_back(end);
    }
    outcome_.total_ns = end;
  }

  void one_pass(std::int64_t pass) {
    const PassTiming timing = timer_.time(pass);
    const PassTemplate& shape = timer_.template_of(timer_.loads().frame(pass));
    if (shape.uploads) {
      // Uploaded once the embedding of the chunk before is done; this one waits for it.
      copy_end_ns_ = std::max(copy_end_ns_, embed_end_ns_) + shape.upload_ns;
      if (copy_end_ns_ > compute_end_ns_) {
        page_ns_ += wide(pages_) * wide(copy_end_ns_ - compute_end_ns_);
        compute_end_ns_ = copy_end_ns_;
      }
    }
    embed_end_ns_ = compute_end_ns_ + timing.embed_ns;
    page_ns_ += timing.page_ns;
    note_peak(timing, 0);
    end_pass(pass, shape, timing.compute_ns);
    pages_ = timer_.loads().pages_after(pass);
  }

  // Decode passes [begin, end) between two changes: every stream is linear from the start of the
  // first to the start of the last, so all but the last end as their progression says.
  Status linear_passes(std::int64_t begin, std::int64_t end) {
    std::int64_t pass = begin;
    // Only pages grow by arithmetic; formulas go pass by pass.
    const bool simple = timer_.loads().page().plain() && simple_slopes(begin, end);
    while (pass < end) {
      KVFOOT_TRY(look_up(pass));
      const bool decides = timer_.loads().frame(pass).decides;
      std::int64_t stop = pass;
      while (simple && stop < end - 1 && timer_.loads().frame(stop).decides == decides) {
        ++stop;
      }
      constexpr std::int64_t kWorthIt = 3;
      if (stop - pass >= kWorthIt) {
        uniform_passes(pass, stop);
        pass = stop;
      } else {
        one_pass(pass);
        ++pass;
      }
    }
    return {};
  }

  // Every stream gains one entry per pass, or holds what it has.
  [[nodiscard]] bool simple_slopes(std::int64_t begin, std::int64_t end) const {
    for (std::int64_t s = 0; end - begin > 1 && s < profile_.streams(); ++s) {
      const std::int64_t slope = profile_.past(s, begin + 1) - profile_.past(s, begin);
      if (slope != 0 && slope != 1) {
        return false;
      }
    }
    return true;
  }

  // Decode passes [first, stop) that all have the same operators.
  void uniform_passes(std::int64_t first, std::int64_t stop) {
    const LayerClasses classes = classify_layers(request_, first);
    const PassModel& model = request_.model;
    PassLoad load = timer_.loads().frame(first);
    const PassTemplate& shape = timer_.template_of(load);
    KVFOOT_CHECK(!shape.uploads && shape.downloads, "a decode pass");

    // What does not change: times outside layers, and in each class before, at and after the
    // append.
    std::int64_t outside_ns = 0;
    std::int64_t embed_ns = 0;
    for (const PassTemplate::Op& op : shape.ops) {
      embed_ns = op.kind == OperatorKind::kEmbed ? op.fixed_ns : embed_ns;
      outside_ns += op.layer == kBoundary ? op.fixed_ns : 0;
    }
    std::vector<ClassTimes> times;
    for (std::size_t c = 0; c < classes.sums.size(); ++c) {
      times.push_back(class_times(classes.sums[c], classes.first[c], load, shape));
    }

    std::vector<std::int64_t> layer_ns(classes.sums.size());
    std::size_t next_growth = 0;
    std::int64_t phase = 0;  // of the pass within its block of passes
    for (std::int64_t pass = first; pass < stop; ++pass) {
      std::int64_t compute_ns = outside_ns;
      for (std::size_t c = 0; c < classes.sums.size(); ++c) {
        ClassTimes& of = times[c];
        std::int64_t resident_ns = of.attention.ns() + of.evict_ns;
        of.attention.advance();
        if (of.scoring) {
          resident_ns += of.scoring->ns();
          of.scoring->advance();
        }
        layer_ns[c] = of.before_append_ns + of.append_ns + resident_ns + of.rest_ns;
        compute_ns += classes.layers[c] * layer_ns[c];
        page_ns_ +=
            wide(classes.layers[c] * classes.sums[c].transient) * wide(of.append_ns + resident_ns);
      }
      page_ns_ += wide(pages_) * wide(compute_ns);
      if (next_growth < classes.growth.size() && classes.growth[next_growth].phase == phase) {
        grow(classes, next_growth, compute_ns, embed_ns, layer_ns, times);
      }
      embed_end_ns_ = compute_end_ns_ + embed_ns;
      end_pass(pass, shape, compute_ns);
      if (++phase == model.block) {
        phase = 0;
        next_growth = 0;
      }
    }
    // Nothing shrinks from one of these passes to the next, so the last has the highest peak.
    note_peak(timer_.time(stop - 1), stop - first);
  }

  // Durations of one layer of a class.
  struct ClassTimes {
    std::int64_t before_append_ns = 0;
    std::int64_t append_ns = 0;
    std::int64_t rest_ns = 0;  // of what depends on the rows only, after the append
    LinearDuration attention;  // grows linearly
    std::optional<LinearDuration> scoring;
    std::int64_t evict_ns = 0;  // does not change
  };
  [[nodiscard]] ClassTimes class_times(const LayerClass& sums, std::int32_t index,
                                       const PassLoad& load, const PassTemplate& shape) const {
    const PassModel& model = request_.model;
    const CostModel& cost = timer_.cost();
    LayerLoad held;
    held.before = sums.before;
    held.moved = sums.moved;
    LayerLoad next = held;
    next.before += sums.growing;
    const auto linear = [&](OperatorKind kind) {
      return cost.durations(RateClass::kAttention, layer_work(model, load, kind, index, held),
                            layer_work(model, load, kind, index, next));
    };
    ClassTimes times{.attention = linear(OperatorKind::kAttention), .scoring = {}};
    for (const PassTemplate::Op& op : shape.ops) {
      if (op.layer == index) {
        (op.kind < OperatorKind::kRopeAppend    ? times.before_append_ns
         : op.kind == OperatorKind::kRopeAppend ? times.append_ns
                                                : times.rest_ns) += op.fixed_ns;
      }
    }
    if (scores(model, load, index)) {
      times.scoring = linear(OperatorKind::kScore);
    }
    if (evicts(model, load, index)) {
      times.evict_ns = cost.duration_ns(RateClass::kVector,
                                        layer_work(model, load, OperatorKind::kEvict, index, held));
    }
    return times;
  }

  // The layers whose turn it is take pages when they append, and keep them.
  void grow(const LayerClasses& classes, std::size_t& next, std::int64_t compute_ns,
            std::int64_t embed_ns, const std::vector<std::int64_t>& layer_ns,
            const std::vector<ClassTimes>& times) {
    const std::int64_t phase = classes.growth[next].phase;
    std::int64_t start_ns = embed_ns;  // of `layer`
    std::int32_t layer = 0;
    for (; next < classes.growth.size() && classes.growth[next].phase == phase; ++next) {
      for (; layer < classes.growth[next].layer; ++layer) {
        start_ns += layer_ns[classes.of[static_cast<std::size_t>(layer)]];
      }
      const std::size_t of = classes.of[static_cast<std::size_t>(layer)];
      page_ns_ += wide(classes.growth[next].streams) *
                  wide(compute_ns - start_ns - times[of].before_append_ns);
      pages_ += classes.growth[next].streams;
    }
  }

  static WideBytesNs wide(std::int64_t value) { return static_cast<WideBytesNs>(value); }

  // `passes`: how many of them, up to this one, may have reached the same peak before it.
  void note_peak(const PassTiming& timing, std::int64_t passes) {
    peak_pages_ = std::max(peak_pages_, timing.peak_pages);
    outcome_.class_peak.raise_to(timing.class_peak);
    if (timing.peak.bytes.total() > outcome_.peak.bytes.total()) {
      outcome_.peak = timing.peak;
      peak_candidates_ = passes;
    }
  }

  void finish() {
    outcome_.total_ns = std::max(outcome_.total_ns, compute_end_ns_);
    page_ns_ += wide(pages_) * wide(outcome_.total_ns - compute_end_ns_);
    outcome_.kv_byte_ns = page_ns_ * wide(request_.model.page_bytes());
    outcome_.peak_kv_bytes = peak_pages_ * request_.model.page_bytes();
    if (peak_candidates_ > 1) {
      // Peaks do not fall over those passes: the first that reaches the height.
      const std::int64_t height = outcome_.peak.bytes.total();
      std::int64_t low = outcome_.peak.pass - peak_candidates_ + 1;
      std::int64_t high = outcome_.peak.pass;
      while (low < high) {
        const std::int64_t middle = low + (high - low) / 2;
        if (timer_.time(middle).peak.bytes.total() == height) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      outcome_.peak = timer_.time(low).peak;
    }
  }

  const ClockRequest& request_;
  const ReplayControl& control_;
  const ResidenceProfile& profile_;
  RunLengths run_;
  PassTimer timer_;
  std::int64_t first_token_pass_;

  std::int64_t compute_end_ns_ = 0;
  std::int64_t copy_end_ns_ = 0;
  std::int64_t embed_end_ns_ = 0;  // of the pass before
  std::int64_t pages_ = 0;         // held between passes
  WideBytesNs page_ns_ = 0;
  std::int64_t peak_pages_ = 0;
  std::int64_t peak_candidates_ = 0;

  ClockOutcome outcome_;
};

}  // namespace

ClockOutcome run_clock(const ClockRequest& request) {
  const ReplayControl nobody;
  return *Clock(request, nobody).run();
}

Result<ClockOutcome> run_clock(const ClockRequest& request, const ReplayControl& control) {
  return Clock(request, control).run();
}

}  // namespace kvfoot
