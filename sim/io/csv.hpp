// Comma-separated text as RFC 4180 describes it, with a newline after every record.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace kvfoot {

// Fields that hold commas, quotes or line breaks are quoted; an empty field stays empty.
[[nodiscard]] std::string csv_record(std::span<const std::string> fields);

}  // namespace kvfoot
