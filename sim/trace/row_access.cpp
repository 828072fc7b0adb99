// Finding and decoding single rows and row blocks.
#include "sim/trace/row_access.hpp"

#include <algorithm>
#include <string>

#include "sim/core/pooling.hpp"
#include "sim/trace/code.hpp"

namespace kvfoot {

RowAccess::RowAccess(const TraceReader& trace) : trace_(trace) {
  const auto passes = trace.passes();
  for (std::size_t i = 0; i < passes.size(); ++i) {
    const auto number = static_cast<std::int32_t>(i);
    const TracePass& pass = passes[i];
    if (pass.pass.patch_rows > 0) {
      patched_.emplace_back(pass.pass.end, number);
    }
    if (pass.side) {
      continue;
    }
    pass_of_row_.resize(static_cast<std::size_t>(pass.pass.end), number);
    if (trace.header().fidelity == TraceFidelity::kBlocks) {
      std::int32_t index = 0;
      for (const TraceRowBlock& block : trace.row_blocks(number)) {
        const std::int64_t begin = pass.pass.begin + block.first_row;
        blocks_.push_back({begin, begin + block.rows, number, index++});
      }
    }
  }
  std::sort(patched_.begin(), patched_.end());
}

std::int64_t RowAccess::recorded_rows() const {
  return static_cast<std::int64_t>(pass_of_row_.size());
}

std::int32_t RowAccess::pass_of_row(std::int64_t row) const {
  return pass_of_row_.at(static_cast<std::size_t>(row));
}

std::optional<RowAccess::PatchPlace> RowAccess::patch(std::int64_t end,
                                                      std::int64_t patch_rows) const {
  for (auto at =
           std::lower_bound(patched_.begin(), patched_.end(), std::pair(end, std::int32_t{0}));
       at != patched_.end() && at->first == end; ++at) {
    const Pass& pass = trace_.passes()[static_cast<std::size_t>(at->second)].pass;
    if (pass.patch_rows == patch_rows) {
      return PatchPlace{at->second, pass.rows()};
    }
  }
  return std::nullopt;
}

Result<std::span<const float>> RowAccess::row(std::int64_t row, std::int32_t layer,
                                              std::int32_t q_head) {
  const std::int64_t last = recorded_rows() - 1;
  if (row <= last) {
    return recorded_row(row, layer, q_head);
  }
  KVFOOT_ASSIGN(const std::span<const float> source, recorded_row(last, layer, q_head));
  constexpr std::int64_t kRecent = 64;
  const auto length = static_cast<std::int64_t>(source.size());
  const std::int64_t recent = std::min(kRecent, length);
  const std::int64_t extra = row - last;
  extended_.assign(static_cast<std::size_t>(length + extra),
                   source[static_cast<std::size_t>(length - recent)]);
  std::copy(source.begin(), source.end() - recent, extended_.begin());
  std::copy(source.end() - recent, source.end(), extended_.end() - recent);
  renormalise(extended_);
  return std::span<const float>(extended_);
}

const BlockPlace& RowAccess::place_of(std::int64_t row) const {
  const auto at =
      std::upper_bound(blocks_.begin(), blocks_.end(), row,
                       [](std::int64_t value, const BlockPlace& b) { return value < b.end; });
  KVFOOT_CHECK(at != blocks_.end() && at->begin <= row);
  return *at;
}

bool RowAccess::keeps_alone(std::int64_t row) const {
  return trace_.header().fidelity == TraceFidelity::kRows ||
         place_of(row).end - place_of(row).begin == 1;
}

Result<std::span<const float>> RowAccess::recorded_row(std::int64_t row, std::int32_t layer,
                                                       std::int32_t q_head) {
  if (trace_.header().fidelity == TraceFidelity::kRows) {
    const std::int32_t pass = pass_of_row(row);
    const std::int64_t begin = trace_.passes()[static_cast<std::size_t>(pass)].pass.begin;
    return row_of_pass(pass, row - begin, layer, q_head);
  }
  const BlockPlace& at = place_of(row);
  if (at.end - at.begin != 1) {
    return Error{trace_.path(),
                 "the trace keeps row " + std::to_string(row) + " only in a sum over rows",
                 "replay a chunk size that it was recorded for, or record with --fidelity rows or "
                 "--side-votes with the chunk size"};
  }
  KVFOOT_ASSIGN(const Block found, block(at, layer, q_head, decoded_));
  dense_.resize(static_cast<std::size_t>(found.keys));
  expand_block(decoded_, trace_.coding().key_block, dense_);
  return std::span<const float>(dense_);
}

Result<std::span<const float>> RowAccess::row_of_pass(std::int32_t pass, std::int64_t index,
                                                      std::int32_t layer, std::int32_t q_head) {
  KVFOOT_ASSIGN(const TraceReader::RowUnit unit, trace_.row_unit(pass, layer, q_head));
  const auto begin = static_cast<std::size_t>(index * unit.past + triangle(index));
  const auto length = static_cast<std::size_t>(unit.past + index + 1);
  dense_.resize(length);
  decode16(unit.codes.subspan(begin, length), dense_);
  bytes_ += static_cast<std::int64_t>(2 * length);
  return std::span<const float>(dense_);
}

Result<RowAccess::Block> RowAccess::block(const BlockPlace& place, std::int32_t layer,
                                          std::int32_t q_head, DecodedBlock& decoded) {
  KVFOOT_ASSIGN(const std::span<const std::uint8_t> bytes,
                trace_.block(place.pass, layer, q_head, place.index));
  KVFOOT_ASSIGN(const std::int64_t past, trace_.past(place.pass, layer, q_head));
  Block found;
  const std::int64_t pass_begin = trace_.passes()[static_cast<std::size_t>(place.pass)].pass.begin;
  found.keys = past + place.end - pass_begin;
  found.bytes = static_cast<std::int64_t>(bytes.size());
  if (!decode_block(bytes, found.keys, trace_.coding().key_block, decoded)) {
    return Error{trace_.path() + ": /attention/blocks/data",
                 "a block of pass " + std::to_string(place.pass) + ", layer " +
                     std::to_string(layer) + ", head " + std::to_string(q_head) + " is damaged",
                 "record it again"};
  }
  bytes_ += found.bytes;
  return found;
}

}  // namespace kvfoot
