// The recording side: collects tiles per query head, writes layer by layer in head order.
#include "sim/trace/writer.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>

#include "sim/core/text.hpp"
#include "sim/core/threads.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/trace/head_coder.hpp"
#include "sim/trace/header_io.hpp"
#include "sim/trace/plan.hpp"
#include "sim/trace/trace_columns.hpp"

namespace kvfoot {
namespace {

Status enough_room(const std::string& path, std::int64_t bytes) {
  if (bytes <= 0) {
    return {};
  }
  std::error_code failed;
  const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
  const auto space = std::filesystem::space(folder, failed);
  if (!failed && space.available < static_cast<std::uintmax_t>(bytes)) {
    return Error{path,
                 "the trace may need " + format_bytes(bytes) + ", the disk has " +
                     format_bytes(static_cast<std::int64_t>(space.available)),
                 "free some space, choose another folder, or record with --fidelity blocks",
                 ErrorKind::kEnvironment};
  }
  return {};
}

template <class T>
std::span<const T> one(const T& value) {
  return {&value, 1};
}

}  // namespace

class TraceWriter::Impl {
 public:
  Impl(const TraceHeader& header, const TraceCoding& coding, std::unique_ptr<Hdf5Writer> file)
      : header_(header), coding_(coding), file_(std::move(file)) {
    cuts_ = block_cuts(header_, coding_);
    heads_.resize(static_cast<std::size_t>(header_.shape.q_heads));
    norms_.resize(static_cast<std::size_t>(header_.storage_heads()));
    plan_.fidelity = header_.fidelity;
    plan_.coding = &coding_;
    plan_.positions_are_keys = keeps_everything(header_);
  }

  Status add_columns() {
    KVFOOT_ASSIGN(col_, add_trace_columns(*file_, header_.fidelity));
    return {};
  }

  Status begin_pass(const TracePass& pass, std::span<const std::int32_t> tokens,
                    std::span<const TokenPos> positions) {
    const Pass& p = pass.pass;
    const auto rows = static_cast<std::size_t>(p.forward_rows());
    KVFOOT_CHECK(tokens.size() == rows && positions.size() == rows);
    KVFOOT_CHECK(!in_pass_ && (!pass.side || p.rows() == 0));
    in_pass_ = true;
    layer_ = 0;
    plan_.pass = pass;
    const auto number = static_cast<std::int32_t>(passes_++);
    put(col_.pass_index, p.index);
    put(col_.pass_phase, static_cast<std::uint8_t>(p.phase == Phase::kDecode ? 1 : 0));
    put(col_.pass_begin, p.begin);
    put(col_.pass_end, p.end);
    put(col_.pass_patch, p.patch_rows);
    put(col_.pass_last, static_cast<std::uint8_t>(p.last_prefill ? 1 : 0));
    put(col_.pass_side, static_cast<std::uint8_t>(pass.side ? 1 : 0));
    for (std::size_t r = 0; r < rows; ++r) {
      put(col_.row_pass, number);
      put(col_.row_index, static_cast<std::int32_t>(r));
      put(col_.row_patch,
          static_cast<std::uint8_t>(static_cast<std::int64_t>(r) >= p.rows() ? 1 : 0));
    }
    keep(file_->append(col_.row_token, tokens));
    keep(file_->append(col_.row_position, positions));
    if (header_.fidelity == TraceFidelity::kBlocks) {
      plan_.blocks = row_blocks_of(header_, coding_, cuts_, pass);
      for (const TraceRowBlock& block : plan_.blocks) {
        put(col_.block_pass, number);
        put(col_.block_first, block.first_row);
        put(col_.block_rows, block.rows);
      }
      open_votes(number);
      plan_sums(plan_);
    }
    return status();
  }

  void on_tile(const AttentionTile& tile) {
    HeadCoder& head = coder_of(tile.layer, tile.q_head, tile.past);
    KVFOOT_CHECK(tile.first_row == head.rows());
    for (std::int32_t r = 0; r < tile.rows; ++r) {
      const std::span<const float> mass(
          tile.probability + std::int64_t{r} * tile.stride,
          static_cast<std::size_t>(tile.past + tile.first_row + r + 1));
      head.add_row(mass, tile.log_sum_exp[r]);
    }
  }

