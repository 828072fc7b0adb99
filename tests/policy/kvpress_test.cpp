// Kept sets against kvpress's scorers (tests/oracle/make_kvpress_goldens.py).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "sim/policy/select.hpp"
#include "tests/policy/drive.hpp"

namespace kvfoot::test {
namespace {

struct Golden {
  std::string press;
  std::map<std::string, std::string> field;
  Positions kept;
  std::vector<double> scores;

  [[nodiscard]] std::int32_t number(const std::string& key) const {
    return std::stoi(field.at(key));
  }
};

std::vector<Golden> read_goldens() {
  std::ifstream file(KVFOOT_SOURCE_DIR "/tests/oracle/kvpress.txt");
  std::vector<Golden> goldens;
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with('#')) {
      continue;
    }
    std::istringstream words(line);
    Golden golden;
    words >> golden.press;
    enum class In { kFields, kKept, kScores } in = In::kFields;
    for (std::string word; words >> word;) {
      if (word == "kept" || word == "scores") {
        in = word == "kept" ? In::kKept : In::kScores;
      } else if (in == In::kFields) {
        const auto equals = word.find('=');
        golden.field[word.substr(0, equals)] = word.substr(equals + 1);
      } else if (in == In::kKept) {
        golden.kept.push_back(std::stoi(word));
      } else {
        golden.scores.push_back(std::stod(word));
      }
    }
    goldens.push_back(std::move(golden));
  }
  return goldens;
}

ModelShape shape_of(const Golden& golden) {
  ModelShape shape = small_shape(golden.number("layers"), golden.number("kv_heads"),
                                 golden.number("q_heads") / golden.number("kv_heads"));
  shape.head_dim = golden.number("head_dim");
  return shape;
}

double made_up(int seed, int kind, std::int32_t head, TokenPos token, std::int32_t d) {
  return static_cast<double>(hash_words(seed, kind, head, token, d) >> 54) / 256 - 2;
}

Logit logits_of(const Golden& golden) {
  const ModelShape shape = shape_of(golden);
  const int seed = golden.number("seed");
  return [=](std::int32_t, std::int32_t q, TokenPos row, TokenPos key) {
    double dot = 0;
    for (std::int32_t d = 0; d < shape.head_dim; ++d) {
      dot += made_up(seed, 0, q, row, d) * made_up(seed, 1, q / shape.group(), key, d);
    }
    return static_cast<float>(dot / std::sqrt(static_cast<double>(shape.head_dim)));
  };
}

struct Ours {
  Positions kept;             // of the golden's layer and head
  std::vector<float> answer;  // what the policy was told, if it asked
};

Ours run_ours(const Golden& golden, const std::string& spec) {
  const ModelShape shape = shape_of(golden);
  const RunLengths run = lengths(golden.number("tokens"), 0);
  const auto policy = make(spec, shape, run);
  Log log;
  Ours ours;
  drive(*policy, shape, run, logits_of(golden), &log,
        [&](const PolicyDriver& driver, std::int32_t layer, std::span<const HeadKeep>) {
          if (layer == golden.number("layer")) {
            const auto held = driver.residency().resident(layer, golden.number("head"));
            ours.kept.assign(held.begin(), held.end());
          }
        });
  for (const AnswerRecord& answer : log.answers) {
    if (answer.layer == golden.number("layer") && answer.head == golden.number("head")) {
      ours.answer = answer.values;
    }
  }
  return ours;
}

std::string text_of(const Golden& golden) {
  std::string text = golden.press;
  for (const auto& [key, value] : golden.field) {
    text += " " + key + "=" + value;
  }
  return text;
}

void expect_near_scores(const std::vector<float>& ours, const std::vector<double>& theirs,
                        double factor) {
  for (std::size_t j = 0; j < ours.size() && j < theirs.size(); ++j) {
    ASSERT_NEAR(static_cast<double>(ours[j]) * factor, theirs[j], 1e-6 + 1e-5 * theirs[j]) << j;
  }
}

