// Reads the golden files of make_llama_goldens.py; see README.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kvfoot::oracle {

struct LlamaGolden {
  std::vector<std::int32_t> tokens;               // prompt
  std::vector<std::int32_t> rows;                 // positions with logits
  std::vector<std::vector<float>> logits;         // [rows][vocab]
  std::vector<std::int32_t> greedy;               // tokens chosen after the prompt
  std::vector<float> greedy_margins;              // top-1 minus top-2 where each was chosen
  std::vector<std::vector<float>> greedy_logits;  // [greedy][vocab], after token i was appended
};

// Aborts the test program if the file is missing or damaged.
LlamaGolden read_llama_golden(std::string_view name);

}  // namespace kvfoot::oracle