  [[nodiscard]] const AttentionSums* sums() const {
    const bool some = !plan_.sums.blocks.empty() || !plan_.sums.rows.empty();
    return in_pass_ && some ? &plan_.sums : nullptr;
  }
  void on_block(const AttentionBlock& block) {
    coder_of(block.layer, block.q_head, block.past).add_block(block);
  }
  void on_row_sum(const AttentionRowSum& sum) {
    coder_of(sum.layer, sum.q_head, sum.past).add_row_sum(sum);
  }

  void on_model(std::int32_t layer, std::int32_t q_head, const RowModel& model) {
    KVFOOT_CHECK(layer == layer_);
    HeadCoder& head = heads_.at(static_cast<std::size_t>(q_head));
    head.begin(plan_, std::int64_t{layer} * header_.shape.q_heads + q_head, plan_.pass.pass.begin);
    head.add_model(layer, q_head, model);
  }

  void key_norms(std::int32_t layer, std::int32_t head, std::span<const float> norms) {
    KVFOOT_CHECK(layer == layer_ &&
                 static_cast<std::int64_t>(norms.size()) == plan_.pass.pass.forward_rows());
    norms_.at(static_cast<std::size_t>(head)).assign(norms.begin(), norms.end());
  }

  Status end_layer(std::int32_t layer) {
    KVFOOT_CHECK(in_pass_ && layer == layer_);
    finish_heads();
    for (HeadCoder& head : heads_) {
      put(col_.past, static_cast<std::int32_t>(head.past()));
      if (header_.fidelity == TraceFidelity::kRows) {
        put(col_.row_offset, file_->column_bytes(col_.row_codes) / 2);
        keep(file_->append(col_.row_codes, head.codes()));
        keep(file_->append(col_.row_lse, head.log_sum_exp()));
        continue;
      }
      std::int64_t at = file_->column_bytes(col_.block_data);
      for (const std::int64_t bytes : head.block_bytes()) {
        put(col_.block_offset, at);
        at += bytes;
      }
      keep(file_->append(col_.block_data, head.blocks()));
    }
    std::size_t ending = 0;
    for (const OpenVote* vote : plan_.votes) {
      if (!vote->ends_here) {
        continue;
      }
      for (const HeadCoder& head : heads_) {
        vote_offsets_[ending].push_back(file_->column_bytes(col_.vote_codes) / 2);
        keep(file_->append<std::uint16_t>(col_.vote_codes, head.votes()[ending]));
      }
      ++ending;
    }
    for (HeadCoder& head : heads_) {
      head.end();
    }
    for (std::vector<float>& norms : norms_) {
      KVFOOT_CHECK(static_cast<std::int64_t>(norms.size()) == plan_.pass.pass.forward_rows(),
                   "key norms of a head are missing");
      keep(file_->append<float>(col_.norms, norms));
      norms.clear();
    }
    ++layer_;
    return status();
  }

  void on_decision(const DecisionRecord& record) {
    full_cache_ = full_cache_ && record.evicted.empty();
    put(col_.decision_pass, record.pass);
    put(col_.decision_layer, record.layer);
    put(col_.decision_head, record.head);
    put(col_.decision_kept, record.kept);
    for (const PosRange& range : record.evicted) {
      put(col_.decision_ranges, range.begin);
      put(col_.decision_ranges, range.end);
    }
    put(col_.decision_end, file_->column_bytes(col_.decision_ranges) / 8);
  }

  void on_answer(std::int32_t pass, std::int32_t layer, std::int32_t head,
                 const AttentionQuery& query, std::span<const float> values) {
    put(col_.answer_pass, pass);
    put(col_.answer_layer, layer);
    put(col_.answer_head, head);
    put(col_.answer_kind, static_cast<std::uint8_t>(query.kind));
    put(col_.answer_scope, static_cast<std::uint8_t>(query.scope));
    put(col_.answer_pool, static_cast<std::uint8_t>(query.pool));
    put(col_.answer_window, query.window);
    put(col_.answer_kernel, query.kernel);
    keep(file_->append(col_.answer_values, values));
    put(col_.answer_end, file_->column_bytes(col_.answer_values) / 4);
  }

