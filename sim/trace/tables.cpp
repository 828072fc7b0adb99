// Loads the tables of a trace; every number that is later used as a size or an index is checked
// here, in log_tables.cpp and in attention_tables.cpp.
#include "sim/trace/tables.hpp"

#include "sim/trace/table_columns.hpp"

namespace kvfoot {

namespace {

constexpr const char* kRemedy = "record it again";
constexpr std::int64_t kMostStreams = std::int64_t{1} << 20;

}  // namespace

Error TableColumns::bad(const std::string& object, const std::string& what) const {
  return Error{t_.path + ": " + object, what, kRemedy};
}

Error TableColumns::wrong_size(const std::string& object, std::int64_t has,
                               std::int64_t wanted) const {
  return bad(object, "has " + std::to_string(has) + " values instead of " + std::to_string(wanted));
}

Status TableColumns::data(const std::string& object, Hdf5Type type, std::optional<Hdf5Column>& out,
                          std::int64_t wanted) {
  KVFOOT_ASSIGN(out, file_.column(object, type));
  return wanted >= 0 && out->size() != wanted ? wrong_size(object, out->size(), wanted) : Status{};
}

Status TableColumns::ascending(const std::string& object, std::span<const std::int64_t> ends,
                               std::int64_t size) const {
  std::int64_t before = 0;
  for (const std::int64_t end : ends) {
    if (end < before) {
      return bad(object, "does not ascend");
    }
    before = end;
  }
  return before != size ? bad(object, "ends at " + std::to_string(before) + " instead of " +
                                          std::to_string(size))
                        : Status{};
}

Status TableColumns::in_range(const std::string& object, std::span<const std::int32_t> values,
                              std::int64_t bound) const {
  for (const std::int32_t value : values) {
    if (value < 0 || value >= bound) {
      return bad(object, "holds " + std::to_string(value) + ", which is not below " +
                             std::to_string(bound));
    }
  }
  return {};
}

namespace {

// What the run was: its passes, rows, tokens, segments and measurements.
class RunTables {
 public:
  RunTables(TableColumns& columns, TraceTables& tables) : columns_(columns), t_(tables) {}

  Status load() {
    KVFOOT_TRY(passes());
    KVFOOT_TRY(rows());
    KVFOOT_TRY(segments());
    return measured();
  }

 private:
  Status passes() {
    std::span<const std::int32_t> index;
    std::span<const std::uint8_t> phase;
    std::span<const std::uint8_t> last;
    std::span<const std::uint8_t> side;
    std::span<const std::int64_t> begin;
    std::span<const std::int64_t> end;
    std::span<const std::int64_t> patch;
    KVFOOT_TRY(columns_.whole("/passes/index", index, -1));
    const auto count = static_cast<std::int64_t>(index.size());
    KVFOOT_TRY(columns_.whole("/passes/phase", phase, count));
    KVFOOT_TRY(columns_.whole("/passes/begin", begin, count));
    KVFOOT_TRY(columns_.whole("/passes/end", end, count));
    KVFOOT_TRY(columns_.whole("/passes/patch_rows", patch, count));
    KVFOOT_TRY(columns_.whole("/passes/last_prefill", last, count));
    KVFOOT_TRY(columns_.whole("/passes/side", side, count));
    const TraceHeader& header = t_.stored.header;
    t_.row_begin = {0};
    for (std::size_t i = 0; i < index.size(); ++i) {
      TracePass pass;
      pass.pass = {.index = index[i],
                   .phase = phase[i] == 0 ? Phase::kPrefill : Phase::kDecode,
                   .begin = begin[i],
                   .end = end[i],
                   .patch_rows = patch[i],
                   .last_prefill = last[i] != 0};
      pass.side = side[i] != 0;
      const auto next = static_cast<std::int64_t>(t_.file_pass_of.size());
      bool sound = false;
      if (pass.side) {
        sound = t_.stored.full_cache && begin[i] == end[i] && begin[i] > 0 &&
                end[i] <= header.run.prefill_rows() && patch[i] > 0 &&
                patch[i] <= header.run.prefill_rows();
      } else if (next < header.run.passes()) {
        sound = pass.pass == pass_at(header.run, next, header.patch_window);
        t_.file_pass_of.push_back(static_cast<std::int32_t>(i));
      }
      if (!sound) {
        return columns_.bad("/passes", "entry " + std::to_string(i) + " does not fit the run");
      }
      t_.passes.push_back(pass);
      t_.row_begin.push_back(t_.row_begin.back() + pass.pass.forward_rows());
    }
    if (static_cast<std::int64_t>(t_.file_pass_of.size()) != header.run.passes()) {
      return columns_.wrong_size("/passes", static_cast<std::int64_t>(t_.file_pass_of.size()),
                                 header.run.passes());
    }
    return {};
  }

