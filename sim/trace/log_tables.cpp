// The log of a trace: what the policy was told and what it evicted. Checked to be the log of a
// possible run, so that whoever replays it need not doubt it.
#include <tuple>
#include <vector>

#include "sim/trace/table_columns.hpp"

namespace kvfoot {
namespace {

class LogTables {
 public:
  LogTables(TableColumns& columns, TraceTables& tables) : columns_(columns), t_(tables) {}

  Status decisions() {
    TraceTables::Decisions& d = t_.decisions;
    KVFOOT_TRY(columns_.whole("/log/decisions/pass", d.pass, -1));
    const auto count = static_cast<std::int64_t>(d.pass.size());
    KVFOOT_TRY(columns_.whole("/log/decisions/layer", d.layer, count));
    KVFOOT_TRY(columns_.whole("/log/decisions/head", d.head, count));
    KVFOOT_TRY(columns_.whole("/log/decisions/kept", d.kept, count));
    KVFOOT_TRY(columns_.whole("/log/decisions/end", d.end, count));
    KVFOOT_TRY(columns_.whole("/log/decisions/evicted", d.evicted, -1));
    if (d.evicted.size() % 2 != 0) {
      return columns_.bad("/log/decisions/evicted", "does not hold pairs");
    }
    KVFOOT_TRY(columns_.ascending("/log/decisions/end", d.end,
                                  static_cast<std::int64_t>(d.evicted.size() / 2)));
    KVFOOT_TRY(ordered("/log/decisions", d, false));
    if (t_.stored.full_cache != d.pass.empty()) {
      return columns_.bad("/@full_cache", "does not agree with /log/decisions");
    }
    return possible(d);
  }

  Status answers() {
    TraceTables::Answers& a = t_.answers;
    KVFOOT_TRY(columns_.whole("/log/answers/pass", a.pass, -1));
    const auto count = static_cast<std::int64_t>(a.pass.size());
    KVFOOT_TRY(columns_.whole("/log/answers/layer", a.layer, count));
    KVFOOT_TRY(columns_.whole("/log/answers/head", a.head, count));
    KVFOOT_TRY(columns_.whole("/log/answers/kind", a.kind, count));
    KVFOOT_TRY(columns_.whole("/log/answers/scope", a.scope, count));
    KVFOOT_TRY(columns_.whole("/log/answers/pool", a.pool, count));
    KVFOOT_TRY(columns_.whole("/log/answers/window", a.window, count));
    KVFOOT_TRY(columns_.whole("/log/answers/kernel", a.kernel, count));
    KVFOOT_TRY(columns_.whole("/log/answers/end", a.end, count));
    KVFOOT_TRY(columns_.data("/log/answers/values", Hdf5Type::kF32, t_.answer_values, -1));
    KVFOOT_TRY(columns_.ascending("/log/answers/end", a.end, t_.answer_values->size()));
    KVFOOT_TRY(ordered("/log/answers", a, true));
    for (std::size_t i = 0; i < a.kind.size(); ++i) {
      const bool window = a.kind[i] == static_cast<int>(AttentionQuery::Kind::kWindowMass);
      if (a.kind[i] > 3 || a.scope[i] > 1 || a.pool[i] > 2 || (window && a.window[i] < 1) ||
          a.kernel[i] < 1 || a.kernel[i] % 2 == 0) {
        return columns_.bad("/log/answers",
                            "entry " + std::to_string(i) + " asks an unknown question");
      }
    }
    return {};
  }

 private:
  // Every record evicts positions that its pass has reached, and keeps what that leaves. (That no
  // position goes twice is checked when the records are read.)
  Status possible(const TraceTables::Decisions& d) const {
    const TraceHeader& header = t_.stored.header;
    const auto heads = static_cast<std::size_t>(header.storage_heads());
    std::vector<std::int64_t> gone(static_cast<std::size_t>(header.shape.layers) * heads);
    std::int64_t range = 0;
    for (std::size_t i = 0; i < d.pass.size(); ++i) {
      const auto refuse = [&](const std::string& what) {
        return columns_.bad("/log/decisions", "entry " + std::to_string(i) + " " + what);
      };
      const auto file_pass =
          static_cast<std::size_t>(t_.file_pass_of[static_cast<std::size_t>(d.pass[i])]);
      const std::int64_t reached = t_.passes[file_pass].pass.end;
      std::int64_t& evicted =
          gone[static_cast<std::size_t>(d.layer[i]) * heads + static_cast<std::size_t>(d.head[i])];
      if (range == d.end[i]) {
        return refuse("evicts nothing");
      }
      for (std::int64_t at = 0; range < d.end[i]; ++range) {
        const std::int64_t begin = d.evicted[static_cast<std::size_t>(2 * range)];
        const std::int64_t end = d.evicted[static_cast<std::size_t>(2 * range + 1)];
        if (begin < at || end <= begin || end > reached) {
          return refuse("evicts [" + std::to_string(begin) + ", " + std::to_string(end) +
                        "), which was not there");
        }
        evicted += end - begin;
        at = end;
      }
      if (d.kept[i] != reached - evicted) {
        return refuse("keeps " + std::to_string(d.kept[i]) + " entries, not " +
                      std::to_string(reached - evicted));
      }
    }
    return {};
  }

  // By pass, layer and head; `several`: entries of one head may follow each other.
  template <class Table>
  Status ordered(const std::string& object, const Table& table, bool several) const {
    const TraceHeader& header = t_.stored.header;
    KVFOOT_TRY(columns_.in_range(object + "/pass", table.pass, header.run.passes()));
    KVFOOT_TRY(columns_.in_range(object + "/layer", table.layer, header.shape.layers));
    KVFOOT_TRY(columns_.in_range(object + "/head", table.head, header.storage_heads()));
    for (std::size_t i = 1; i < table.pass.size(); ++i) {
      const auto before = std::tuple(table.pass[i - 1], table.layer[i - 1], table.head[i - 1]);
      const auto own = std::tuple(table.pass[i], table.layer[i], table.head[i]);
      if (own < before || (own == before && !several)) {
        return columns_.bad(object, "entry " + std::to_string(i) + " is out of order");
      }
    }
    return {};
  }

  TableColumns& columns_;
  TraceTables& t_;
};

}  // namespace

Status load_log(TableColumns& columns, TraceTables& tables) {
  LogTables log(columns, tables);
  KVFOOT_TRY(log.decisions());
  return log.answers();
}

}  // namespace kvfoot
