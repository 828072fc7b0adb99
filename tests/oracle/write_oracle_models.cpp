// Writes the models of llama_cases.hpp into FOLDER/NAME for make_llama_goldens.py.
#include <cstdio>
#include <filesystem>

#include "tests/oracle/llama_cases.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: write_oracle_models FOLDER\n", stderr);
    return 2;
  }
  for (const kvfoot::oracle::LlamaCase& entry : kvfoot::oracle::llama_cases()) {
    const std::filesystem::path folder = std::filesystem::path(argv[1]) / entry.name;
    const auto status = kvfoot::write_random_llama(folder, entry.config, entry.options);
    if (!status) {
      std::fprintf(stderr, "error: %s\n", status.error().message().c_str());
      return 2;
    }
  }
  return 0;
}
