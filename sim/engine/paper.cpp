// The published closed forms: O(chunks) for the prompt, O(1) for decoding.
#include "sim/engine/paper.hpp"

#include <algorithm>
#include <cmath>

#include "sim/core/capped_sum.hpp"

namespace kvfoot {
namespace {

Status check_form(const PaperForm& form, std::int64_t forced_window) {
  const auto share = [](double value) { return value >= 0.0 && value <= 1.0; };
  if (!share(form.streaming_share) || !share(form.sparsity)) {
    return Error{"paper accounting", "a share of heads or entries lies outside [0, 1]"};
  }
  if (form.sinks < 0 || form.window < 0 || forced_window < 0) {
    return Error{"paper accounting", "sinks and windows cannot be negative"};
  }
  return {};
}

// nearbyint rounds half to even in the default rounding mode, as Python's round does.
std::int64_t kept_of_chunk(double sparsity, std::int64_t rows, std::int64_t forced_window) {
  const double kept = std::nearbyint((1.0 - sparsity) * static_cast<double>(rows));
  return std::min(static_cast<std::int64_t>(kept) + forced_window, rows);
}

// sum of min(a, cap) + 1 over the rows a in [n, n + m).
std::int64_t streaming_decode(std::int64_t n, std::int64_t m, std::int64_t cap) {
  return capped_sum(n, cap, m) + m;
}

}  // namespace

Result<PaperNumbers> paper_numbers(const PaperForm& form, const RunLengths& run,
                                   std::int64_t forced_window) {
  KVFOOT_TRY(validate(run));
  KVFOOT_TRY(check_form(form, forced_window));
  const std::int64_t n = run.prompt;
  const std::int64_t m = run.output;
  const std::int64_t chunk = run.chunk == kWholePrompt ? n : std::min(run.chunk, n);
  const std::int64_t cap = form.sinks + form.window;
  const double share = form.streaming_share;
  const auto mix = [share](std::int64_t streaming, std::int64_t global) {
    return share * static_cast<double>(streaming) + (1.0 - share) * static_cast<double>(global);
  };

  std::int64_t streaming_sum = 0;
  std::int64_t global_sum = 0;
  std::int64_t past = 0;  // of a head that does not stream
  double peak = 0;
  for (std::int64_t begin = 0; begin < n; begin += chunk) {
    const std::int64_t rows = std::min(chunk, n - begin);
    const std::int64_t streaming_past = std::min(begin, cap);
    streaming_sum += triangle(rows) + rows * streaming_past;
    global_sum += triangle(rows) + rows * past;
    peak = std::max(peak, mix(rows + streaming_past, rows + past));
    past += kept_of_chunk(form.sparsity, rows, forced_window);
  }
  streaming_sum += streaming_decode(n, m, cap);
  global_sum += triangle(m) + past * m;
  peak = std::max(peak, mix(1 + std::min(n + m - 1, cap), past + m));

  // Two quotients first, then the mixture: what the script does, and exact for full attention.
  const auto whole = static_cast<double>(triangle(n + m));
  PaperNumbers numbers;
  numbers.footprint = share * (static_cast<double>(streaming_sum) / whole) +
                      (1.0 - share) * (static_cast<double>(global_sum) / whole);
  numbers.peak_ratio = peak / static_cast<double>(n + m);
  return numbers;
}

}  // namespace kvfoot
