// A scenario in words: for people, and as a command.
#include "gui/model/what_if.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace kvfoot::gui {
namespace {

std::string shell_word(const std::string& text) {
  const bool plain = !text.empty() && text.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789_-+=:,./@%") == std::string::npos;
  if (plain) {
    return text;
  }
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return quoted + "'";
}

}  // namespace

PolicySpec first_policy(std::int64_t prompt) {
  const std::int64_t budget = prompt / 16;
  const std::int64_t sinks = std::clamp<std::int64_t>(budget / 64, 4, 128);
  const std::int64_t window = std::max<std::int64_t>(budget - sinks, 1);
  return {"streaming", {{"sinks", std::to_string(sinks)}, {"window", std::to_string(window)}}};
}

WhatIf on_trace(const WhatIf& current, std::string file, const RunLengths& recorded) {
  WhatIf run = current;
  run.trace = std::move(file);
  run.output.reset();
  run.kv_dtype.reset();
  run.seed.reset();
  if (run.chunk == kWholePrompt || run.chunk > recorded.prompt) {
    run.chunk = recorded.chunk_rows();
  }
  return run;
}

WhatIf as_recorded(const WhatIf& current, PolicySpec policy, const RunLengths& recorded) {
  WhatIf run = current;
  run.policy = std::move(policy);
  run.chunk = recorded.chunk;
  run.last_prompt_token = recorded.last_prompt_token;
  run.output.reset();
  return run;
}

std::string short_name(const WhatIf& what_if) {
  const std::string source = what_if.trace.empty()
                                 ? (what_if.shape.find('/') == std::string::npos
                                        ? what_if.shape
                                        : std::filesystem::path(what_if.shape).filename().string())
                                 : std::filesystem::path(what_if.trace).filename().string();
  return source + " · " + to_string(what_if.policy);
}

std::string to_command(const WhatIf& what_if) {
  static const WhatIf kDefault;
  std::string text = "kvfoot replay";
  const auto flag = [&](const char* name, const std::string& value) {
    text += " --" + std::string(name) + " " + shell_word(value);
  };
  if (what_if.trace.empty()) {
    flag("shape", what_if.shape);
    flag("prompt", std::to_string(what_if.prompt));
  } else {
    // A file whose name begins with a dash is no flag.
    text += " " + shell_word(what_if.trace.starts_with('-') ? "./" + what_if.trace : what_if.trace);
  }
  if (what_if.output) {
    flag("output", std::to_string(*what_if.output));
  }
  if (what_if.chunk != kDefault.chunk) {
    flag("chunk", what_if.chunk == kWholePrompt ? "all" : std::to_string(what_if.chunk));
  }
  flag("policy", to_string(what_if.policy));
  if (what_if.last_prompt_token == LastPromptToken::kDecode) {
    flag("last-prompt-token", "decode");
  }
  if (what_if.accounting == Accounting::kPaper) {
    flag("accounting", "paper");
  }
  if (what_if.batch != kDefault.batch) {
    flag("batch", std::to_string(what_if.batch));
  }
  if (what_if.block != kDefault.block) {
    flag("block-size", std::to_string(what_if.block));
  }
  if (what_if.kv_dtype) {
    flag("kv-dtype", std::string(to_string(*what_if.kv_dtype)));
  }
  if (what_if.layout.quant.scheme != KvScheme::kNone) {
    flag("kv-quant", to_string(what_if.layout.quant));
  }
  if (what_if.layout.index.kind != KvIndexKind::kNone) {
    flag("kv-index", to_string(what_if.layout.index));
  }
  if (what_if.layout.alloc != KvAlloc::kRagged) {
    flag("kv-alloc", std::string(to_string(what_if.layout.alloc)));
  }
  if (what_if.layout.copies != KvCopies::kKv) {
    flag("kv-copies", std::string(to_string(what_if.layout.copies)));
  }
  if (what_if.seed) {
    flag("seed", std::to_string(*what_if.seed));
  }
  if (!what_if.device.empty()) {
    flag("device-model", what_if.device);
    if (what_if.weight_dtype != DType::kBF16) {
      flag("weight-dtype", std::string(to_string(what_if.weight_dtype)));
    }
    if (what_if.logits != LogitsRows::kLast) {
      flag("logits", std::string(to_string(what_if.logits)));
    }
  }
  return text;
}

}  // namespace kvfoot::gui
