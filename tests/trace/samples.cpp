// Writes small recordings of the synthetic model: the corpus of the fuzzer, and the files that
// check_trace.py reads with h5py.
//
//   trace_samples FOLDER    the recordings, and expected.txt: what the reader says they hold
//   trace_samples FOLDER N  the recordings, one cut of each, and N of each with bytes changed
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "sim/core/hash.hpp"
#include "sim/trace/block_code.hpp"
#include "sim/trace/code.hpp"
#include "sim/trace/reader.hpp"
#include "sim/trace/row_access.hpp"
#include "tests/trace/synthetic.hpp"

namespace {

using namespace kvfoot;
using namespace kvfoot::testing_trace;

// Sums over each unit in plain text, for another reader to agree with.
void expect(std::ofstream& out, const std::string& name, const TraceReader& trace) {
  const ModelShape& shape = trace.header().shape;
  RowAccess access(trace);
  for (std::int32_t p = 0; p < static_cast<std::int32_t>(trace.passes().size()); ++p) {
    for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
      for (std::int32_t q = 0; q < shape.q_heads; ++q) {
        double sum = 0;    // of mass
        double place = 0;  // of mass times key, so that order matters
        std::int64_t values = 0;
        const auto add = [&](std::span<const float> mass) {
          for (std::size_t j = 0; j < mass.size(); ++j) {
            sum += static_cast<double>(mass[j]);
            place += static_cast<double>(mass[j]) * static_cast<double>(j);
            ++values;
          }
        };
        if (trace.header().fidelity == TraceFidelity::kRows) {
          const auto& pass = trace.passes()[static_cast<std::size_t>(p)].pass;
          for (std::int64_t r = 0; r < pass.forward_rows(); ++r) {
            add(access.row_of_pass(p, r, layer, q).value());
          }
        } else {
          for (const BlockPlace& block : access.blocks()) {
            if (block.pass == p) {
              DecodedBlock decoded;
              const auto found = access.block(block, layer, q, decoded).value();
              std::vector<float> mass(static_cast<std::size_t>(found.keys));
              expand_block(decoded, trace.coding().key_block, mass);
              add(mass);
            }
          }
        }
        char line[200];
        std::snprintf(line, sizeof line, "%s %d %d %d %lld %.9e %.9e\n", name.c_str(), p, layer, q,
                      static_cast<long long>(values), sum, place);
        out << line;
      }
    }
  }
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(trace.votes().size()); ++i) {
    double place = 0;
    std::int64_t at = 0;
    const std::span<const std::uint16_t> codes = trace.vote(i, 0, 1).value();
    for (const std::uint16_t code : codes) {
      place += static_cast<double>(decode16(code)) * static_cast<double>(at++);
    }
    char line[200];
    std::snprintf(line, sizeof line, "%s vote %d 0 1 %lld %.9e\n", name.c_str(), i,
                  static_cast<long long>(at), place);
    out << line;
  }
}

void damage(const std::string& path, std::uint64_t count) {
  std::ifstream in(path, std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), {});
  std::ofstream(path + ".cut", std::ios::binary)
      << whole.substr(0, hash_words(whole.size()) % whole.size());
  for (std::uint64_t i = 0; i < count; ++i) {
    std::ofstream(path + ".damaged" + std::to_string(i), std::ios::binary) << damage_data(whole, i);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: trace_samples FOLDER [N]\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  const bool damaged = argc > 2;
  std::ofstream expected;
  if (!damaged) {
    expected.open(folder / "expected.txt");
  }
  for (const RecordPlan& plan : sample_plans(folder)) {
    Listener heard;
    if (const Status written = record(plan, heard); !written) {
      std::fprintf(stderr, "%s\n", written.error().message().c_str());
      return 3;
    }
    if (damaged) {
      damage(plan.path, std::stoull(argv[2]));
      continue;
    }
    const auto trace = TraceReader::open(plan.path);
    if (!trace) {
      std::fprintf(stderr, "%s\n", trace.error().message().c_str());
      return 3;
    }
    expect(expected, std::filesystem::path(plan.path).filename().string(), **trace);
  }
  return 0;
}
