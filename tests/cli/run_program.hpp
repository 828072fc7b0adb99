// Running the program and reading what it said and wrote.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace cli_test {

struct Ran {
  int code = -1;
  std::string out;  // stdout and stderr together
};

// Cards are hidden: tests mean the same on machines that have one.
inline Ran shell(const std::string& command) {
  Ran ran;
  FILE* pipe = popen(("export CUDA_VISIBLE_DEVICES=; exec 2>&1; " + command).c_str(), "r");
  std::array<char, 4096> buffer{};
  while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) {
    ran.out.append(buffer.data(), got);
  }
  const int status = pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

inline Ran kvfoot(const std::string& arguments) { return shell(KVFOOT_BINARY " " + arguments); }

inline std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace cli_test
