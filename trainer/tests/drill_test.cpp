// Drills and batches: exact sizes, answers where they are said to be, the same bytes every time.
#include <gtest/gtest.h>

#include "trainer/batch.hpp"

namespace kvfoot::trainer {
namespace {

using task::TaskKind;

constexpr TaskKind kAll[] = {TaskKind::kNiah, TaskKind::kKeyValue, TaskKind::kJsonKeyValue,
                             TaskKind::kClassify, TaskKind::kCopy};

std::string part(const Drill& drill, const AnswerSpan& span) {
  return drill.text.substr(span.begin_byte, span.end_byte - span.begin_byte);
}

TEST(Drill, HasExactlyTheBytesAskedAndItsAnswersInside) {
  for (const TaskKind kind : kAll) {
    for (const std::size_t bytes : {16UL, 64UL, 300UL, 2048UL}) {
      for (std::uint64_t seed = 0; seed < 30; ++seed) {
        const Drill drill = make_drill(kind, bytes, seed, 50);
        ASSERT_EQ(drill.text.size(), bytes);
        std::size_t last = 0;
        for (const AnswerSpan& span : drill.answers) {
          EXPECT_GE(span.begin_byte, last);
          EXPECT_LT(span.begin_byte, span.end_byte);
          EXPECT_LE(span.end_byte, bytes);
          last = span.end_byte;
        }
        EXPECT_EQ(drill.text, make_drill(kind, bytes, seed, 50).text);
      }
    }
  }
}

TEST(Drill, EveryAnswerOfARecallTaskWasToldBefore) {
  for (const TaskKind kind : {TaskKind::kNiah, TaskKind::kKeyValue, TaskKind::kJsonKeyValue}) {
    std::size_t answers = 0;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      const Drill drill = make_drill(kind, 700, seed, 50);
      for (const AnswerSpan& span : drill.answers) {
        std::string value = part(drill, span);
        std::erase_if(value, [](char c) { return c == ' ' || c == '.' || c == '}'; });
        EXPECT_LT(drill.text.find(value), span.begin_byte) << drill.text;
        ++answers;
      }
    }
    EXPECT_GT(answers, 200u);
  }
}

TEST(Drill, CopiesTheTextWordByWord) {
  const Drill drill = make_drill(TaskKind::kCopy, 400, 5, 0);
  const std::string original = drill.text.substr(5, drill.text.find('\n') - 5);
  std::string copied;
  for (const AnswerSpan& span : drill.answers) {
    copied += part(drill, span);
  }
  ASSERT_GT(copied.size(), 100u);
  EXPECT_EQ(original.substr(0, copied.size()), copied);
}

TEST(Batch, TargetsAreTheNextTokens) {
  const std::string corpus(5000, 'x');
  const Batch batch = make_batch(1, 2, 20, 128, Mix{}, corpus);
  const auto targets = batch.targets.view({20, 128});
  EXPECT_TRUE(batch.tokens.slice(1, 1).equal(targets.slice(1, 0, 127)));
  EXPECT_TRUE(batch.tokens.select(1, 0).eq(kBeginOfText).all().item<bool>());
  EXPECT_TRUE(batch.kinds.eq(kProse).any().item<bool>());
  const Batch again = make_batch(1, 2, 20, 128, Mix{}, corpus);
  EXPECT_TRUE(batch.tokens.equal(again.tokens));
  EXPECT_FALSE(batch.tokens.equal(make_batch(1, 3, 20, 128, Mix{}, corpus).tokens));
}

TEST(Batch, AnswersAreMarkedAsSuch) {
  const Batch batch = make_batch(1, 0, 16, 256, Mix{}, std::string(5000, 'x'));
  ASSERT_FALSE(batch.answers.empty());
  auto marked = torch::zeros_like(batch.kinds);
  for (const BatchAnswer& answer : batch.answers) {
    marked.slice(0, answer.begin, answer.end).fill_(1);
  }
  EXPECT_TRUE(marked.equal(batch.kinds.eq(kAnswer).to(torch::kLong)));
}

}  // namespace
}  // namespace kvfoot::trainer
