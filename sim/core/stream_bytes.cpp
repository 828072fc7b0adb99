// The formulas of KIVI and KVQuant, tensor by tensor.
#include "sim/core/stream_bytes.hpp"

namespace kvfoot {
namespace {

constexpr std::int64_t kScaleAndZero = 4;  // two fp16 numbers
constexpr std::int64_t kWord = 4;          // codes are packed into 32-bit words
constexpr std::int64_t kWordBits = 32;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// `count` codes that lie one after the other.
std::int64_t packed(std::int64_t count, std::int64_t bits) {
  return kWord * ceil_div(count * bits, kWordBits);
}

std::int64_t outliers(const KvQuant& quant, std::int64_t values) {
  __extension__ using Wide = unsigned __int128;
  constexpr std::int64_t kMillion = 1'000'000;
  const Wide millionths = static_cast<Wide>(values) * static_cast<Wide>(quant.outliers_ppm);
  return quant.outlier_bytes *
         static_cast<std::int64_t>((millionths + kMillion - 1) / static_cast<Wide>(kMillion));
}

}  // namespace

std::int64_t StreamFormula::key_bytes(std::int64_t entries) const {
  const std::int64_t d = head_dim;
  switch (quant.scheme) {
    case KvScheme::kNone:
      break;
    case KvScheme::kKivi: {
      const std::int64_t coded = entries / quant.residual * quant.residual;
      return d * packed(coded, quant.bits) + coded / quant.group * d * kScaleAndZero +
             (entries - coded) * d * scalar;
    }
    case KvScheme::kKvquant:  // scales and offsets of key channels are part of the model
      return entries * packed(d, quant.bits) + outliers(quant, entries * d);
  }
  return entries * d * scalar;
}

std::int64_t StreamFormula::payload(std::int64_t entries) const {
  const std::int64_t d = head_dim;
  std::int64_t values = entries * d * scalar;
  switch (quant.scheme) {
    case KvScheme::kNone:
      break;
    case KvScheme::kKivi: {
      const std::int64_t coded = std::max<std::int64_t>(0, entries - quant.residual);
      values = coded * (packed(d, quant.bits) + ceil_div(d, quant.group) * kScaleAndZero) +
               (entries - coded) * d * scalar;
      break;
    }
    case KvScheme::kKvquant:
      values = entries * packed(d, quant.bits) + outliers(quant, entries * d) +
               ceil_div(entries * kScaleAndZero, kv_heads);
      break;
  }
  return key_bytes(entries) + values;
}

std::int64_t StreamFormula::index_bytes(std::int64_t entries) const {
  switch (index.kind) {
    case KvIndexKind::kNone:
      break;
    case KvIndexKind::kQuest:
      return ceil_div(entries, index.block) * 2 * head_dim * scalar;
    case KvIndexKind::kMoba:
      return entries / index.block * head_dim * scalar;
  }
  return 0;
}

std::int64_t StreamFormula::allocated(std::int64_t entries) const {
  if (quant.scheme != KvScheme::kNone) {
    return content(entries);
  }
  return ceil_div(entries, block) * block * entry() + index_bytes(entries);
}

std::int64_t StreamFormula::content_during(std::int64_t past, std::int64_t own) const {
  // Codes with metadata can be larger than what they stand for: small groups, many outliers.
  const std::int64_t stored = payload(past) + own * entry();
  return std::max(stored, payload(past + own)) + index_bytes(past + own);
}

std::int64_t StreamFormula::allocated_during(std::int64_t past, std::int64_t own) const {
  return quant.scheme != KvScheme::kNone ? content_during(past, own) : allocated(past + own);
}

PageSize page_size(const ModelShape& shape, DType kv_dtype, std::int64_t block) {
  return page_size(shape, shape.kv_heads, kv_dtype, block, 1, {});
}

std::int64_t copies_of(const ModelShape& shape, std::int32_t heads, const KvLayout& layout) {
  return layout.copies == KvCopies::kQuery ? shape.q_heads / heads : 1;
}

PageSize page_size(const ModelShape& shape, std::int32_t heads, DType kv_dtype, std::int64_t block,
                   std::int64_t batch, const KvLayout& layout) {
  PageSize page;
  page.block = block;
  page.rectangular = layout.alloc == KvAlloc::kRectangular;
  const std::int64_t times = batch * copies_of(shape, heads, layout);
  if (!layout.has_formula()) {
    page.bytes = times * block * entry_bytes(shape, kv_dtype);
    return page;
  }
  page.bytes = times;
  StreamFormula& formula = page.formula.emplace();
  formula.quant = layout.quant;
  formula.index = layout.index;
  formula.head_dim = shape.head_dim;
  formula.scalar = scalar_bytes(kv_dtype);
  formula.kv_heads = heads;
  formula.block = block;
  return page;
}

}  // namespace kvfoot