  Status end_pass(const PassMemory& memory, std::int64_t wall_ns) {
    KVFOOT_CHECK(in_pass_ && layer_ == header_.shape.layers, "layers are missing");
    in_pass_ = false;
    for (const std::vector<std::int64_t>& offsets : vote_offsets_) {
      keep(file_->append<std::int64_t>(col_.vote_offset, offsets));
    }
    vote_offsets_.clear();
    std::erase_if(votes_, [](const std::unique_ptr<OpenVote>& vote) { return vote->ends_here; });
    if (!plan_.pass.side) {
      put(col_.measured_pass, plan_.pass.pass.index);
      put(col_.measured_wall, wall_ns);
      put(col_.measured_entries, memory.resident_entries);
      put(col_.measured_pages, memory.pages);
      put(col_.measured_bytes, memory.bytes);
      put(col_.measured_peak, memory.peak_bytes);
    }
    return status();
  }

  Status finish(const RunLengths& run, std::span<const std::string> token_text) {
    KVFOOT_CHECK(!in_pass_);
    header_.run = run;
    KVFOOT_TRY(status());
    KVFOOT_TRY(write_header(*file_, {header_, coding_, full_cache_}));
    for (const TraceSegment& segment : header_.segments) {
      put(col_.segment_begin, segment.begin_token);
      put(col_.segment_end, segment.end_token);
      put_text(col_.segment_name, col_.segment_name_end, segment.name);
    }
    for (const std::string& text : token_text) {
      put_text(col_.text, col_.text_end, text);
    }
    KVFOOT_TRY(status());
    return file_->commit();
  }

  [[nodiscard]] std::int64_t bytes_written() const { return file_->bytes_written(); }

 private:
  // Votes are coded here, which is worth threads.
  void finish_heads() {
    const bool votes = std::ranges::any_of(plan_.votes, [](const auto* v) { return v->ends_here; });
    const std::int64_t threads = votes ? std::max(1U, std::thread::hardware_concurrency()) : 1;
    for_tasks(static_cast<std::int64_t>(heads_.size()), threads, [&](std::int64_t i) {
      HeadCoder& head = heads_[static_cast<std::size_t>(i)];
      KVFOOT_CHECK(head.started(), "a query head gave no rows");
      head.finish();
    });
  }

  HeadCoder& coder_of(std::int32_t layer, std::int32_t q_head, std::int64_t past) {
    HeadCoder& head = heads_.at(static_cast<std::size_t>(q_head));
    if (!head.started()) {
      head.begin(plan_, std::int64_t{layer} * header_.shape.q_heads + q_head, past);
    }
    KVFOOT_CHECK(layer == layer_ && past == head.past());
    return head;
  }

  void open_votes(std::int32_t number) {
    const std::size_t streams = static_cast<std::size_t>(header_.shape.layers) * heads_.size();
    plan_.votes.clear();
    const auto want = [&](const TraceVote& vote, bool ends_here) {
      const auto known = std::find_if(votes_.begin(), votes_.end(), [&](const auto& open) {
        return open->vote.begin == vote.begin && open->vote.end == vote.end &&
               open->vote.side == vote.side;
      });
      OpenVote* open = known == votes_.end() ? nullptr : known->get();
      if (open == nullptr) {
        votes_.push_back(std::make_unique<OpenVote>());
        open = votes_.back().get();
        open->sums.resize(streams);
      }
      open->vote = vote;
      open->ends_here = ends_here;
      plan_.votes.push_back(open);
    };
    for (const TraceVote& vote : votes_of(header_, coding_, plan_.pass, number)) {
      want(vote, true);
      vote_offsets_.emplace_back();
      put(col_.vote_pass, vote.pass);
      put(col_.vote_begin, vote.begin);
      put(col_.vote_end, vote.end);
      put(col_.vote_keys, vote.keys);
      put(col_.vote_voters, vote.voters);
      put(col_.vote_side, static_cast<std::uint8_t>(vote.side ? 1 : 0));
      keep(file_->append<std::int32_t>(col_.vote_windows, vote.windows));
      put(col_.vote_windows_end, file_->column_bytes(col_.vote_windows) / 4);
    }
    for (const TraceVote& vote : votes_beyond(header_, coding_, plan_.pass)) {
      want(vote, false);
    }
  }

