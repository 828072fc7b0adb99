// What the module kvfoot-mpi.so gives to the program, which loads it under an MPI launcher only:
// without one, and on machines without an MPI library, no MPI code is near.
#pragma once

#include "sim/run/sweep_ranks.hpp"

namespace kvfoot::cli {

// Its end is that of MPI in this process; all ranks end together.
class MpiMessenger : public Messenger {
 public:
  [[nodiscard]] virtual int ranks_here() const = 0;  // on this machine
};

// Joins the other ranks. Null: the module was built with another version of the program.
using JoinMpi = MpiMessenger* (*)(const char* version);
inline constexpr const char* kJoinMpi = "kvfoot_join_mpi";  // the name in the module

}  // namespace kvfoot::cli
