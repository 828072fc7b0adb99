// Names and labels of a run's inputs.
#include "sim/report/run_result.hpp"

namespace kvfoot {

std::string_view to_string(Accounting accounting) {
  return accounting == Accounting::kExact ? "exact" : "paper";
}

std::string_view to_string(LastPromptToken last_prompt) {
  return last_prompt == LastPromptToken::kPrefill ? "prefill" : "decode";
}

std::string short_spec(const RunInputs& inputs) {
  std::string text = inputs.policy;
  char separator = ':';
  for (const auto& [key, value] : inputs.params) {
    text += separator;
    text += key;
    text += '=';
    text += value;
    separator = ',';
  }
  return text;
}

std::string chunk_text(const RunLengths& run) {
  return run.chunk == kWholePrompt ? "all" : std::to_string(run.chunk);
}

}  // namespace kvfoot
