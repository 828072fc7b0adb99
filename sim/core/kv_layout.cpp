// Names and parameters of layouts.
#include "sim/core/kv_layout.hpp"

#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "sim/core/text.hpp"

namespace kvfoot {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kMostTokens = std::int64_t{1} << 30;

struct Param {
  std::string_view name;
  std::int64_t* slot;
  std::int64_t low;
  std::int64_t high;
};

Error wrong_name(std::string_view where, std::string_view name,
                 const std::vector<std::string>& known) {
  return Error{std::string(where), "'" + std::string(name) + "' is unknown",
               suggestion(name, known)};
}

Status read_share(std::string_view where, std::string_view text, std::int64_t& millionths) {
  const auto share = parse_double(text);
  if (!share || *share < 0 || *share > 0.5) {
    return Error{std::string(where), "outliers=" + std::string(text) + " is no share",
                 "give a number from 0 to 0.5, such as 0.01"};
  }
  millionths = std::llround(*share * static_cast<double>(kMillion));
  return {};
}

// "name:key=value,key=value": the values go to their slots.
Status read_params(std::string_view where, std::string_view text, std::span<const Param> params,
                   std::int64_t* share = nullptr) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return {};
  }
  std::vector<std::string> seen;
  for (const std::string_view item : split(text.substr(colon + 1), ',')) {
    const std::size_t equals = item.find('=');
    const std::string_view key = item.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : item.substr(equals + 1);
    for (const std::string& before : seen) {
      if (before == key) {
        return Error{std::string(where), before + " is given twice"};
      }
    }
    seen.emplace_back(key);
    if (share != nullptr && key == "outliers") {
      KVFOOT_TRY(read_share(where, value, *share));
      continue;
    }
    const Param* known = nullptr;
    std::vector<std::string> names;
    for (const Param& param : params) {
      names.emplace_back(param.name);
      known = param.name == key ? &param : known;
    }
    if (share != nullptr) {
      names.emplace_back("outliers");
    }
    if (known == nullptr) {
      return wrong_name(where, key, names);
    }
    const auto number = parse_int(value);
    if (!number || *number < known->low || *number > known->high) {
      return Error{std::string(where), std::string(item) + " is out of range",
                   std::string(key) + " is an integer from " + std::to_string(known->low) + " to " +
                       std::to_string(known->high)};
    }
    *known->slot = *number;
  }
  return {};
}

std::string_view name_of(std::string_view text) { return text.substr(0, text.find(':')); }

std::string share_text(std::int64_t millionths) {
  std::string digits = std::to_string(kMillion + millionths).substr(1);
  while (digits.size() > 1 && digits.back() == '0') {
    digits.pop_back();
  }
  return "0." + digits;
}

}  // namespace

