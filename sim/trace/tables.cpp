// Loads the tables of a trace; every number that is later used as a size or an index is checked
// here.
#include "sim/trace/tables.hpp"

#include <algorithm>
#include <limits>

namespace kvfoot {
namespace {

constexpr const char* kRemedy = "record it again";
constexpr std::int64_t kMostStreams = std::int64_t{1} << 20;

class Loader {
 public:
  Loader(const Hdf5Reader& file, TraceTables& tables) : file_(file), t_(tables) {}

  Status load() {
    KVFOOT_ASSIGN(t_.stored, read_header(file_, t_.path));
    const TraceHeader& header = t_.stored.header;
    if (t_.q_streams() > kMostStreams) {
      return bad("/@layers", "and query heads make more streams than any model has");
    }
    KVFOOT_TRY(passes());
    KVFOOT_TRY(rows());
    KVFOOT_TRY(segments());
    KVFOOT_TRY(measured());
    KVFOOT_TRY(decisions());
    KVFOOT_TRY(answers());
    KVFOOT_TRY(whole("/attention/past", t_.past, passes_ * t_.q_streams()));
    KVFOOT_TRY(data("/key_norms", Hdf5Type::kF32, t_.key_norms,
                    t_.row_begin.back() * header.shape.layers * header.storage_heads()));
    return header.fidelity == TraceFidelity::kRows ? row_tables() : block_tables();
  }

 private:
  [[nodiscard]] Error bad(const std::string& object, const std::string& what) const {
    return Error{t_.path + ": " + object, what, kRemedy};
  }
  [[nodiscard]] Error wrong_size(const std::string& object, std::int64_t has,
                                 std::int64_t wanted) const {
    return bad(object,
               "has " + std::to_string(has) + " values instead of " + std::to_string(wanted));
  }

  // A column that is read now; `wanted` < 0: any size.
  template <class T>
  Status whole(const std::string& object, std::span<const T>& out, std::int64_t wanted) {
    KVFOOT_ASSIGN(Hdf5Column column, file_.column(object, Hdf5TypeOf<T>::value));
    if (wanted >= 0 && column.size() != wanted) {
      return wrong_size(object, column.size(), wanted);
    }
    KVFOOT_ASSIGN(out, column.all<T>());
    (object.rfind("/measured", 0) == 0 ? t_.measured_columns : t_.kept)
        .push_back(std::move(column));
    return {};
  }
  Status data(const std::string& object, Hdf5Type type, std::optional<Hdf5Column>& out,
              std::int64_t wanted) {
    KVFOOT_ASSIGN(out, file_.column(object, type));
    return wanted >= 0 && out->size() != wanted ? wrong_size(object, out->size(), wanted)
                                                : Status{};
  }
  // Ends of variable-length records: ascending, the last one at most `size`.
  Status ascending(const std::string& object, std::span<const std::int64_t> ends,
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
  Status in_range(const std::string& object, std::span<const std::int32_t> values,
                  std::int64_t bound) const {
    for (const std::int32_t value : values) {
      if (value < 0 || value >= bound) {
        return bad(object, "holds " + std::to_string(value) + ", which is not below " +
                               std::to_string(bound));
      }
    }
    return {};
  }

  Status passes() {
    std::span<const std::int32_t> index;
    std::span<const std::uint8_t> phase;
    std::span<const std::uint8_t> last;
    std::span<const std::uint8_t> side;
    std::span<const std::int64_t> begin;
    std::span<const std::int64_t> end;
    std::span<const std::int64_t> patch;
    KVFOOT_TRY(whole("/passes/index", index, -1));
    passes_ = static_cast<std::int64_t>(index.size());
    KVFOOT_TRY(whole("/passes/phase", phase, passes_));
    KVFOOT_TRY(whole("/passes/begin", begin, passes_));
    KVFOOT_TRY(whole("/passes/end", end, passes_));
    KVFOOT_TRY(whole("/passes/patch_rows", patch, passes_));
    KVFOOT_TRY(whole("/passes/last_prefill", last, passes_));
    KVFOOT_TRY(whole("/passes/side", side, passes_));
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
        sound = begin[i] == end[i] && begin[i] > 0 && end[i] <= header.run.prefill_rows() &&
                patch[i] > 0 && patch[i] <= header.run.prefill_rows();
      } else if (next < header.run.passes()) {
        sound = pass.pass == pass_at(header.run, next, header.patch_window);
        t_.file_pass_of.push_back(static_cast<std::int32_t>(i));
      }
      if (!sound) {
        return bad("/passes", "entry " + std::to_string(i) + " does not fit the run");
      }
      t_.passes.push_back(pass);
      t_.row_begin.push_back(t_.row_begin.back() + pass.pass.forward_rows());
    }
    if (static_cast<std::int64_t>(t_.file_pass_of.size()) != header.run.passes()) {
      return wrong_size("/passes", static_cast<std::int64_t>(t_.file_pass_of.size()),
                        header.run.passes());
    }
    return {};
  }

