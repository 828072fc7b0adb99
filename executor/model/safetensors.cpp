// Opens safetensors checkpoints: one file, or a folder with one file or an index of shards.
#include "executor/model/safetensors.hpp"

#include <map>
#include <optional>

#include "executor/model/json_text.hpp"
#include "executor/model/mapped_file.hpp"

namespace kvfoot {

namespace fs = std::filesystem;

struct SafetensorsFile::State {
  fs::path where;
  std::vector<fs::path> paths;
  std::vector<model::MappedFile> files;
  std::map<std::string, TensorView, std::less<>> tensors;
  std::map<std::string, std::string, std::less<>> unusable;  // name -> dtype
  std::uint64_t total_bytes = 0;

  // Maps one file; `listed`, if given, is the file that the index names for each tensor.
  Status add(const fs::path& path, const std::map<std::string, std::string>* listed);
};

namespace {

constexpr std::size_t kMaxIndexBytes = std::size_t{256} << 20;
constexpr std::string_view kIndexName = "model.safetensors.index.json";
constexpr std::string_view kSingleName = "model.safetensors";

// A name from an index may only point to a file beside it.
bool is_plain_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
}

Result<std::map<std::string, std::string>> read_index(const fs::path& path) {
  const std::string where = path.string();
  KVFOOT_ASSIGN(const std::string text, model::read_text(where, kMaxIndexBytes));
  KVFOOT_ASSIGN(const model::Json json, model::parse_object(text, where));
  const auto it = json.find("weight_map");
  if (it == json.end() || !it->is_object() || it->empty()) {
    return Error{where + ": weight_map", "must be an object that maps tensors to files"};
  }
  std::map<std::string, std::string> listed;
  for (const auto& [tensor, file] : it->items()) {
    if (!file.is_string() || !is_plain_name(file.get_ref<const std::string&>())) {
      return Error{where + ": weight_map: " + model::shown(tensor),
                   "names " + model::shown_json(file) + ", which is no file beside the index"};
    }
    listed.emplace(tensor, file.get<std::string>());
  }
  return listed;
}

}  // namespace

Status SafetensorsFile::State::add(const fs::path& path,
                                   const std::map<std::string, std::string>* listed) {
  const std::string name_of_file = path.filename().string();
  KVFOOT_ASSIGN(model::MappedFile file, model::MappedFile::open(path));
  const std::span<const std::byte> bytes = file.bytes();
  KVFOOT_ASSIGN(const SafetensorsHeader header,
                parse_safetensors_header(bytes, bytes.size(), path.string()));
  for (const SafetensorsEntry& entry : header.entries) {
    if (listed != nullptr) {
      const auto it = listed->find(entry.name);
      if (it == listed->end() || it->second != name_of_file) {
        return Error{path.string() + ": tensor " + model::shown(entry.name),
                     "the index does not say that it is in this file",
                     "index and shards belong to different checkpoints"};
      }
    }
    const auto type = parse_weight_type(entry.dtype);
    if (!type) {
      unusable.emplace(entry.name, entry.dtype);
      continue;
    }
    TensorView view;
    view.name = entry.name;
    view.type = *type;
    view.shape = entry.shape;
    view.data = bytes.data() + header.buffer_offset + entry.begin;
    total_bytes += entry.end - entry.begin;
    tensors.emplace(entry.name, std::move(view));
  }
  paths.push_back(path);
  files.push_back(std::move(file));
  return {};
}

SafetensorsFile::SafetensorsFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
SafetensorsFile::~SafetensorsFile() = default;

Result<std::unique_ptr<SafetensorsFile>> SafetensorsFile::open(const fs::path& path) {
  auto state = std::make_unique<State>();
  state->where = path;
  std::error_code code;
  if (!fs::is_directory(path, code)) {
    KVFOOT_TRY(state->add(path, nullptr));
    return std::unique_ptr<SafetensorsFile>(new SafetensorsFile(std::move(state)));
  }
  if (fs::exists(path / kSingleName, code)) {
    KVFOOT_TRY(state->add(path / kSingleName, nullptr));
    return std::unique_ptr<SafetensorsFile>(new SafetensorsFile(std::move(state)));
  }
  const fs::path index = path / kIndexName;
  if (!fs::exists(index, code)) {
    const bool torch = fs::exists(path / "pytorch_model.bin", code) ||
                       fs::exists(path / "pytorch_model.bin.index.json", code);
    return Error{path.string(), "has neither model.safetensors nor model.safetensors.index.json",
                 torch ? "pytorch_model.bin is not read: save it as safetensors first" : ""};
  }
  KVFOOT_ASSIGN(const auto listed, read_index(index));
  std::map<std::string, std::string> shards;  // file -> a tensor in it; sorted
  for (const auto& [tensor, file] : listed) {
    shards.emplace(file, tensor);
  }
  for (const auto& [file, tensor] : shards) {
    if (!fs::exists(path / file, code)) {
      return Error{(path / file).string(),
                   "the shard is missing; the index needs it for " + model::shown(tensor)};
    }
    KVFOOT_TRY(state->add(path / file, &listed));
  }
  for (const auto& [tensor, file] : listed) {
    if (!state->tensors.contains(tensor) && !state->unusable.contains(tensor)) {
      return Error{index.string() + ": weight_map: " + model::shown(tensor),
                   "is not in " + model::shown(file),
                   "index and shards belong to different checkpoints"};
    }
  }
  return std::unique_ptr<SafetensorsFile>(new SafetensorsFile(std::move(state)));
}

std::string SafetensorsFile::where() const { return state_->where.string(); }

std::vector<std::string> SafetensorsFile::names() const {
  std::vector<std::string> names;
  names.reserve(state_->tensors.size());
  for (const auto& [name, view] : state_->tensors) {
    names.push_back(name);
  }
  return names;
}

const TensorView* SafetensorsFile::find(std::string_view name) const {
  const auto it = state_->tensors.find(name);
  return it == state_->tensors.end() ? nullptr : &it->second;
}

std::string SafetensorsFile::unusable_type(std::string_view name) const {
  const auto it = state_->unusable.find(name);
  return it == state_->unusable.end() ? std::string() : it->second;
}

const std::vector<fs::path>& SafetensorsFile::files() const { return state_->paths; }

std::uint64_t SafetensorsFile::total_bytes() const { return state_->total_bytes; }

}  // namespace kvfoot
