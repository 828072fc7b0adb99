// Crossing the axes of a scenario.
#include <initializer_list>

#include "sim/scenario/count.hpp"
#include "sim/scenario/parts.hpp"

namespace kvfoot {
namespace {

std::int64_t product(std::initializer_list<std::size_t> sizes) {
  std::int64_t count = 1;
  for (const std::size_t size : sizes) {
    count = saturating_multiply(count, static_cast<std::int64_t>(size));
  }
  return count;
}

class Crosser {
 public:
  Crosser(const ScenarioSource& source, const ScenarioContext& context, const ScenarioParts& parts)
      : source_(source), context_(context), parts_(parts) {}

  Status workload(const Workload& workload) {
    workload_line_ = workload.line;
    for (const auto& shape : workload.shapes) {
      for (const auto& trace : workload.traces) {
        for (const auto& prompt : workload.prompts) {
          for (const auto& output : workload.outputs) {
            point_.shape = shape;
            point_.trace = trace;
            point_.prompt = prompt;
            point_.output = output;
            KVFOOT_TRY(over(workload.batches, point_.batch, [&] { return settings(); }));
          }
        }
      }
    }
    return {};
  }

  std::vector<ScenarioPoint> take() { return std::move(points_); }

 private:
  // One setting after the other, as deep as there are settings: a loop each.
  Status settings() {
    const Settings& set = parts_.settings;
    return over(set.device_models, point_.device_model, [&] {
      return over(set.weight_dtypes, point_.weight_dtype,
                  [&] { return over(set.logits, point_.logits, [&] { return layouts(); }); });
    });
  }

  Status layouts() {
    const Settings& set = parts_.settings;
    KvLayout& layout = point_.layout;
    return over(set.kv_copies, layout.copies, [&] {
      return over(set.kv_allocs, layout.alloc, [&] {
        return over(set.kv_indices, layout.index, [&] {
          return over(set.kv_quants, layout.quant, [&] { return cache_settings(); });
        });
      });
    });
  }

  Status cache_settings() {
    const Settings& set = parts_.settings;
    return over(set.kv_dtypes, point_.kv_dtype, [&] {
      return over(set.block_sizes, point_.block_size, [&] {
        return over(set.last_prompt_tokens, point_.last_prompt_token, [&] {
          return over(set.accountings, point_.accounting, [&] {
            return over(set.seeds, point_.seed,
                        [&] { return over(set.chunks, point_.chunk, [&] { return policies(); }); });
          });
        });
      });
    });
  }

  template <class T, class Inner>
  static Status over(const std::vector<T>& values, T& slot, const Inner& inner) {
    for (const T& value : values) {
      slot = value;
      KVFOOT_TRY(inner());
    }
    return {};
  }

  Status policies() {
    for (const PolicyEntry& policy : parts_.policies) {
      point_.policy = policy.spec;
      point_.policy_line = policy.line;
      KVFOOT_TRY(check());
      points_.push_back(point_);
    }
    return {};
  }

  // Without a trace everything that a run needs is known here.
  Status check() const {
    if (point_.accounting == Accounting::kPaper &&
        (point_.batch != 1 || point_.layout != KvLayout{})) {
      return source_.error(workload_line_,
                           std::string(point_.batch != 1 ? "batch" : "the layout of the KV cache") +
                               " has no meaning under paper accounting",
                           "the published closed forms know no bytes");
    }
    if (!point_.shape) {
      return {};
    }
    const RunLengths run{point_.prompt.value_or(0), point_.output.value_or(0), point_.chunk,
                         point_.last_prompt_token};
    if (const Status status = check_layout(point_.layout, *point_.shape); !status) {
      return source_.error(workload_line_, status.error());
    }
    if (const Status status = validate(run); !status) {
      return source_.error(workload_line_, status.error());
    }
    const PolicyContext context{policy_shape(*point_.shape), run,
                                point_.kv_dtype.value_or(DType::kBF16), point_.seed.value_or(0),
                                context_.read_file};
    if (const auto policy = make_policy(point_.policy, context); !policy) {
      return source_.error(point_.policy_line, policy.error());
    }
    return {};
  }

  const ScenarioSource& source_;
  const ScenarioContext& context_;
  const ScenarioParts& parts_;
  int workload_line_ = 0;
  ScenarioPoint point_;
  std::vector<ScenarioPoint> points_;
};

}  // namespace

std::int64_t count_points(const ScenarioParts& parts, std::int64_t policies) {
  std::int64_t count = 0;
  for (const Workload& work : parts.workloads) {
    count =
        saturating_add(count, product({work.shapes.size(), work.traces.size(), work.prompts.size(),
                                       work.outputs.size(), work.batches.size()}));
  }
  const Settings& set = parts.settings;
  const std::int64_t settings =
      product({set.chunks.size(), set.accountings.size(), set.last_prompt_tokens.size(),
               set.block_sizes.size(), set.kv_dtypes.size(), set.kv_quants.size(),
               set.kv_indices.size(), set.kv_allocs.size(), set.kv_copies.size(), set.seeds.size(),
               set.device_models.size(), set.weight_dtypes.size(), set.logits.size()});
  return saturating_multiply(saturating_multiply(count, settings), policies);
}

Result<std::vector<ScenarioPoint>> cross(const ScenarioSource& source,
                                         const ScenarioContext& context,
                                         const ScenarioParts& parts) {
  Crosser crosser(source, context, parts);
  for (const Workload& workload : parts.workloads) {
    KVFOOT_TRY(crosser.workload(workload));
  }
  return crosser.take();
}

}  // namespace kvfoot
