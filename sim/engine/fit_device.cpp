// Levenberg-Marquardt over the logarithms of four rates.
#include "sim/engine/fit_device.hpp"

#include <algorithm>
#include <cmath>

#include "sim/core/check.hpp"
#include "sim/engine/cost_model.hpp"

namespace kvfoot {
namespace {

using Numbers = std::array<double, kDeviceNumbers>;  // logarithms
using Flags = std::array<bool, kDeviceNumbers>;

constexpr std::size_t at(DeviceNumber number) { return static_cast<std::size_t>(number); }

// What descriptions may hold (sim/io/device_file.cpp); attention as a ratio to products.
constexpr Numbers kLow{1e8, 1e9, 0.01, 1e-9};
constexpr Numbers kHigh{1e15, 1e17, 100, 1e-2};
// A number without which the passes are explained as well, by so much more of the mean square error
// (half a per cent, squared) and by so much more of the error there is: nothing determines it.
constexpr double kNoWorse = 2.5e-5;
constexpr double kNoWorseShare = 0.01;
constexpr double kFelt = 0.01;
// Decoding is explained by a slow memory as well as by slow products: of such, what is nearer to
// the defaults. Too weak to move what the passes tell by more than a tenth of a per cent.
constexpr double kPull = 1e-6;
constexpr int kIterations = 60;
constexpr double kFactors[] = {0.03, 0.3, 3.0, 30.0};

class Problem {
 public:
  Problem(std::span<const MeasuredPass> passes, double vector_ratio, bool overlaps,
          const Numbers& defaults)
      : passes_(passes), vector_ratio_(vector_ratio), overlaps_(overlaps), defaults_(defaults) {
    for (const MeasuredPass& pass : passes) {
      pull_ += kPull * pass.weight;
    }
  }

  [[nodiscard]] std::size_t size() const { return passes_.size(); }
  [[nodiscard]] double pull() const { return pull_; }
  [[nodiscard]] const Numbers& defaults() const { return defaults_; }
  [[nodiscard]] double weight(std::size_t pass) const { return passes_[pass].weight; }

  // log(predicted / measured) and, if asked for, how much it changes with the logarithm of every
  // number: the share of the pass's time that each accounts for.
  double residual(std::size_t pass, const Numbers& x, Numbers* slope) const {
    Numbers value{};
    for (std::size_t i = 0; i < kDeviceNumbers; ++i) {
      value[i] = std::exp(x[i]);
    }
    const double matmul = value[at(DeviceNumber::kMatmul)];
    const double attention = matmul * value[at(DeviceNumber::kAttention)];
    const double launch = value[at(DeviceNumber::kLaunch)];
    double total = 0;
    Numbers share{};
    for (const RepeatedWork& op : passes_[pass].work) {
      const auto count = static_cast<double>(op.count);
      const double memory = static_cast<double>(op.work.bytes()) / value[at(DeviceNumber::kMemory)];
      const double rate = op.rate == RateClass::kAttention ? attention
                          : op.rate == RateClass::kVector  ? matmul * vector_ratio_
                                                           : matmul;
      const double compute = static_cast<double>(op.work.flops) / rate;
      total += count * ((overlaps_ ? std::max(memory, compute) : memory + compute) + launch);
      share[at(DeviceNumber::kLaunch)] += count * launch;
      if (!overlaps_ || memory > compute) {
        share[at(DeviceNumber::kMemory)] -= count * memory;
      }
      if (!overlaps_ || memory <= compute) {
        share[at(DeviceNumber::kMatmul)] -= count * compute;
        share[at(DeviceNumber::kAttention)] -=
            op.rate == RateClass::kAttention ? count * compute : 0;
      }
    }
    if (slope != nullptr) {
      for (std::size_t i = 0; i < kDeviceNumbers; ++i) {
        (*slope)[i] = share[i] / total;
      }
    }
    return std::log(total / passes_[pass].seconds);
  }