  template <class T>
  void put(int column, const T& value) {
    keep(file_->append<T>(column, one(value)));
  }
  void put_text(int text, int end, const std::string& value) {
    keep(file_->append_bytes(text, std::as_bytes(std::span(value))));
    put(end, file_->column_bytes(text));
  }
  void keep(Status status) {
    if (!status && !error_) {
      error_ = std::move(status).error();
    }
  }
  [[nodiscard]] Status status() const { return error_ ? Status{*error_} : Status{}; }

  TraceHeader header_;
  TraceCoding coding_;
  std::unique_ptr<Hdf5Writer> file_;
  TraceColumns col_;
  std::optional<Error> error_;
  bool full_cache_ = true;
  bool in_pass_ = false;
  std::int64_t passes_ = 0;
  std::int32_t layer_ = 0;
  std::vector<std::int64_t> cuts_;
  PassPlan plan_;
  std::vector<HeadCoder> heads_;
  std::vector<std::vector<float>> norms_;
  std::vector<std::unique_ptr<OpenVote>> votes_;
  std::vector<std::vector<std::int64_t>> vote_offsets_;  // per vote that ends in this pass
};

TraceWriter::TraceWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TraceWriter::~TraceWriter() = default;

Result<std::unique_ptr<TraceWriter>> TraceWriter::create(const std::string& path,
                                                         const TraceHeader& header,
                                                         const TraceWriteOptions& options) {
  if (Status sound = validate(header, options.coding); !sound) {
    Error error = std::move(sound).error();
    error.where = path + ": " + error.where;
    return error;
  }
  KVFOOT_TRY(enough_room(path, options.expected_bytes));
  KVFOOT_ASSIGN(std::unique_ptr<Hdf5Writer> file,
                Hdf5Writer::create(path, trace_chunk_bytes(options.expected_bytes)));
  auto impl = std::make_unique<Impl>(header, options.coding, std::move(file));
  KVFOOT_TRY(impl->add_columns());
  return std::unique_ptr<TraceWriter>(new TraceWriter(std::move(impl)));
}

Status TraceWriter::begin_pass(const TracePass& pass, std::span<const std::int32_t> tokens,
                               std::span<const TokenPos> positions) {
  return impl_->begin_pass(pass, tokens, positions);
}
void TraceWriter::on_tile(const AttentionTile& tile) { impl_->on_tile(tile); }
const AttentionSums* TraceWriter::sums() const { return impl_->sums(); }
void TraceWriter::on_block(const AttentionBlock& block) { impl_->on_block(block); }
void TraceWriter::on_row_sum(const AttentionRowSum& sum) { impl_->on_row_sum(sum); }
void TraceWriter::on_model(std::int32_t layer, std::int32_t q_head, const RowModel& model) {
  impl_->on_model(layer, q_head, model);
}
void TraceWriter::key_norms(std::int32_t layer, std::int32_t head, std::span<const float> norms) {
  impl_->key_norms(layer, head, norms);
}
Status TraceWriter::end_layer(std::int32_t layer) { return impl_->end_layer(layer); }
void TraceWriter::on_decision(const DecisionRecord& record) { impl_->on_decision(record); }
void TraceWriter::on_answer(std::int32_t pass, std::int32_t layer, std::int32_t head,
                            const AttentionQuery& query, std::span<const float> values) {
  impl_->on_answer(pass, layer, head, query, values);
}
Status TraceWriter::end_pass(const PassMemory& memory, std::int64_t wall_ns) {
  return impl_->end_pass(memory, wall_ns);
}
Status TraceWriter::finish(const RunLengths& run, std::span<const std::string> token_text) {
  return impl_->finish(run, token_text);
}
std::int64_t TraceWriter::bytes_written() const { return impl_->bytes_written(); }

}  // namespace kvfoot