Result<KvQuant> parse_kv_quant(std::string_view text) {
  constexpr std::string_view kWhere = "kv_quant";
  KvQuant quant;
  const std::string_view name = name_of(text);
  if (text == "none") {
    return quant;
  }
  if (name == "kivi") {
    quant = {.scheme = KvScheme::kKivi, .bits = 2, .group = 32, .residual = 128};
    const std::array<Param, 3> params{{{"bits", &quant.bits, 1, 8},
                                       {"group", &quant.group, 1, kMostTokens},
                                       {"residual", &quant.residual, 1, kMostTokens}}};
    KVFOOT_TRY(read_params(kWhere, text, params));
    if (quant.bits != 2 && quant.bits != 4) {
      return Error{std::string(kWhere),
                   "KIVI has no codes of " + std::to_string(quant.bits) + " bits",
                   "give bits=2 or bits=4"};
    }
    if (quant.residual % quant.group != 0) {
      return Error{std::string(kWhere),
                   "a residual of " + std::to_string(quant.residual) +
                       " tokens is no multiple of the group of " + std::to_string(quant.group),
                   "the residual is quantised in whole groups"};
    }
    return quant;
  }
  if (name == "kvquant") {
    quant = {.scheme = KvScheme::kKvquant, .bits = 3, .outliers_ppm = 10'000, .outlier_bytes = 4};
    const std::array<Param, 2> params{
        {{"bits", &quant.bits, 1, 8}, {"outlier_bytes", &quant.outlier_bytes, 1, 16}}};
    KVFOOT_TRY(read_params(kWhere, text, params, &quant.outliers_ppm));
    return quant;
  }
  return wrong_name(kWhere, name, {"kivi", "kvquant", "none"});
}

Result<KvIndex> parse_kv_index(std::string_view text) {
  constexpr std::string_view kWhere = "kv_index";
  KvIndex index;
  const std::string_view name = name_of(text);
  if (text == "none") {
    return index;
  }
  if (name == "quest") {
    index = {.kind = KvIndexKind::kQuest, .block = 16, .budget = 0, .dense = 2};
    const std::array<Param, 3> params{{{"page", &index.block, 1, kMostTokens},
                                       {"budget", &index.budget, 0, kMostTokens},
                                       {"dense", &index.dense, 0, 1 << 16}}};
    KVFOOT_TRY(read_params(kWhere, text, params));
    if (index.budget % index.block != 0) {
      return Error{std::string(kWhere),
                   "a budget of " + std::to_string(index.budget) +
                       " tokens is no number of pages of " + std::to_string(index.block),
                   "Quest reads whole pages"};
    }
    return index;
  }
  if (name == "moba") {
    index = {.kind = KvIndexKind::kMoba, .block = 512};
    const std::array<Param, 1> params{{{"block", &index.block, 1, kMostTokens}}};
    KVFOOT_TRY(read_params(kWhere, text, params));
    return index;
  }
  return wrong_name(kWhere, name, {"quest", "moba", "none"});
}

Result<KvAlloc> parse_kv_alloc(std::string_view text) {
  for (const KvAlloc alloc : {KvAlloc::kRagged, KvAlloc::kRectangular}) {
    if (text == to_string(alloc)) {
      return alloc;
    }
  }
  return wrong_name("kv_alloc", text, {"ragged", "rectangular"});
}

Result<KvCopies> parse_kv_copies(std::string_view text) {
  for (const KvCopies copies : {KvCopies::kKv, KvCopies::kQuery}) {
    if (text == to_string(copies)) {
      return copies;
    }
  }
  return wrong_name("kv_copies", text, {"kv", "query"});
}

std::string to_string(const KvQuant& quant) {
  switch (quant.scheme) {
    case KvScheme::kNone:
      return "none";
    case KvScheme::kKivi:
      return "kivi:bits=" + std::to_string(quant.bits) + ",group=" + std::to_string(quant.group) +
             ",residual=" + std::to_string(quant.residual);
    case KvScheme::kKvquant:
      return "kvquant:bits=" + std::to_string(quant.bits) +
             ",outliers=" + share_text(quant.outliers_ppm) +
             ",outlier_bytes=" + std::to_string(quant.outlier_bytes);
  }
  return "";
}

std::string to_string(const KvIndex& index) {
  switch (index.kind) {
    case KvIndexKind::kNone:
      return "none";
    case KvIndexKind::kQuest:
      return "quest:page=" + std::to_string(index.block) +
             ",budget=" + std::to_string(index.budget) + ",dense=" + std::to_string(index.dense);
    case KvIndexKind::kMoba:
      return "moba:block=" + std::to_string(index.block);
  }
  return "";
}

std::string_view to_string(KvAlloc alloc) {
  return alloc == KvAlloc::kRagged ? "ragged" : "rectangular";
}

std::string_view to_string(KvCopies copies) { return copies == KvCopies::kKv ? "kv" : "query"; }

Status check_layout(const KvLayout& layout, const ModelShape& shape) {
  if (shape.latent.kv_rank == 0) {
    return {};
  }
  const char* key = layout.quant.scheme != KvScheme::kNone    ? "kv_quant"
                    : layout.index.kind != KvIndexKind::kNone ? "kv_index"
                    : layout.copies != KvCopies::kKv          ? "kv_copies"
                                                              : nullptr;
  if (key == nullptr) {
    return {};
  }
  return Error{key, "has no meaning for " + shape.name + ", whose entries are latent rows",
               "its published formulas are about keys and values of heads"};
}

}  // namespace kvfoot
