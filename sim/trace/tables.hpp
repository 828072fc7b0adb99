// The tables of an open trace: columns in memory, checked for agreement with each other, and the
// mapped ones that hold the data. What they index stays sound whatever becomes of the file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/trace/header_io.hpp"
#include "sim/trace/reader.hpp"

namespace kvfoot {

struct TraceTables {
  std::string path;
  std::int64_t file_bytes = 0;
  StoredHeader stored;
  std::vector<Hdf5Column> kept;  // keeps every span below alive; all columns but /measured and data
  std::vector<Hdf5Column> measured_columns;

  std::vector<TracePass> passes;
  std::vector<std::int32_t> file_pass_of;  // by pass of the run
  std::vector<std::int64_t> row_begin;     // per pass and one more: first row in /rows
  TraceRows rows;
  std::vector<std::int32_t> tokens;        // of true rows
  std::span<const std::int64_t> text_end;  // empty: no text
  std::span<const std::uint8_t> text;

  std::vector<PassMemory> memory;
  std::span<const std::int64_t> wall_ns;

  struct Decisions {
    std::span<const std::int32_t> pass, layer, head;
    std::span<const std::int64_t> kept, end;
    std::span<const std::int32_t> evicted;
  } decisions;
  struct Answers {
    std::span<const std::int32_t> pass, layer, head;
    std::span<const std::uint8_t> kind, scope, pool;
    std::span<const std::int32_t> window, kernel;
    std::span<const std::int64_t> end;
  } answers;

  std::span<const std::int32_t> past;  // per (pass, layer, query head)
  std::span<const std::int64_t> row_offset;
  std::vector<TraceRowBlock> blocks;      // all passes
  std::vector<std::int64_t> block_begin;  // per pass and one more, into `blocks`
  std::span<const std::int64_t> block_offset;
  std::vector<TraceVote> votes;
  std::span<const std::int64_t> vote_offset;

  // Data, touched piece by piece.
  std::optional<Hdf5Column> answer_values, key_norms, row_codes, row_lse, block_data, vote_codes;

  [[nodiscard]] std::int64_t q_streams() const {
    return std::int64_t{stored.header.shape.layers} * stored.header.shape.q_heads;
  }
  [[nodiscard]] std::int64_t forward_rows(std::int32_t pass) const {
    return passes[static_cast<std::size_t>(pass)].pass.forward_rows();
  }
};

// Reads and checks all tables; data columns are opened, not read.
[[nodiscard]] Result<TraceTables> load_tables(const std::string& path, bool verify_checksums);

}  // namespace kvfoot
