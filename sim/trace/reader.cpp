// Hands out the parts of a trace; see tables.cpp for what was checked before.
#include "sim/trace/reader.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <map>
#include <tuple>

#include "sim/core/hash.hpp"
#include "sim/trace/block_code.hpp"
#include "sim/trace/tables.hpp"

namespace kvfoot {

namespace {

// Disjoint ranges of positions; neighbours are joined.
class PositionSet {
 public:
  // False if some position is in it already.
  [[nodiscard]] bool insert(PosRange range) {
    auto next = end_of_.lower_bound(range.begin);
    if (next != end_of_.end() && next->first < range.end) {
      return false;
    }
    if (next != end_of_.end() && next->first == range.end) {
      range.end = next->second;
      next = end_of_.erase(next);
    }
    if (next != end_of_.begin()) {
      const auto before = std::prev(next);
      if (before->second > range.begin) {
        return false;
      }
      if (before->second == range.begin) {
        before->second = range.end;
        return true;
      }
    }
    end_of_.emplace_hint(next, range.begin, range.end);
    return true;
  }

 private:
  std::map<TokenPos, TokenPos> end_of_;  // by begin
};

// A block's scale is its largest mean mass; a code is up to twice that (docs/trace-format.md).
constexpr float kLargestScale = 2;

}  // namespace

class TraceReader::Impl {
 public:
  explicit Impl(TraceTables tables) : t(std::move(tables)) {}

  [[nodiscard]] Error bad(const std::string& object, const std::string& what) const {
    return Error{t.path + ": " + object, what, "record it again"};
  }
  [[nodiscard]] std::size_t unit(std::int32_t pass, std::int32_t layer, std::int32_t q_head) const {
    const TraceHeader& h = t.stored.header;
    KVFOOT_CHECK(pass >= 0 && static_cast<std::size_t>(pass) < t.passes.size() && layer >= 0 &&
                 layer < h.shape.layers && q_head >= 0 && q_head < h.shape.q_heads);
    return static_cast<std::size_t>(
        (std::int64_t{pass} * h.shape.layers + layer) * h.shape.q_heads + q_head);
  }
  [[nodiscard]] Result<std::int64_t> checked_past(std::int32_t pass, std::size_t at) const {
    const std::int64_t past = t.past[at];
    const std::int64_t begin = t.passes[static_cast<std::size_t>(pass)].pass.begin;
    if (past < 0 || past > begin || (t.stored.full_cache && past != begin)) {
      return bad("/attention/past", "entry " + std::to_string(at) + " is " + std::to_string(past));
    }
    return past;
  }
  [[nodiscard]] DecisionRecord decision(std::size_t i) const {
    DecisionRecord record{
        t.decisions.pass[i], t.decisions.layer[i], t.decisions.head[i], t.decisions.kept[i], {}};
    const std::int64_t begin = i == 0 ? 0 : t.decisions.end[i - 1];
    for (std::int64_t r = begin; r < t.decisions.end[i]; ++r) {
      const auto at = static_cast<std::size_t>(2 * r);
      record.evicted.push_back({t.decisions.evicted[at], t.decisions.evicted[at + 1]});
    }
    return record;
  }

