// Where the libraries are that the program loads while it runs: what only some machines have (MPI,
// CUDA) is not linked to it.
#pragma once

#include <filesystem>
#include <string>

namespace kvfoot {

// Beside the program, as in a build folder, or in the library folder of an installed one. Empty:
// nowhere.
[[nodiscard]] std::filesystem::path find_module_file(const std::string& name);

}  // namespace kvfoot
