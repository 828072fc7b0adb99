// Starting the program as several ranks on this machine.
#pragma once

#include <string>

#include "tests/cli/shell.hpp"

namespace kvfoot::test {

// What containers need: leave to run as root, more ranks than cores, no reading of each other's
// memory, no network. Other launchers do not know these names and need none of them. With
// sanitizers: what Open MPI's plug-ins leak has no name to be left out by, for they are unloaded by
// then.
inline constexpr const char* kMpiEnvironment =
    "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "
    "OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none "
    "OMPI_MCA_pml=ob1 OMPI_MCA_btl=self,vader OMPI_MCA_btl_vader_single_copy_mechanism=none "
    "OMPI_MCA_plm_rsh_agent=false TMPDIR=/tmp ASAN_OPTIONS=detect_leaks=0 ";

inline std::string mpirun(int ranks) {
  return std::string(kMpiEnvironment) + "exec mpirun -n " + std::to_string(ranks) + " ";
}

// Why the program cannot be started as several ranks here; empty: it can.
inline std::string no_mpi() {
#ifndef KVFOOT_HAVE_MPI
  return "this build has no MPI (install libopenmpi-dev and openmpi-bin)";
#else
  static const std::string reason = [] {
    if (shell("command -v mpirun").code != 0) {
      return std::string("mpirun is not here (install openmpi-bin)");
    }
    const Ran ran = shell(mpirun(2) + "true");
    return ran.code == 0 ? std::string() : "mpirun -n 2 true fails here: " + ran.out;
  }();
  return reason;
#endif
}

}  // namespace kvfoot::test
