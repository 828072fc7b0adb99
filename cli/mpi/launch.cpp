// Launchers tell their processes by the environment; the module is looked for beside the program.
#include "cli/mpi/launch.hpp"

#include <dlfcn.h>
#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include "cli/version.hpp"
#include "sim/core/module_file.hpp"
#include "sim/core/text.hpp"

namespace kvfoot::cli {
namespace {

std::optional<std::int64_t> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? std::nullopt : parse_int(text);
}

Error alone(const std::string& why, const std::string& hint) {
  const std::int64_t ranks = launched_ranks();
  const std::string count = ranks > 1 ? std::to_string(ranks) + " processes" : "processes";
  return Error{"sweep",
               count + " were started together, but " + why + ": each would do all of the work",
               hint, ErrorKind::kEnvironment};
}

}  // namespace

std::int64_t launched_ranks() {
  // Open MPI; MPICH, Intel MPI and Slurm's older interface.
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    if (const auto size = number_in(variable)) {
      return std::max<std::int64_t>(1, *size);
    }
  }
  if (number_in("PMIX_RANK")) {  // Slurm's newer one, and other launchers with PMIx
    return number_in("SLURM_STEP_NUM_TASKS").value_or(0);
  }
  return 1;
}

Result<std::unique_ptr<MpiMessenger>> join_ranks() {
  const std::int64_t ranks = launched_ranks();
  if (ranks == 1) {
    return std::unique_ptr<MpiMessenger>();
  }
  const std::string instead = "share the sweep out with --shard i/n, without mpirun";
  const std::filesystem::path file = find_module_file("kvfoot-mpi.so");
  if (file.empty()) {
    if (ranks == 0 && number_in("PMIX_RANK") == 0) {
      return std::unique_ptr<MpiMessenger>();  // the others, if there are any, say it
    }
    return alone("this kvfoot was built without MPI",
                 "install libopenmpi-dev and build again, or " + instead);
  }
  // Global: MPI libraries load parts of their own that want to see them.
  void* module = ::dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
  if (module == nullptr) {
    return alone("MPI cannot be loaded (" + std::string(::dlerror()) + ")",
                 "install openmpi-bin on every machine, or " + instead);
  }
  const auto join = reinterpret_cast<JoinMpi>(::dlsym(module, kJoinMpi));  // as POSIX has it
  std::unique_ptr<MpiMessenger> messenger(join == nullptr ? nullptr : join(kVersionText));
  if (messenger == nullptr) {
    return alone(file.string() + " belongs to another version of kvfoot", "install both together");
  }
  if (messenger->size() == 1) {
    if (ranks == 0) {
      return std::unique_ptr<MpiMessenger>();
    }
    return alone("they do not find each other through this kvfoot's MPI library",
                 "start them with the mpirun of the library that it was built with");
  }
  return messenger;
}

std::int64_t jobs_of_rank(const MpiMessenger& ranks) {
  const std::int64_t cores = std::max<std::int64_t>(1, std::thread::hardware_concurrency());
  cpu_set_t mine;
  const std::int64_t usable =
      ::sched_getaffinity(0, sizeof(mine), &mine) == 0 ? CPU_COUNT(&mine) : cores;
  return std::max<std::int64_t>(1, std::min(usable, cores / ranks.ranks_here()));
}

}  // namespace kvfoot::cli