  Status rows() {
    const std::int64_t count = t_.row_begin.back();
    KVFOOT_TRY(whole("/rows/pass", t_.rows.pass, count));
    KVFOOT_TRY(whole("/rows/index", t_.rows.index, count));
    KVFOOT_TRY(whole("/rows/token", t_.rows.token, count));
    KVFOOT_TRY(whole("/rows/position", t_.rows.position, count));
    KVFOOT_TRY(whole("/rows/patch", t_.rows.patch, count));
    std::size_t row = 0;
    for (std::size_t p = 0; p < t_.passes.size(); ++p) {
      const Pass& pass = t_.passes[p].pass;
      for (std::int64_t r = 0; r < pass.forward_rows(); ++r, ++row) {
        const bool patch = r >= pass.rows();
        if (t_.rows.pass[row] != static_cast<std::int64_t>(p) || t_.rows.index[row] != r ||
            t_.rows.position[row] != pass.begin + r || (t_.rows.patch[row] != 0) != patch) {
          return bad("/rows", "entry " + std::to_string(row) + " does not fit the passes");
        }
        if (!patch) {
          t_.tokens.push_back(t_.rows.token[row]);
        }
      }
    }
    KVFOOT_TRY(whole("/tokens/text_end", t_.text_end, -1));
    KVFOOT_TRY(whole("/tokens/text", t_.text, -1));
    if (!t_.text_end.empty() && t_.text_end.size() != t_.tokens.size()) {
      return wrong_size("/tokens/text_end", static_cast<std::int64_t>(t_.text_end.size()),
                        static_cast<std::int64_t>(t_.tokens.size()));
    }
    return ascending("/tokens/text_end", t_.text_end, static_cast<std::int64_t>(t_.text.size()));
  }

