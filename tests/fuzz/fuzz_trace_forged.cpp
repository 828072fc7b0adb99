// Traces with a sound seal and hostile contents: an error or a replay, never a crash.
//
// An input is a list of changes to one of a few recordings. Byte 0 chooses the recording; then, per
// change: what (1 byte), which attribute or column (1), which element (2), value (8), all modulo
// what there is.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "tests/fuzz/use_trace.hpp"
#include "tests/trace/forge.hpp"
#include "tests/trace/synthetic.hpp"

namespace {

using namespace kvfoot;
using testing_trace::Forgery;

constexpr std::size_t kChangeBytes = 12;

// A folder for the recordings and the forged file, removed when the program ends.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "kvfoot-forged-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      std::abort();
    }
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::vector<Forgery> record_all(const Folder& folder) {
  std::vector<Forgery> recordings;
  for (const testing_trace::RecordPlan& plan : testing_trace::sample_plans(folder.path())) {
    testing_trace::Listener heard;
    if (!testing_trace::record(plan, heard)) {
      std::abort();
    }
    recordings.emplace_back(plan.path);
  }
  return recordings;
}

template <class Map>
auto& nth(Map& map, std::size_t n) {
  return std::next(map.begin(), static_cast<std::ptrdiff_t>(n % map.size()))->second;
}

void change_attribute(Hdf5Value& value, std::size_t element, std::int64_t number) {
  if (auto* integer = std::get_if<std::int64_t>(&value)) {
    *integer = number;
  } else if (auto* text = std::get_if<std::string>(&value)) {
    const auto at = static_cast<std::size_t>(number);
    *text = element % 2 == 0 ? fuzz::kPolicies[at % std::size(fuzz::kPolicies)]
                             : fuzz::kWords[at % std::size(fuzz::kWords)];
  } else {
    std::get<std::vector<std::int64_t>>(value).push_back(number);
  }
}

void change_column(Forgery::Column& column, std::uint8_t what, std::size_t element,
                   std::int64_t number) {
  const auto unit = static_cast<std::size_t>(element_bytes(column.type));
  const std::size_t size = column.bytes.size() / unit;
  if (what % 4 == 0 || size == 0) {
    column.bytes.resize(column.bytes.size() + unit);
  } else if (what % 4 == 1) {
    column.bytes.resize(column.bytes.size() - unit);
  } else {
    std::byte* at = column.bytes.data() + element % size * unit;
    if (what % 4 == 2) {  // near what it was
      std::int64_t old = 0;
      std::memcpy(&old, at, unit);
      number = old + number % 4;
    }
    std::memcpy(at, &number, unit);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  static const std::vector<Forgery> recordings = record_all(folder);
  static const std::string path = folder.path() / "forged.h5";
  if (size < 1) {
    return 0;
  }
  Forgery forged = recordings[data[0] % recordings.size()];
  for (std::size_t at = 1; at + kChangeBytes <= size; at += kChangeBytes) {
    std::uint16_t element = 0;
    std::int64_t number = 0;
    std::memcpy(&element, data + at + 2, sizeof element);
    std::memcpy(&number, data + at + 4, sizeof number);
    if (data[at] % 2 == 0) {
      change_attribute(nth(forged.attributes, data[at + 1]), element, number);
    } else {
      change_column(nth(forged.columns, data[at + 1]), data[at] / 2, element, number);
    }
  }
  if (!forged.write(path)) {
    return 0;
  }
  fuzz::use_trace(path);
  return 0;
}