  Status rows() {
    const std::int64_t count = t_.row_begin.back();
    KVFOOT_TRY(columns_.whole("/rows/pass", t_.rows.pass, count));
    KVFOOT_TRY(columns_.whole("/rows/index", t_.rows.index, count));
    KVFOOT_TRY(columns_.whole("/rows/token", t_.rows.token, count));
    KVFOOT_TRY(columns_.whole("/rows/position", t_.rows.position, count));
    KVFOOT_TRY(columns_.whole("/rows/patch", t_.rows.patch, count));
    std::size_t row = 0;
    for (std::size_t p = 0; p < t_.passes.size(); ++p) {
      const Pass& pass = t_.passes[p].pass;
      for (std::int64_t r = 0; r < pass.forward_rows(); ++r, ++row) {
        const bool patch = r >= pass.rows();
        if (t_.rows.pass[row] != static_cast<std::int64_t>(p) || t_.rows.index[row] != r ||
            t_.rows.position[row] != pass.begin + r || (t_.rows.patch[row] != 0) != patch) {
          return columns_.bad("/rows", "entry " + std::to_string(row) + " does not fit the passes");
        }
        if (!patch) {
          t_.tokens.push_back(t_.rows.token[row]);
        }
      }
    }
    KVFOOT_TRY(columns_.whole("/tokens/text_end", t_.text_end, -1));
    KVFOOT_TRY(columns_.whole("/tokens/text", t_.text, -1));
    if (!t_.text_end.empty() && t_.text_end.size() != t_.tokens.size()) {
      return columns_.wrong_size("/tokens/text_end", static_cast<std::int64_t>(t_.text_end.size()),
                                 static_cast<std::int64_t>(t_.tokens.size()));
    }
    return columns_.ascending("/tokens/text_end", t_.text_end,
                              static_cast<std::int64_t>(t_.text.size()));
  }

  Status segments() {
    std::span<const std::int64_t> begin;
    std::span<const std::int64_t> end;
    std::span<const std::int64_t> name_end;
    std::span<const std::uint8_t> name;
    KVFOOT_TRY(columns_.whole("/segments/begin", begin, -1));
    const auto count = static_cast<std::int64_t>(begin.size());
    KVFOOT_TRY(columns_.whole("/segments/end", end, count));
    KVFOOT_TRY(columns_.whole("/segments/name_end", name_end, count));
    KVFOOT_TRY(columns_.whole("/segments/name", name, -1));
    KVFOOT_TRY(
        columns_.ascending("/segments/name_end", name_end, static_cast<std::int64_t>(name.size())));
    std::int64_t at = 0;
    for (std::size_t i = 0; i < begin.size(); ++i) {
      if (begin[i] < 0 || end[i] < begin[i] || end[i] > t_.stored.header.run.rows()) {
        return columns_.bad("/segments", "entry " + std::to_string(i) + " does not lie in the run");
      }
      const auto* text = reinterpret_cast<const char*>(name.data());
      t_.stored.header.segments.push_back(
          {std::string(text + at, text + name_end[i]), begin[i], end[i]});
      at = name_end[i];
    }
    return {};
  }

  Status measured() {
    const std::int64_t count = t_.stored.header.run.passes();
    std::span<const std::int32_t> pass;
    std::span<const std::int64_t> entries;
    std::span<const std::int64_t> pages;
    std::span<const std::int64_t> bytes;
    std::span<const std::int64_t> peak;
    KVFOOT_TRY(columns_.whole("/measured/pass", pass, count));
    KVFOOT_TRY(columns_.whole("/measured/wall_ns", t_.wall_ns, count));
    KVFOOT_TRY(columns_.whole("/measured/resident_entries", entries, count));
    KVFOOT_TRY(columns_.whole("/measured/pages", pages, count));
    KVFOOT_TRY(columns_.whole("/measured/bytes", bytes, count));
    KVFOOT_TRY(columns_.whole("/measured/peak_bytes", peak, count));
    for (std::size_t i = 0; i < pass.size(); ++i) {
      t_.memory.push_back({pass[i], entries[i], pages[i], bytes[i], peak[i]});
    }
    return {};
  }

  TableColumns& columns_;
  TraceTables& t_;
};

}  // namespace

Result<TraceTables> load_tables(const std::string& path, bool verify_checksums) {
  KVFOOT_ASSIGN(const std::unique_ptr<Hdf5Reader> file,
                Hdf5Reader::open(path, kRemedy, verify_checksums));
  TraceTables tables;
  tables.path = path;
  tables.file_bytes = file->file_bytes();
  KVFOOT_ASSIGN(tables.stored, read_header(*file, path));
  TableColumns columns(*file, tables);
  if (tables.q_streams() > kMostStreams) {
    return columns.bad("/@layers", "and query heads make more streams than any model has");
  }
  KVFOOT_TRY(RunTables(columns, tables).load());
  KVFOOT_TRY(load_log(columns, tables));
  KVFOOT_TRY(load_attention(columns, tables));
  return tables;
}

}  // namespace kvfoot
