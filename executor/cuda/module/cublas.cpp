#include "executor/cuda/module/cublas.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string_view>

namespace kvfoot::cuda {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

std::string library_name() { return "libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR); }

// Where toolkits, environments of Python, and programs on the PATH are installed.
std::vector<fs::path> prefixes() {
  std::vector<fs::path> out;
  const auto add = [&](const fs::path& prefix) {
    if (!prefix.empty() && std::ranges::find(out, prefix) == out.end()) {
      out.push_back(prefix);
    }
  };
  for (const char* name : {"CUDA_HOME", "CUDA_PATH", "VIRTUAL_ENV", "CONDA_PREFIX"}) {
    add(variable(name));
  }
  add("/usr/local/cuda");
  add("/usr/local/cuda-" + std::to_string(CUBLAS_VER_MAJOR));
  const std::string path = variable("PATH");
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    add(fs::path(path.substr(begin, end - begin)).parent_path());
    begin = end + 1;
  }
  add("/usr");
  add("/usr/local");
  if (const std::string home = variable("HOME"); !home.empty()) {
    add(fs::path(home) / ".local");
  }
  return out;
}

// The packages of every Python that is installed under the prefix.
std::vector<fs::path> python_packages(const fs::path& prefix) {
  std::vector<fs::path> out;
  std::error_code code;
  for (auto it = fs::directory_iterator(prefix / "lib", code);
       !code && it != fs::directory_iterator(); it.increment(code)) {
    if (it->path().filename().string().starts_with("python3")) {
      out.push_back(it->path() / "site-packages");
      out.push_back(it->path() / "dist-packages");
    }
  }
  std::ranges::sort(out);
  return out;
}

struct Function {
  const char* name;
  void** place;
};

Result<CublasLt> functions_of(void* library, const std::string& name) {
  CublasLt out;
  // A pointer to a function is stored as one to an object: POSIX has dlsym return that.
  const Function functions[] = {
      {"cublasLtCreate", reinterpret_cast<void**>(&out.create)},
      {"cublasLtDestroy", reinterpret_cast<void**>(&out.destroy)},
      {"cublasLtGetStatusString", reinterpret_cast<void**>(&out.status_text)},
      {"cublasLtMatmulDescCreate", reinterpret_cast<void**>(&out.desc_create)},
      {"cublasLtMatmulDescDestroy", reinterpret_cast<void**>(&out.desc_destroy)},
      {"cublasLtMatmulDescSetAttribute", reinterpret_cast<void**>(&out.desc_set)},
      {"cublasLtMatrixLayoutCreate", reinterpret_cast<void**>(&out.layout_create)},
      {"cublasLtMatrixLayoutDestroy", reinterpret_cast<void**>(&out.layout_destroy)},
      {"cublasLtMatmulPreferenceCreate", reinterpret_cast<void**>(&out.preference_create)},
      {"cublasLtMatmulPreferenceDestroy", reinterpret_cast<void**>(&out.preference_destroy)},
      {"cublasLtMatmulPreferenceSetAttribute", reinterpret_cast<void**>(&out.preference_set)},
      {"cublasLtMatmulAlgoGetHeuristic", reinterpret_cast<void**>(&out.heuristic)},
      {"cublasLtMatmul", reinterpret_cast<void**>(&out.matmul)},
  };
  for (const Function& function : functions) {
    *function.place = ::dlsym(library, function.name);
    if (*function.place == nullptr) {
      return Error{"CUDA", name + " has no " + function.name, "install cuBLAS again",
                   ErrorKind::kEnvironment};
    }
  }
  return out;
}

Result<CublasLt> find() {
  const std::string name = library_name();
  const std::string only = variable(kCublasVariable);
  std::vector<std::string> files;
  if (only.empty()) {
    files.push_back(name);  // as the loader finds it
    for (const std::string& folder : cublas_folders()) {
      files.push_back(folder + "/" + name);
    }
  } else {
    files.push_back(only + "/" + name);
  }
  std::string refused;
  for (const std::string& file : files) {
    std::error_code code;
    if (file != name && !fs::exists(file, code)) {
      continue;
    }
    if (void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL); library != nullptr) {
      return functions_of(library, file);
    }
    if (const char* reason = ::dlerror(); file != name && reason != nullptr) {
      refused = std::string(" (") + reason + ")";
    }
  }
  const std::string places =
      only.empty() ? "on the loader's path, in CUDA toolkits and in Python's nvidia packages"
                   : "in " + only + ", which " + kCublasVariable + " names";
  return Error{
      "CUDA", name + " was not found " + places + refused,
      "install cuBLAS (the toolkit, or pip install nvidia-cublas), or name its folder by " +
          std::string(kCublasVariable),
      ErrorKind::kEnvironment};
}

}  // namespace

std::vector<std::string> cublas_folders() {
  std::vector<std::string> out;
  std::error_code code;
  const auto add = [&](const fs::path& folder) {
    if (fs::is_directory(folder, code)) {
      out.push_back(folder.string());
    }
  };
  for (const fs::path& prefix : prefixes()) {
    add(prefix / "lib64");
    add(prefix / "targets" / "x86_64-linux" / "lib");
    add(prefix / "lib");
    for (const fs::path& packages : python_packages(prefix)) {
      add(packages / "nvidia" / ("cu" + std::to_string(CUBLAS_VER_MAJOR)) / "lib");
      add(packages / "nvidia" / "cublas" / "lib");
    }
  }
  return out;
}

Result<const CublasLt*> load_cublas() {
  static std::mutex mutex;
  static CublasLt loaded;
  const std::lock_guard lock(mutex);
  if (loaded.matmul == nullptr) {
    KVFOOT_ASSIGN(loaded, find());
  }
  return static_cast<const CublasLt*>(&loaded);
}

}  // namespace kvfoot::cuda