  TraceTables t;
};

TraceReader::TraceReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TraceReader::~TraceReader() = default;

Result<std::shared_ptr<const TraceReader>> TraceReader::open(const std::string& path,
                                                             const TraceReadOptions& options) {
  KVFOOT_ASSIGN(TraceTables tables, load_tables(path, options.verify_checksums));
  return std::shared_ptr<const TraceReader>(
      new TraceReader(std::make_unique<Impl>(std::move(tables))));
}

const std::string& TraceReader::path() const { return impl_->t.path; }
const TraceHeader& TraceReader::header() const { return impl_->t.stored.header; }
const TraceCoding& TraceReader::coding() const { return impl_->t.stored.coding; }
std::int64_t TraceReader::file_bytes() const { return impl_->t.file_bytes; }
bool TraceReader::full_cache() const { return impl_->t.stored.full_cache; }
std::span<const TracePass> TraceReader::passes() const { return impl_->t.passes; }
const TraceRows& TraceReader::rows() const { return impl_->t.rows; }
std::span<const std::int32_t> TraceReader::tokens() const { return impl_->t.tokens; }
std::span<const PassMemory> TraceReader::memory() const { return impl_->t.memory; }
std::span<const std::int64_t> TraceReader::wall_ns() const { return impl_->t.wall_ns; }
std::span<const TraceVote> TraceReader::votes() const { return impl_->t.votes; }

std::uint64_t TraceReader::content_hash() const {
  const TraceTables& t = impl_->t;
  const TraceHeader& h = t.stored.header;
  std::uint64_t hash = hash_words(
      kTraceVersion, h.shape.layers, h.shape.q_heads, h.shape.kv_heads, h.shape.head_dim,
      h.shape.hidden, h.shape.ffn, h.shape.vocab, h.run.prompt, h.run.output, h.run.chunk,
      static_cast<int>(h.run.last_prompt_token), static_cast<int>(h.storage),
      static_cast<int>(h.kv_dtype), h.block, h.seed, static_cast<int>(h.fidelity));
  for (const std::string* text : {&h.checkpoint_hash, &h.policy, &h.shape.name}) {
    hash = hash_words(hash, hash_text(*text));
  }
  const auto add = [&hash](const Hdf5Column& column) {
    for (const std::uint64_t piece : column.piece_hashes()) {
      hash = hash_words(hash, piece);
    }
  };
  std::for_each(t.kept.begin(), t.kept.end(), add);
  for (const auto* column :
       {&t.answer_values, &t.key_norms, &t.row_codes, &t.row_lse, &t.block_data, &t.vote_codes}) {
    if (column->has_value()) {
      add(**column);
    }
  }
  return hash;
}

std::optional<std::string_view> TraceReader::token_text(std::int64_t position) const {
  const TraceTables& t = impl_->t;
  if (t.text_end.empty()) {
    return std::nullopt;
  }
  KVFOOT_CHECK(position >= 0 && static_cast<std::size_t>(position) < t.text_end.size());
  const auto i = static_cast<std::size_t>(position);
  const std::int64_t begin = i == 0 ? 0 : t.text_end[i - 1];
  return std::string_view(reinterpret_cast<const char*>(t.text.data()) + begin,
                          static_cast<std::size_t>(t.text_end[i] - begin));
}

Result<std::vector<DecisionRecord>> TraceReader::decisions() const {
  std::vector<DecisionRecord> records;
  std::map<std::pair<std::int32_t, std::int32_t>, PositionSet> evicted;  // by (layer, head)
  for (std::size_t i = 0; i < impl_->t.decisions.pass.size(); ++i) {
    records.push_back(impl_->decision(i));
    const DecisionRecord& record = records.back();
    PositionSet& gone = evicted[{record.layer, record.head}];
    for (const PosRange& range : record.evicted) {
      if (!gone.insert(range)) {
        return impl_->bad("/log/decisions", "entry " + std::to_string(i) + " evicts [" +
                                                std::to_string(range.begin) + ", " +
                                                std::to_string(range.end) + ") again");
      }
    }
  }
  return records;
}

Result<std::vector<DecisionRecord>> TraceReader::decisions(std::int32_t pass) const {
  const auto all = impl_->t.decisions.pass;
  const auto [first, last] = std::equal_range(all.begin(), all.end(), pass);
  std::vector<DecisionRecord> records;
  for (auto at = first; at != last; ++at) {
    records.push_back(impl_->decision(static_cast<std::size_t>(at - all.begin())));
  }
  return records;
}

std::int64_t TraceReader::answer_count() const {
  return static_cast<std::int64_t>(impl_->t.answers.pass.size());
}

Result<TraceReader::Answer> TraceReader::answer(std::int64_t number) const {
  const TraceTables::Answers& a = impl_->t.answers;
  KVFOOT_CHECK(number >= 0 && number < answer_count());
  const auto i = static_cast<std::size_t>(number);
  Answer answer{a.pass[i],
                a.layer[i],
                a.head[i],
                {.kind = static_cast<AttentionQuery::Kind>(a.kind[i]),
                 .scope = static_cast<AttentionQuery::Scope>(a.scope[i]),
                 .pool = static_cast<AttentionQuery::Pool>(a.pool[i]),
                 .window = a.window[i],
                 .kernel = a.kernel[i]},
                {}};
  const std::int64_t begin = i == 0 ? 0 : a.end[i - 1];
  KVFOOT_ASSIGN(answer.values, impl_->t.answer_values->read<float>(begin, a.end[i] - begin));
  return answer;
}

std::int64_t TraceReader::find_answer(std::int32_t pass, std::int32_t layer,
                                      std::int32_t head) const {
  const TraceTables::Answers& a = impl_->t.answers;
  std::size_t first = 0;
  for (std::size_t count = a.pass.size(); count > 0;) {
    const std::size_t half = count / 2;
    const std::size_t mid = first + half;
    if (std::tuple(a.pass[mid], a.layer[mid], a.head[mid]) < std::tuple(pass, layer, head)) {
      first = mid + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return static_cast<std::int64_t>(first);
}

Result<std::span<const float>> TraceReader::key_norms(std::int32_t pass, std::int32_t layer,
                                                      std::int32_t head) const {
  const TraceHeader& h = header();
  static_cast<void>(impl_->unit(pass, layer, 0));
  KVFOOT_CHECK(head >= 0 && head < h.storage_heads());
  const std::int64_t streams = std::int64_t{h.shape.layers} * h.storage_heads();
  const std::int64_t rows = impl_->t.forward_rows(pass);
  const std::int64_t stream = std::int64_t{layer} * h.storage_heads() + head;
  KVFOOT_ASSIGN(
      const std::span<const float> norms,
      impl_->t.key_norms->read<float>(
          impl_->t.row_begin[static_cast<std::size_t>(pass)] * streams + stream * rows, rows));
  if (!std::all_of(norms.begin(), norms.end(), [](float norm) { return std::isfinite(norm); })) {
    return impl_->bad("/key_norms", "of pass " + std::to_string(pass) + " are not finite");
  }
  return norms;
}

Result<TraceReader::RowUnit> TraceReader::row_unit(std::int32_t pass, std::int32_t layer,
                                                   std::int32_t q_head) const {
  KVFOOT_CHECK(header().fidelity == TraceFidelity::kRows);
  const TraceTables& t = impl_->t;
  const std::size_t at = impl_->unit(pass, layer, q_head);
  KVFOOT_ASSIGN(const std::int64_t past, impl_->checked_past(pass, at));
  const std::int64_t rows = t.forward_rows(pass);
  RowUnit unit;
  unit.past = past;
  KVFOOT_ASSIGN(unit.codes,
                t.row_codes->read<std::uint16_t>(t.row_offset[at], past * rows + triangle(rows)));
  const std::int64_t stream = std::int64_t{layer} * header().shape.q_heads + q_head;
  KVFOOT_ASSIGN(
      unit.log_sum_exp,
      t.row_lse->read<float>(
          t.row_begin[static_cast<std::size_t>(pass)] * t.q_streams() + stream * rows, rows));
  return unit;
}

Result<std::int64_t> TraceReader::past(std::int32_t pass, std::int32_t layer,
                                       std::int32_t q_head) const {
  return impl_->checked_past(pass, impl_->unit(pass, layer, q_head));
}

std::span<const TraceRowBlock> TraceReader::row_blocks(std::int32_t pass) const {
  const TraceTables& t = impl_->t;
  const auto p = static_cast<std::size_t>(pass);
  return std::span(t.blocks).subspan(
      static_cast<std::size_t>(t.block_begin[p]),
      static_cast<std::size_t>(t.block_begin[p + 1] - t.block_begin[p]));
}

Result<std::span<const std::uint8_t>> TraceReader::block(std::int32_t pass, std::int32_t layer,
                                                         std::int32_t q_head,
                                                         std::int32_t index) const {
  const TraceTables& t = impl_->t;
  const auto p = static_cast<std::size_t>(pass);
  static_cast<void>(impl_->unit(pass, layer, q_head));
  const std::int64_t blocks = t.block_begin[p + 1] - t.block_begin[p];
  KVFOOT_CHECK(index >= 0 && index < blocks);
  const std::int64_t stream = std::int64_t{layer} * header().shape.q_heads + q_head;
  const auto at =
      static_cast<std::size_t>(t.block_begin[p] * t.q_streams() + stream * blocks + index);
  const std::int64_t begin = t.block_offset[at];
  const std::int64_t end =
      at + 1 < t.block_offset.size() ? t.block_offset[at + 1] : t.block_data->size();
  if (end < begin) {
    return impl_->bad("/attention/blocks/offset",
                      "entry " + std::to_string(at) + " does not ascend");
  }
  KVFOOT_ASSIGN(const std::span<const std::uint8_t> bytes,
                t.block_data->read<std::uint8_t>(begin, end - begin));
  float scale = 0;
  if (bytes.size() >= sizeof scale) {  // else the decoder refuses it
    std::memcpy(&scale, bytes.data(), sizeof scale);
  }
  if (!(scale >= 0 && scale <= kLargestScale)) {  // mass that is not finite would spread
    return impl_->bad("/attention/blocks/data",
                      "entry " + std::to_string(at) + " has the scale " + std::to_string(scale));
  }
  return bytes;
}

Result<std::span<const std::uint16_t>> TraceReader::vote(std::int32_t i, std::int32_t layer,
                                                         std::int32_t q_head) const {
  const TraceTables& t = impl_->t;
  static_cast<void>(impl_->unit(0, layer, q_head));
  const TraceVote& vote = t.votes.at(static_cast<std::size_t>(i));
  const std::int64_t stream = std::int64_t{layer} * header().shape.q_heads + q_head;
  const auto segments = static_cast<std::int64_t>(vote.windows.size());
  return t.vote_codes->read<std::uint16_t>(
      t.vote_offset[static_cast<std::size_t>(i * t.q_streams() + stream)], segments * vote.keys);
}

Status TraceReader::verify() const {
  const TraceTables& t = impl_->t;
  const TraceHeader& h = header();
  KVFOOT_TRY(decisions());
  for (std::int64_t i = 0; i < answer_count(); ++i) {
    KVFOOT_TRY(answer(i));
  }
  DecodedBlock decoded;
  for (std::int32_t p = 0; p < static_cast<std::int32_t>(t.passes.size()); ++p) {
    for (std::int32_t layer = 0; layer < h.shape.layers; ++layer) {
      for (std::int32_t head = 0; head < h.storage_heads(); ++head) {
        KVFOOT_TRY(key_norms(p, layer, head));
      }
      for (std::int32_t head = 0; head < h.shape.q_heads; ++head) {
        if (h.fidelity == TraceFidelity::kRows) {
          KVFOOT_TRY(row_unit(p, layer, head));
          continue;
        }
        KVFOOT_ASSIGN(const std::int64_t resident, past(p, layer, head));
        const std::span<const TraceRowBlock> blocks = row_blocks(p);
        for (std::size_t b = 0; b < blocks.size(); ++b) {
          KVFOOT_ASSIGN(const std::span<const std::uint8_t> bytes,
                        block(p, layer, head, static_cast<std::int32_t>(b)));
          if (!decode_block(bytes, resident + blocks[b].first_row + blocks[b].rows,
                            coding().key_block, decoded)) {
            return impl_->bad("/attention/blocks/data", "block " + std::to_string(b) + " of pass " +
                                                            std::to_string(p) + ", layer " +
                                                            std::to_string(layer) + ", head " +
                                                            std::to_string(head) + " is damaged");
          }
        }
      }
    }
  }
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(t.votes.size()); ++i) {
    for (std::int32_t layer = 0; layer < h.shape.layers; ++layer) {
      for (std::int32_t head = 0; head < h.shape.q_heads; ++head) {
        KVFOOT_TRY(vote(i, layer, head));
      }
    }
  }
  return {};
}

}  // namespace kvfoot
