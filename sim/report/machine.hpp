// The machine in one line, for the provenance of results.
#pragma once

#include <string>

namespace kvfoot {

// "x86_64, 2 threads, Intel(R) Xeon(R) ..."; the processor's name where the system tells it.
[[nodiscard]] std::string machine_description();

}  // namespace kvfoot