  Status segments() {
    std::span<const std::int64_t> begin;
    std::span<const std::int64_t> end;
    std::span<const std::int64_t> name_end;
    std::span<const std::uint8_t> name;
    KVFOOT_TRY(whole("/segments/begin", begin, -1));
    const auto count = static_cast<std::int64_t>(begin.size());
    KVFOOT_TRY(whole("/segments/end", end, count));
    KVFOOT_TRY(whole("/segments/name_end", name_end, count));
    KVFOOT_TRY(whole("/segments/name", name, -1));
    KVFOOT_TRY(ascending("/segments/name_end", name_end, static_cast<std::int64_t>(name.size())));
    std::int64_t at = 0;
    for (std::size_t i = 0; i < begin.size(); ++i) {
      if (begin[i] < 0 || end[i] < begin[i] || end[i] > t_.stored.header.run.rows()) {
        return bad("/segments", "entry " + std::to_string(i) + " does not lie in the run");
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
    KVFOOT_TRY(whole("/measured/pass", pass, count));
    KVFOOT_TRY(whole("/measured/wall_ns", t_.wall_ns, count));
    KVFOOT_TRY(whole("/measured/resident_entries", entries, count));
    KVFOOT_TRY(whole("/measured/pages", pages, count));
    KVFOOT_TRY(whole("/measured/bytes", bytes, count));
    KVFOOT_TRY(whole("/measured/peak_bytes", peak, count));
    for (std::size_t i = 0; i < pass.size(); ++i) {
      t_.memory.push_back({pass[i], entries[i], pages[i], bytes[i], peak[i]});
    }
    return {};
  }

  template <class Table>
  Status ordered(const std::string& object, const Table& table) const {
    const TraceHeader& header = t_.stored.header;
    KVFOOT_TRY(in_range(object + "/pass", table.pass, header.run.passes()));
    KVFOOT_TRY(in_range(object + "/layer", table.layer, header.shape.layers));
    KVFOOT_TRY(in_range(object + "/head", table.head, header.storage_heads()));
    for (std::size_t i = 1; i < table.pass.size(); ++i) {
      if (std::tuple(table.pass[i], table.layer[i], table.head[i]) <
          std::tuple(table.pass[i - 1], table.layer[i - 1], table.head[i - 1])) {
        return bad(object, "entry " + std::to_string(i) + " is out of order");
      }
    }
    return {};
  }

  Status decisions() {
    TraceTables::Decisions& d = t_.decisions;
    KVFOOT_TRY(whole("/log/decisions/pass", d.pass, -1));
    const auto count = static_cast<std::int64_t>(d.pass.size());
    KVFOOT_TRY(whole("/log/decisions/layer", d.layer, count));
    KVFOOT_TRY(whole("/log/decisions/head", d.head, count));
    KVFOOT_TRY(whole("/log/decisions/kept", d.kept, count));
    KVFOOT_TRY(whole("/log/decisions/end", d.end, count));
    KVFOOT_TRY(whole("/log/decisions/evicted", d.evicted, -1));
    if (d.evicted.size() % 2 != 0) {
      return bad("/log/decisions/evicted", "does not hold pairs");
    }
    KVFOOT_TRY(
        ascending("/log/decisions/end", d.end, static_cast<std::int64_t>(d.evicted.size() / 2)));
    KVFOOT_TRY(ordered("/log/decisions", d));
    for (std::size_t i = 0; i < d.evicted.size(); i += 2) {
      if (d.evicted[i] < 0 || d.evicted[i + 1] <= d.evicted[i]) {
        return bad("/log/decisions/evicted", "pair " + std::to_string(i / 2) + " is no range");
      }
    }
    return {};
  }

  Status answers() {
    TraceTables::Answers& a = t_.answers;
    KVFOOT_TRY(whole("/log/answers/pass", a.pass, -1));
    const auto count = static_cast<std::int64_t>(a.pass.size());
    KVFOOT_TRY(whole("/log/answers/layer", a.layer, count));
    KVFOOT_TRY(whole("/log/answers/head", a.head, count));
    KVFOOT_TRY(whole("/log/answers/kind", a.kind, count));
    KVFOOT_TRY(whole("/log/answers/scope", a.scope, count));
    KVFOOT_TRY(whole("/log/answers/pool", a.pool, count));
    KVFOOT_TRY(whole("/log/answers/window", a.window, count));
    KVFOOT_TRY(whole("/log/answers/kernel", a.kernel, count));
    KVFOOT_TRY(whole("/log/answers/end", a.end, count));
    KVFOOT_TRY(data("/log/answers/values", Hdf5Type::kF32, t_.answer_values, -1));
    KVFOOT_TRY(ascending("/log/answers/end", a.end, t_.answer_values->size()));
    KVFOOT_TRY(ordered("/log/answers", a));
    for (std::size_t i = 0; i < a.kind.size(); ++i) {
      if (a.kind[i] > 3 || a.scope[i] > 1 || a.pool[i] > 2) {
        return bad("/log/answers", "entry " + std::to_string(i) + " asks an unknown question");
      }
    }
    return {};
  }

  Status row_tables() {
    KVFOOT_TRY(whole("/attention/rows/offset", t_.row_offset, passes_ * t_.q_streams()));
    KVFOOT_TRY(data("/attention/rows/codes", Hdf5Type::kU16, t_.row_codes, -1));
    return data("/attention/rows/log_sum_exp", Hdf5Type::kF32, t_.row_lse,
                t_.row_begin.back() * t_.q_streams());
  }

  Status block_tables() {
    std::span<const std::int32_t> pass;
    std::span<const std::int32_t> first;
    std::span<const std::int32_t> count;
    KVFOOT_TRY(whole("/attention/blocks/pass", pass, -1));
    const auto blocks = static_cast<std::int64_t>(pass.size());
    KVFOOT_TRY(whole("/attention/blocks/first_row", first, blocks));
    KVFOOT_TRY(whole("/attention/blocks/rows", count, blocks));
    std::size_t at = 0;
    for (std::size_t p = 0; p < t_.passes.size(); ++p) {
      t_.block_begin.push_back(static_cast<std::int64_t>(at));
      std::int64_t row = 0;
      for (; at < pass.size() && pass[at] == static_cast<std::int64_t>(p); ++at) {
        if (first[at] != row || count[at] < 1) {
          return bad("/attention/blocks", "entry " + std::to_string(at) + " leaves rows out");
        }
        row += count[at];
        t_.blocks.push_back({first[at], count[at]});
      }
      if (row != t_.passes[p].pass.rows()) {
        return bad("/attention/blocks", "pass " + std::to_string(p) + " is not covered");
      }
    }
    t_.block_begin.push_back(static_cast<std::int64_t>(at));
    if (at != pass.size()) {
      return bad("/attention/blocks/pass", "does not ascend");
    }
    KVFOOT_TRY(whole("/attention/blocks/offset", t_.block_offset, blocks * t_.q_streams()));
    KVFOOT_TRY(data("/attention/blocks/data", Hdf5Type::kU8, t_.block_data, -1));
    return vote_tables();
  }

  Status vote_tables() {
    std::span<const std::int32_t> pass;
    std::span<const std::int64_t> begin;
    std::span<const std::int64_t> end;
    std::span<const std::int64_t> keys;
    std::span<const std::int64_t> voters;
    std::span<const std::uint8_t> side;
    KVFOOT_TRY(whole("/attention/votes/pass", pass, -1));
    const auto count = static_cast<std::int64_t>(pass.size());
    KVFOOT_TRY(whole("/attention/votes/begin", begin, count));
    KVFOOT_TRY(whole("/attention/votes/end", end, count));
    KVFOOT_TRY(whole("/attention/votes/keys", keys, count));
    KVFOOT_TRY(whole("/attention/votes/voters", voters, count));
    KVFOOT_TRY(whole("/attention/votes/side", side, count));
    KVFOOT_TRY(in_range("/attention/votes/pass", pass, passes_));
    std::span<const std::int32_t> windows;
    std::span<const std::int64_t> windows_end;
    KVFOOT_TRY(whole("/attention/votes/windows", windows, -1));
    KVFOOT_TRY(whole("/attention/votes/windows_end", windows_end, count));
    KVFOOT_TRY(ascending("/attention/votes/windows_end", windows_end,
                         static_cast<std::int64_t>(windows.size())));
    const std::int64_t rows = t_.stored.header.run.rows();
    for (std::size_t i = 0; i < pass.size(); ++i) {
      const auto first = windows.begin() + (i == 0 ? 0 : windows_end[i - 1]);
      std::vector<std::int32_t> own(first, windows.begin() + windows_end[i]);
      std::int64_t before = 0;
      for (const std::int32_t window : own) {
        if (window <= before || window > voters[i]) {
          return bad("/attention/votes/windows",
                     "of entry " + std::to_string(i) + " do not ascend within its voters");
        }
        before = window;
      }
      const bool sound = begin[i] >= 0 && end[i] > begin[i] && end[i] <= rows &&
                         keys[i] >= end[i] - begin[i] && keys[i] <= 2 * rows && voters[i] > 0 &&
                         voters[i] <= keys[i];
      if (!sound) {
        return bad("/attention/votes", "entry " + std::to_string(i) + " does not fit the run");
      }
      t_.votes.push_back(
          {pass[i], begin[i], end[i], keys[i], voters[i], side[i] != 0, std::move(own)});
    }
    KVFOOT_TRY(whole("/attention/votes/offset", t_.vote_offset, count * t_.q_streams()));
    return data("/attention/votes/codes", Hdf5Type::kU16, t_.vote_codes, -1);
  }

  const Hdf5Reader& file_;
  TraceTables& t_;
  std::int64_t passes_ = 0;
};

}  // namespace

Result<TraceTables> load_tables(const std::string& path, bool verify_checksums) {
  KVFOOT_ASSIGN(const std::unique_ptr<Hdf5Reader> file,
                Hdf5Reader::open(path, kRemedy, verify_checksums));
  TraceTables tables;
  tables.path = path;
  tables.file_bytes = file->file_bytes();
  KVFOOT_TRY(Loader(*file, tables).load());
  return tables;
}

}  // namespace kvfoot
