// The fields of WhatIf, one entry each.
#include "gui/model/scenario_fields.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "gui/model/token_text.hpp"
#include "sim/core/check.hpp"
#include "sim/core/text.hpp"
#include "sim/engine/counts.hpp"

namespace kvfoot::gui {
namespace {

constexpr std::int64_t kMostRows = std::numeric_limits<TokenPos>::max();
constexpr std::int64_t kMostBlock = std::int64_t{1} << 30;

std::string read_prompt(const WhatIf& what_if) { return format_tokens(what_if.prompt); }

Status write_prompt(WhatIf& what_if, std::string_view text) {
  KVFOOT_ASSIGN(what_if.prompt,
                parse_tokens(text, 1, kMostRows - what_if.output.value_or(kDefaultOutput)));
  return {};
}

std::string read_output(const WhatIf& what_if) {
  return what_if.output ? format_tokens(*what_if.output) : "";
}

Status write_output(WhatIf& what_if, std::string_view text) {
  if (trim(text).empty()) {
    what_if.output.reset();
    return {};
  }
  const std::int64_t prompt = what_if.trace.empty() ? what_if.prompt : 1;
  KVFOOT_ASSIGN(what_if.output, parse_tokens(text, 0, kMostRows - prompt));
  return {};
}

std::string read_chunk(const WhatIf& what_if) {
  return what_if.chunk == kWholePrompt ? "all" : format_tokens(what_if.chunk);
}

Status write_chunk(WhatIf& what_if, std::string_view text) {
  if (trim(text) == "all") {
    what_if.chunk = kWholePrompt;
    return {};
  }
  auto chunk = parse_tokens(text, 1, kMostRows);
  if (!chunk) {
    Error error = std::move(chunk).error();
    error.hint += "; all: the whole prompt in one pass";
    return error;
  }
  what_if.chunk = *chunk;
  return {};
}

Status write_whole(std::int64_t& value, std::string_view text, std::int64_t high) {
  const auto number = parse_int(trim(text));
  if (!number || *number < 1 || *number > high) {
    return Error{"", "'" + std::string(trim(text).substr(0, 40)) + "' cannot be used",
                 "give a whole number from 1 to " + std::to_string(high)};
  }
  value = *number;
  return {};
}

std::string read_batch(const WhatIf& what_if) { return std::to_string(what_if.batch); }
Status write_batch(WhatIf& what_if, std::string_view text) {
  return write_whole(what_if.batch, text, kMaxBatch);
}

std::string read_block(const WhatIf& what_if) { return std::to_string(what_if.block); }
Status write_block(WhatIf& what_if, std::string_view text) {
  return write_whole(what_if.block, text, kMostBlock);
}

std::string read_kv_dtype(const WhatIf& what_if) {
  return what_if.kv_dtype ? std::string(to_string(*what_if.kv_dtype)) : "";
}

Status write_kv_dtype(WhatIf& what_if, std::string_view text) {
  if (text.empty()) {
    what_if.kv_dtype.reset();
    return {};
  }
  KVFOOT_ASSIGN(what_if.kv_dtype, parse_dtype(text));
  return {};
}

std::string read_kv_quant(const WhatIf& what_if) { return to_string(what_if.layout.quant); }
Status write_kv_quant(WhatIf& what_if, std::string_view text) {
  KVFOOT_ASSIGN(what_if.layout.quant, parse_kv_quant(trim(text)));
  return {};
}

std::string read_kv_index(const WhatIf& what_if) { return to_string(what_if.layout.index); }
Status write_kv_index(WhatIf& what_if, std::string_view text) {
  KVFOOT_ASSIGN(what_if.layout.index, parse_kv_index(trim(text)));
  return {};
}

std::string read_kv_alloc(const WhatIf& what_if) {
  return std::string(to_string(what_if.layout.alloc));
}
Status write_kv_alloc(WhatIf& what_if, std::string_view text) {
  KVFOOT_ASSIGN(what_if.layout.alloc, parse_kv_alloc(text));
  return {};
}

std::string read_kv_copies(const WhatIf& what_if) {
  return std::string(to_string(what_if.layout.copies));
}
Status write_kv_copies(WhatIf& what_if, std::string_view text) {
  KVFOOT_ASSIGN(what_if.layout.copies, parse_kv_copies(text));
  return {};
}

std::string read_device(const WhatIf& what_if) { return what_if.device; }
Status write_device(WhatIf& what_if, std::string_view text) {
  what_if.device = trim(text);  // whether it can be read is seen when it is replayed
  return {};
}

std::string read_weight_dtype(const WhatIf& what_if) {
  return std::string(to_string(what_if.weight_dtype));
}
Status write_weight_dtype(WhatIf& what_if, std::string_view text) {
  KVFOOT_ASSIGN(what_if.weight_dtype, parse_dtype(text));
  return {};
}

// One of two words; the first stands for `first`.
template <class Enum>
Status write_word(Enum& value, std::string_view text, std::string_view first_word, Enum first,
                  std::string_view second_word, Enum second) {
  if (text != first_word && text != second_word) {
    return Error{"", "'" + std::string(text.substr(0, 40)) + "' is unknown",
                 "allowed: " + std::string(first_word) + ", " + std::string(second_word)};
  }
  value = text == first_word ? first : second;
  return {};
}

std::string read_logits(const WhatIf& what_if) { return std::string(to_string(what_if.logits)); }
Status write_logits(WhatIf& what_if, std::string_view text) {
  return write_word(what_if.logits, text, "last", LogitsRows::kLast, "all", LogitsRows::kAll);
}

std::string read_accounting(const WhatIf& what_if) {
  return what_if.accounting == Accounting::kExact ? "exact" : "paper";
}
Status write_accounting(WhatIf& what_if, std::string_view text) {
  return write_word(what_if.accounting, text, "exact", Accounting::kExact, "paper",
                    Accounting::kPaper);
}

std::string read_last_prompt_token(const WhatIf& what_if) {
  return what_if.last_prompt_token == LastPromptToken::kPrefill ? "prefill" : "decode";
}
Status write_last_prompt_token(WhatIf& what_if, std::string_view text) {
  return write_word(what_if.last_prompt_token, text, "prefill", LastPromptToken::kPrefill, "decode",
                    LastPromptToken::kDecode);
}

std::string read_seed(const WhatIf& what_if) {
  return what_if.seed ? std::to_string(*what_if.seed) : "";
}
Status write_seed(WhatIf& what_if, std::string_view text) {
  const std::string_view digits = trim(text);
  if (digits.empty()) {
    what_if.seed.reset();
    return {};
  }
  std::uint64_t seed = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), seed);
  if (code != std::errc{} || end != digits.data() + digits.size()) {
    return Error{"", "'" + std::string(digits.substr(0, 40)) + "' is no seed",
                 "give a whole number from 0 to 2^64 - 1"};
  }
  what_if.seed = seed;
  return {};
}

