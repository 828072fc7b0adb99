// Reads columns of a trace into its tables; what tables.cpp, log_tables.cpp and
// attention_tables.cpp share.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "sim/core/result.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/trace/tables.hpp"

namespace kvfoot {

class TableColumns {
 public:
  TableColumns(const Hdf5Reader& file, TraceTables& tables) : file_(file), t_(tables) {}

  [[nodiscard]] Error bad(const std::string& object, const std::string& what) const;
  [[nodiscard]] Error wrong_size(const std::string& object, std::int64_t has,
                                 std::int64_t wanted) const;

  // A column that is read now; `wanted` < 0: any size.
  template <class T>
  [[nodiscard]] Status whole(const std::string& object, std::span<const T>& out,
                             std::int64_t wanted) {
    KVFOOT_ASSIGN(Hdf5Column column,
                  file_.column(object, Hdf5TypeOf<T>::value, Hdf5Access::kCopied));
    if (wanted >= 0 && column.size() != wanted) {
      return wrong_size(object, column.size(), wanted);
    }
    KVFOOT_ASSIGN(out, column.all<T>());
    (object.rfind("/measured", 0) == 0 ? t_.measured_columns : t_.kept)
        .push_back(std::move(column));
    return {};
  }
  // A column that is opened and read later.
  [[nodiscard]] Status data(const std::string& object, Hdf5Type type,
                            std::optional<Hdf5Column>& out, std::int64_t wanted);
  // Ends of variable-length records: ascending, the last one at `size`.
  [[nodiscard]] Status ascending(const std::string& object, std::span<const std::int64_t> ends,
                                 std::int64_t size) const;
  // Values in [0, bound).
  [[nodiscard]] Status in_range(const std::string& object, std::span<const std::int32_t> values,
                                std::int64_t bound) const;

 private:
  const Hdf5Reader& file_;
  TraceTables& t_;
};

// The parts of load_tables after the header, passes and rows are known; they need those.
[[nodiscard]] Status load_log(TableColumns& columns, TraceTables& tables);
[[nodiscard]] Status load_attention(TableColumns& columns, TraceTables& tables);

}  // namespace kvfoot
