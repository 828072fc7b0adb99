// Reading and writing safetensors files of fp32 and bf16 tensors (files.hpp).
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "trainer/files.hpp"

namespace kvfoot::trainer {
namespace {

using nlohmann::json;

Error environment(const std::string& path, const char* what) {
  return {path, what, "check the folder and the free space", ErrorKind::kEnvironment};
}

Status write_bytes(const std::string& path, const std::vector<std::string_view>& parts) {
  const std::string temporary = path + ".part";
  {
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    for (const std::string_view part : parts) {
      out.write(part.data(), static_cast<std::streamsize>(part.size()));
    }
    out.flush();
    if (!out) {
      std::error_code ignored;
      std::filesystem::remove(temporary, ignored);
      return environment(path, "cannot be written");
    }
  }
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  return error ? Status(environment(path, "cannot be renamed into place")) : Status();
}

}  // namespace

Status write_text(const std::string& path, const std::string& text) {
  return write_bytes(path, {text});
}

Status write_safetensors(const std::string& path, const NamedTensors& tensors,
                         const Metadata& metadata) {
  nlohmann::ordered_json header;
  if (!metadata.empty()) {
    header["__metadata__"] = metadata;
  }
  std::vector<torch::Tensor> kept;  // keeps the bytes alive until they are written
  std::vector<std::string_view> parts(2);
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    kept.push_back(tensor.detach().cpu().contiguous());
    const torch::Tensor& t = kept.back();
    KVFOOT_CHECK(t.scalar_type() == torch::kFloat || t.scalar_type() == torch::kBFloat16, name);
    const std::uint64_t bytes = t.nbytes();
    header[name] = {{"dtype", t.scalar_type() == torch::kFloat ? "F32" : "BF16"},
                    {"shape", t.sizes().vec()},
                    {"data_offsets", {offset, offset + bytes}}};
    parts.emplace_back(static_cast<const char*>(t.data_ptr()), bytes);
    offset += bytes;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t size = text.size();
  parts[0] = {reinterpret_cast<const char*>(&size), sizeof(size)};
  parts[1] = text;
  return write_bytes(path, parts);
}

Result<SafetensorsFile> read_safetensors(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return Error{path, "cannot be opened", "", ErrorKind::kEnvironment};
  }
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  std::uint64_t size = 0;
  if (bytes.size() >= sizeof(size)) {
    std::memcpy(&size, bytes.data(), sizeof(size));
  }
  if (bytes.size() < sizeof(size) || size > bytes.size() - sizeof(size)) {
    return Error{path, "is too short for its header", "the file is cut or not safetensors"};
  }
  const json header = json::parse(bytes.substr(sizeof(size), size), nullptr, false);
  if (!header.is_object()) {
    return Error{path, "the header is not a JSON object", "the file is not safetensors"};
  }
  const std::uint64_t data = sizeof(size) + size;
  SafetensorsFile file;
  try {
    for (const auto& [name, entry] : header.items()) {
      if (name == "__metadata__") {
        file.metadata = entry.get<Metadata>();
        continue;
      }
      const auto dtype = entry.at("dtype").get<std::string>();
      const auto shape = entry.at("shape").get<std::vector<std::int64_t>>();
      const auto range = entry.at("data_offsets").get<std::array<std::uint64_t, 2>>();
      if (dtype != "F32" && dtype != "BF16") {
        return Error{path + ": " + name, "type " + dtype + " is not read here", "use F32 or BF16"};
      }
      if (range[1] < range[0] || range[1] > bytes.size() - data) {
        return Error{path + ": " + name, "lies outside the file", "the file is cut"};
      }
      torch::Tensor tensor = torch::empty(shape, dtype == "F32" ? torch::kFloat : torch::kBFloat16);
      if (tensor.nbytes() != range[1] - range[0]) {
        return Error{path + ": " + name, "shape and size disagree", ""};
      }
      std::memcpy(tensor.data_ptr(), bytes.data() + data + range[0], tensor.nbytes());
      file.tensors.emplace(name, std::move(tensor));
    }
  } catch (const std::exception& error) {
    return Error{path, std::string("bad header: ") + error.what(), ""};
  }
  return file;
}

Status load_into(const NamedTensors& targets, const SafetensorsFile& file,
                 const std::string& path) {
  torch::NoGradGuard no_grad;
  for (const auto& [name, target] : targets) {
    const auto found = file.tensors.find(name);
    if (found == file.tensors.end()) {
      return Error{path, "has no tensor " + name, "is it a checkpoint of another shape?"};
    }
    if (found->second.sizes() != target.sizes()) {
      return Error{path + ": " + name, "has another shape than config.json says", ""};
    }
    target.detach().copy_(found->second);
  }
  return {};
}

}  // namespace kvfoot::trainer