  [[nodiscard]] double cost(const Numbers& x) const {
    double sum = 0;
    for (std::size_t pass = 0; pass < size(); ++pass) {
      const double r = residual(pass, x, nullptr);
      sum += weight(pass) * r * r;
    }
    return sum + pull_ * distance(x);
  }
  // From the defaults, squared.
  [[nodiscard]] double distance(const Numbers& x) const {
    double sum = 0;
    for (std::size_t i = 0; i < kDeviceNumbers; ++i) {
      sum += (x[i] - defaults_[i]) * (x[i] - defaults_[i]);
    }
    return sum;
  }

 private:
  std::span<const MeasuredPass> passes_;
  double vector_ratio_;
  bool overlaps_;
  Numbers defaults_;
  double pull_ = 0;
};

void clamp(Numbers& x) {
  for (std::size_t i = 0; i < kDeviceNumbers; ++i) {
    x[i] = std::clamp(x[i], std::log(kLow[i]), std::log(kHigh[i]));
  }
}

// Solves (A + damping diag(A)) step = -b for the free numbers, by elimination with pivots.
Numbers solve(std::array<Numbers, kDeviceNumbers> a, Numbers b, const Flags& free, double damping) {
  for (std::size_t i = 0; i < kDeviceNumbers; ++i) {
    a[i][i] += damping * a[i][i] + 1e-12;
    b[i] = -b[i];
    if (!free[i]) {
      for (std::size_t j = 0; j < kDeviceNumbers; ++j) {
        a[i][j] = a[j][i] = i == j ? 1 : 0;
      }
      b[i] = 0;
    }
  }
  for (std::size_t i = 0; i < kDeviceNumbers; ++i) {
    std::size_t pivot = i;
    for (std::size_t j = i + 1; j < kDeviceNumbers; ++j) {
      pivot = std::abs(a[j][i]) > std::abs(a[pivot][i]) ? j : pivot;
    }
    std::swap(a[i], a[pivot]);
    std::swap(b[i], b[pivot]);
    for (std::size_t j = i + 1; j < kDeviceNumbers; ++j) {
      const double factor = a[j][i] / a[i][i];
      for (std::size_t k = i; k < kDeviceNumbers; ++k) {
        a[j][k] -= factor * a[i][k];
      }
      b[j] -= factor * b[i];
    }
  }
  for (std::size_t i = kDeviceNumbers; i-- > 0;) {
    for (std::size_t j = i + 1; j < kDeviceNumbers; ++j) {
      b[i] -= a[i][j] * b[j];
    }
    b[i] /= a[i][i];
  }
  return b;
}

// The best numbers near x, where only the free ones move.
double descend(const Problem& problem, const Flags& free, Numbers& x) {
  double cost = problem.cost(x);
  double damping = 1e-3;
  for (int iteration = 0; iteration < kIterations && damping < 1e9; ++iteration) {
    std::array<Numbers, kDeviceNumbers> a{};
    Numbers b{};
    for (std::size_t i = 0; i < kDeviceNumbers; ++i) {
      a[i][i] = problem.pull();
      b[i] = problem.pull() * (x[i] - problem.defaults()[i]);
    }
    for (std::size_t pass = 0; pass < problem.size(); ++pass) {
      Numbers slope{};
      const double r = problem.residual(pass, x, &slope);
      for (std::size_t i = 0; i < kDeviceNumbers; ++i) {
        b[i] += problem.weight(pass) * slope[i] * r;
        for (std::size_t j = 0; j < kDeviceNumbers; ++j) {
          a[i][j] += problem.weight(pass) * slope[i] * slope[j];
        }
      }
    }
    bool better = false;
    while (!better && damping < 1e9) {
      const Numbers step = solve(a, b, free, damping);
      Numbers next = x;
      for (std::size_t i = 0; i < kDeviceNumbers; ++i) {
        next[i] += std::clamp(step[i], -2.0, 2.0);
      }
      clamp(next);
      const double reached = problem.cost(next);
      better = reached < cost;
      if (better) {
        const bool settled = cost - reached < 1e-12 * (1 + cost);
        x = next;
        cost = reached;
        damping = std::max(1e-9, damping / 4);
        if (settled) {
          return cost;
        }
      } else {
        damping *= 4;
      }
    }
  }
  return cost;
}

// Several starting points: which side of the roofline an operator lies on changes in jumps.
Numbers best_fit(const Problem& problem, const Flags& free, const Numbers& start) {
  Numbers best = start;
  double best_cost = descend(problem, free, best);
  const auto try_from = [&](Numbers x) {
    clamp(x);
    const double cost = descend(problem, free, x);
    if (cost < best_cost) {
      best_cost = cost;
      best = x;
    }
  };
  for (const double memory : kFactors) {
    for (const double matmul : kFactors) {
      for (const double launch : kFactors) {
        Numbers x = start;
        const auto shift = [&](DeviceNumber number, double factor) {
          x[at(number)] += free[at(number)] ? std::log(factor) : 0;
        };
        shift(DeviceNumber::kMemory, memory);
        shift(DeviceNumber::kMatmul, matmul);
        shift(DeviceNumber::kLaunch, launch);
        try_from(x);
      }
    }
  }
  return best;
}

// Four digits: more would be noise.
double rounded(double value) {
  const double scale = std::pow(10.0, 3 - std::floor(std::log10(value)));
  return std::round(value * scale) / scale;
}

DeviceModel described(const Numbers& x, const Flags& determined, const DeviceModel& start,
                      DType dtype, const std::string& source) {
  DeviceModel device = start;
  const double matmul = std::exp(x[at(DeviceNumber::kMatmul)]);
  const double ratio = std::exp(x[at(DeviceNumber::kAttention)]);
  const double peak = rounded(matmul * std::max(1.0, ratio));
  const double scale = peak / start.matmul(dtype);
  const auto says = [&](std::string_view name, bool measured) {
    const auto found = std::ranges::find(
        device.sources, name, [](const auto& entry) { return std::string_view(entry.first); });
    if (found == device.sources.end()) {
      device.sources.emplace_back(name, "");
    }
    std::string& text =
        found == device.sources.end() ? device.sources.back().second : found->second;
    text = measured ? source
                    : "not determined by the measured passes, kept: " +
                          (text.empty() ? std::string("unknown") : text);
  };
  const bool matmul_known = determined[at(DeviceNumber::kMatmul)];
  const bool memory_known = determined[at(DeviceNumber::kMemory)];
  const bool attention_known = determined[at(DeviceNumber::kAttention)];
  if (memory_known) {
    device.memory_bandwidth = rounded(std::exp(x[at(DeviceNumber::kMemory)]));
    device.memory_achieved = 1;
  }
  says("memory_bandwidth", memory_known);
  says("memory_achieved", memory_known);
  if (matmul_known || attention_known) {
    device.matmul_f32 = rounded(device.matmul_f32 * scale);
    device.matmul_f16 = rounded(device.matmul_f16 * scale);
    device.matmul_bf16 = rounded(device.matmul_bf16 * scale);
    device.matmul_achieved = rounded(1 / std::max(1.0, ratio));
    device.attention_achieved = rounded(std::min(1.0, ratio));
  }
  for (const char* name : {"matmul_f32", "matmul_f16", "matmul_bf16", "matmul_achieved"}) {
    says(name, matmul_known);
  }
  says("attention_achieved", attention_known);
  if (determined[at(DeviceNumber::kLaunch)]) {
    device.launch_ns = std::llround(1e9 * std::exp(x[at(DeviceNumber::kLaunch)]));
  }
  says("launch", determined[at(DeviceNumber::kLaunch)]);
  return device;
}

}  // namespace

std::string_view to_string(DeviceNumber number) {
  constexpr std::array<std::string_view, kDeviceNumbers> kNames{
      "memory bandwidth", "rate of products", "rate of attention", "launch"};
  return kNames[at(number)];
}

Result<DeviceFit> fit_device(std::span<const MeasuredPass> passes, const DeviceModel& start,
                             DType dtype, const std::string& source) {
  if (passes.empty()) {
    return Error{"calibration", "no passes were measured", "measure some"};
  }
  for (const MeasuredPass& pass : passes) {
    if (!(pass.seconds > 0) || !std::isfinite(pass.seconds) || pass.work.empty()) {
      return Error{"calibration", "a pass has no work or took no time", "measure longer passes"};
    }
  }
  Numbers defaults{};
  defaults[at(DeviceNumber::kMemory)] = start.memory_bandwidth * start.memory_achieved;
  defaults[at(DeviceNumber::kMatmul)] = start.matmul(dtype) * start.matmul_achieved;
  defaults[at(DeviceNumber::kAttention)] = start.attention_achieved / start.matmul_achieved;
  defaults[at(DeviceNumber::kLaunch)] = 1e-9 * static_cast<double>(start.launch_ns);
  for (std::size_t i = 0; i < kDeviceNumbers; ++i) {
    defaults[i] = std::log(std::clamp(defaults[i], kLow[i], kHigh[i]));
  }
  const Problem problem(passes, start.matmul_f32 / start.matmul(dtype), !start.cpu, defaults);
  DeviceFit fit;
  fit.determined.fill(true);
  Numbers x = best_fit(problem, fit.determined, defaults);
  double weights = 0;
  for (const MeasuredPass& pass : passes) {
    weights += pass.weight;
  }
  // Numbers that can be kept are, one after the other: whichever leaves the rest nearest to their
  // defaults, so that a slow memory is not told as a slow launch.
  for (bool found = true; found;) {
    found = false;
    const double allowed = problem.cost(x) * (1 + kNoWorseShare) + kNoWorse * weights;
    Numbers next{};
    Flags next_free{};
    for (std::size_t number = 0; number < kDeviceNumbers; ++number) {
      Flags fewer = fit.determined;
      fewer[number] = false;
      if (fewer == fit.determined || fewer == Flags{}) {
        continue;
      }
      Numbers without = x;
      without[number] = defaults[number];
      without = best_fit(problem, fewer, without);
      if (problem.cost(without) <= allowed &&
          (!found || problem.distance(without) < problem.distance(next))) {
        found = true;
        next = without;
        next_free = fewer;
      }
    }
    if (found) {
      x = next;
      fit.determined = next_free;
    }
  }
  for (std::size_t pass = 0; pass < problem.size(); ++pass) {
    Numbers slope{};
    (void)problem.residual(pass, x, &slope);
    for (std::size_t i = 0; i < kDeviceNumbers; ++i) {
      fit.felt[i] = fit.felt[i] || std::abs(slope[i]) > kFelt;
    }
  }
  fit.device = described(x, fit.determined, start, dtype, source);
  return fit;
}

double predicted_seconds(const DeviceModel& device, DType dtype, const MeasuredPass& pass) {
  const CostModel cost(device, dtype);
  std::int64_t ns = 0;
  for (const RepeatedWork& op : pass.work) {
    ns += op.count * cost.duration_ns(op.rate, op.work);
  }
  return 1e-9 * static_cast<double>(ns);
}

TimeError time_error(const DeviceModel& device, DType dtype, std::span<const MeasuredPass> passes) {
  std::vector<double> errors;
  for (const MeasuredPass& pass : passes) {
    errors.push_back(std::abs(predicted_seconds(device, dtype, pass) - pass.seconds) /
                     pass.seconds);
  }
  TimeError error;
  error.passes = static_cast<std::int64_t>(errors.size());
  if (errors.empty()) {
    return error;
  }
  std::ranges::sort(errors);
  // The smallest value that so many per cent of all do not exceed.
  const auto quantile = [&](std::size_t percent) {
    return errors[(errors.size() * percent + 99) / 100 - 1];
  };
  error.median = quantile(50);
  error.p95 = quantile(95);
  return error;
}

}  // namespace kvfoot