constexpr ScenarioField kFields[] = {
    {"prompt", read_prompt, write_prompt},
    {"output", read_output, write_output},
    {"chunk", read_chunk, write_chunk},
    {"batch", read_batch, write_batch},
    {"block_size", read_block, write_block},
    {"kv_dtype", read_kv_dtype, write_kv_dtype},
    {"kv_quant", read_kv_quant, write_kv_quant},
    {"kv_index", read_kv_index, write_kv_index},
    {"kv_alloc", read_kv_alloc, write_kv_alloc},
    {"kv_copies", read_kv_copies, write_kv_copies},
    {"device_model", read_device, write_device},
    {"weight_dtype", read_weight_dtype, write_weight_dtype},
    {"logits", read_logits, write_logits},
    {"accounting", read_accounting, write_accounting},
    {"last_prompt_token", read_last_prompt_token, write_last_prompt_token},
    {"seed", read_seed, write_seed},
};

}  // namespace

std::span<const ScenarioField> scenario_fields() { return kFields; }

const ScenarioField& scenario_field(std::string_view name) {
  const auto* at =
      std::ranges::find_if(kFields, [&](const ScenarioField& field) { return field.name == name; });
  KVFOOT_CHECK(at != std::end(kFields), "no scenario field " + std::string(name));
  return *at;
}

std::string name_apart_from(const WhatIf& other, const WhatIf& what_if) {
  std::string name = short_name(what_if);
  const bool traced = !what_if.trace.empty();
  for (const ScenarioField& field : kFields) {
    const std::string value = field.read(what_if);
    if (traced && field.name == "prompt") {
      continue;  // the trace's own
    }
    if (value != field.read(other)) {
      name += " · " + std::string(field.name) + " " +
              (!value.empty() ? value
               : traced       ? "(as recorded)"
                              : "(default)");
    }
  }
  return name;
}

}  // namespace kvfoot::gui