// Mass of all keys, and what `count` best ones the goldens' scores would keep among them.
Positions best(const std::vector<float>& scores, std::size_t count) {
  std::vector<std::int32_t> index;
  append_top(scores, static_cast<std::int64_t>(count), 0, index);
  return {index.begin(), index.end()};
}

class Kvpress : public ::testing::Test {
 protected:
  // Calls check(golden) for every case of a press; there must be some.
  template <class Check>
  static void for_each(const std::string& press, const Check& check) {
    int cases = 0;
    for (const Golden& golden : read_goldens()) {
      if (golden.press == press) {
        SCOPED_TRACE(text_of(golden));
        check(golden);
        ++cases;
      }
    }
    EXPECT_GE(cases, 16);
  }
};

TEST_F(Kvpress, SnapKvKeepsTheSame) {
  for_each("snapkv", [](const Golden& golden) {
    const Ours ours = run_ours(golden, "snapkv:sparsity=" + golden.field.at("ratio") +
                                           ",window=" + golden.field.at("window") +
                                           ",kernel=" + golden.field.at("kernel"));
    EXPECT_EQ(ours.kept, golden.kept);
    // kvpress takes the mean over the voters, the original the sum.
    expect_near_scores(ours.answer, golden.scores, 1.0 / golden.number("window"));
  });
}

TEST_F(Kvpress, PyramidKvScoresTheSame) {
  // kvpress distributes real numbers and rounds, the original code integers: with their count, our
  // scores keep their set.
  for_each("pyramidkv", [](const Golden& golden) {
    const Ours ours = run_ours(golden, "pyramidkv:sparsity=" + golden.field.at("ratio") +
                                           ",beta=" + golden.field.at("beta") +
                                           ",window=" + golden.field.at("window") +
                                           ",kernel=" + golden.field.at("kernel"));
    const auto window = static_cast<std::size_t>(golden.number("window"));
    Positions expected = best(ours.answer, golden.kept.size() - window);
    for (std::int32_t p = golden.number("tokens") - golden.number("window");
         p < golden.number("tokens"); ++p) {
      expected.push_back(p);
    }
    EXPECT_EQ(expected, golden.kept);
    EXPECT_NEAR(static_cast<double>(ours.kept.size()), static_cast<double>(golden.kept.size()), 4);
    expect_near_scores(ours.answer, golden.scores, 1.0 / golden.number("window"));
  });
}

TEST_F(Kvpress, TovaKeepsTheSameWhereTheLastTokenStaysAnyway) {
  for_each("tova", [](const Golden& golden) {
    const Ours ours = run_ours(golden, "tova:sparsity=" + golden.field.at("ratio"));
    EXPECT_EQ(ours.kept, golden.kept);
  });
}

TEST_F(Kvpress, ObservedAttentionIsAccumulatedMassPerRowThatCouldSee) {
  for_each("observed", [](const Golden& golden) {
    // A cache of one entry less than the prompt asks for the masses.
    const auto tokens = golden.number("tokens");
    Ours ours = run_ours(golden, "h2o:heavy=" + std::to_string(tokens - 2) + ",recent=1");
    ASSERT_EQ(static_cast<std::int32_t>(ours.answer.size()), tokens);
    for (std::int32_t j = 0; j < tokens; ++j) {
      ours.answer[static_cast<std::size_t>(j)] /= static_cast<float>(tokens - j);
    }
    EXPECT_EQ(best(ours.answer, golden.kept.size()), golden.kept);
    expect_near_scores(ours.answer, golden.scores, 1);
  });
}

TEST_F(Kvpress, StreamingKeepsTheSame) {
  for_each("streaming", [](const Golden& golden) {
    const Ours ours =
        run_ours(golden, "streaming:sinks=4,window=" + std::to_string(golden.kept.size() - 4));
    EXPECT_EQ(ours.kept, golden.kept);
  });
}

}  // namespace
}  // namespace kvfoot::test
