// Samples: same inputs give the same bytes, lengths hold, answers and segments are where they
// should be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "executor/task/task.hpp"

namespace kvfoot::task {
namespace {

std::size_t count_bytes(std::string_view text) { return text.size(); }

// A coarse stand-in for a vocabulary with merges: four bytes are a token.
std::size_t count_quads(std::string_view text) { return (text.size() + 3) / 4; }

TaskSample sample_of(const std::string& text, std::uint64_t seed, std::uint64_t index,
                     const CountTokens& count = count_bytes) {
  const auto spec = parse_task(text);
  EXPECT_TRUE(spec) << text;
  auto sample = make_sample(*spec, seed, index, count);
  EXPECT_TRUE(sample) << text << (sample ? "" : sample.error().message());
  return std::move(sample).value();
}

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

std::string text_of(const TaskSample& sample, const std::string& name) {
  std::string text;
  for (const Segment& segment : sample.segments) {
    if (segment.name == name) {
      text += sample.prompt.substr(segment.begin_byte, segment.end_byte - segment.begin_byte);
    }
  }
  return text;
}

const char* const kTasks[] = {"niah", "niah:needles=4", "kv", "json_kv", "icl", "copy"};

TEST(TaskSample, IsAPureFunctionOfSeedAndIndex) {
  for (const char* task : kTasks) {
    const TaskSample once = sample_of(task, 7, 3), again = sample_of(task, 7, 3);
    EXPECT_EQ(once.prompt, again.prompt);
    EXPECT_EQ(once.answer, again.answer);
    EXPECT_NE(once.prompt, sample_of(task, 7, 4).prompt);
    EXPECT_NE(once.prompt, sample_of(task, 8, 3).prompt);
  }
}

TEST(TaskSample, LengthIsNeverExceededAndNearlyReached) {
  // The slack is one pair, line or word of the task with its separator.
  const std::pair<const char*, std::size_t> slack[] = {
      {"niah", 0}, {"niah:needles=4", 0}, {"kv", 0}, {"json_kv", 9}, {"icl", 32}, {"copy", 22}};
  for (const auto& [task, most] : slack) {
    for (const std::size_t length : {600UL, 1023UL, 1024UL, 4096UL}) {
      for (std::uint64_t index = 0; index < 20; ++index) {
        auto spec = *parse_task(task);
        spec.length = length;
        const auto sample = make_sample(spec, 1, index, count_bytes);
        ASSERT_TRUE(sample) << task << length;
        EXPECT_LE(sample->prompt.size(), length) << task;
        EXPECT_GE(sample->prompt.size() + most, length) << task << " index " << index;
      }
    }
  }
}

TEST(TaskSample, LengthCountsTheCallersTokens) {
  for (const char* task : kTasks) {
    const TaskSample sample = sample_of(task, 1, 0, count_quads);
    EXPECT_LE(count_quads(sample.prompt), 1024u);
    EXPECT_GT(sample.prompt.size(), 3900u) << task;
  }
}

TEST(TaskSample, RecallAnswersStandInTheContextExactlyOnce) {
  for (const char* task : {"niah", "niah:needles=4", "kv", "json_kv"}) {
    for (std::uint64_t index = 0; index < 50; ++index) {
      const TaskSample sample = sample_of(task, 5, index);
      EXPECT_EQ(occurrences(sample.prompt, sample.answer), 1u) << task << " " << index;
      EXPECT_THAT(text_of(sample, "needle"), ::testing::HasSubstr(sample.answer));
    }
  }
}

TEST(TaskSample, SegmentsAreAscendingAndInsideThePrompt) {
  for (const char* task : kTasks) {
    const TaskSample sample = sample_of(task, 2, 9);
    std::size_t last = 0;
    for (const Segment& segment : sample.segments) {
      EXPECT_GE(segment.begin_byte, last);
      EXPECT_GT(segment.end_byte, segment.begin_byte);
      last = segment.end_byte;
    }
    EXPECT_EQ(last, sample.prompt.size()) << "the question ends the prompt";
  }
}

TEST(TaskSample, QuestionAsksForTheNeedle) {
  const TaskSample sample = sample_of("niah:needles=4", 3, 1);
  const std::string needle = text_of(sample, "needle");
  const std::string place = needle.substr(23, needle.find(" is ") - 23);
  EXPECT_EQ(needle, "The secret passcode of " + place + " is " + sample.answer + ". ");
  EXPECT_EQ(text_of(sample, "question"), "\nQuestion: What is the secret passcode of " + place +
                                             "?\nAnswer: The secret passcode of " + place + " is");
  EXPECT_EQ(occurrences(sample.prompt, place), 3u);
}

TEST(TaskSample, DepthPlacesTheNeedleAndChangesNothingElse) {
  const TaskSample front = sample_of("niah:depth=0", 1, 0),
                   back = sample_of("niah:depth=100", 1, 0);
  EXPECT_EQ(front.segments.front().name, "needle");
  EXPECT_EQ(back.segments[1].name, "needle");
  EXPECT_EQ(back.segments[2].name, "question");
  EXPECT_EQ(text_of(front, "filler"), text_of(back, "filler"));
  EXPECT_EQ(front.answer, back.answer);
  const TaskSample middle = sample_of("niah:depth=50", 1, 0);
  EXPECT_NEAR(static_cast<double>(middle.segments[1].begin_byte), 450, 60);
}

TEST(TaskSample, DepthPicksThePairOfAKeyValueTask) {
  for (const char* task : {"kv", "json_kv"}) {
    std::size_t last = 0;
    for (const int depth : {0, 25, 50, 75, 100}) {
      const TaskSample sample =
          sample_of(std::string(task) + ":depth=" + std::to_string(depth), 4, 2);
      const std::size_t at = sample.prompt.find(sample.answer);
      EXPECT_TRUE(depth == 0 || at > last) << task << depth;
      last = at;
    }
    EXPECT_GT(last, 850u);
  }
}

TEST(TaskSample, ClassLabelFollowsFromTheTrigger) {
  for (std::uint64_t index = 0; index < 20; ++index) {
    const TaskSample sample = sample_of("icl:classes=6", 1, index);
    for (const Segment& segment : sample.segments) {
      if (segment.name == "needle") {
        EXPECT_EQ(sample.prompt.substr(segment.end_byte - 3, 3), " " + sample.answer + "\n");
      }
    }
  }
}

TEST(TaskSample, CopyContinuesTheText) {
  for (const int depth : {0, 50, 100}) {
    const TaskSample sample = sample_of("copy:span=5,depth=" + std::to_string(depth), 1, 1);
    const std::string text = sample.prompt.substr(6, sample.prompt.find('\n') - 6);
    const std::string copied = text_of(sample, "copied") + sample.expected;
    EXPECT_EQ(text.substr(0, copied.size() - 1), copied.substr(1));
  }
}

TEST(TaskSample, GoldenJson) {
  const TaskSample sample = sample_of("json_kv:length=64", 1, 0);
  EXPECT_EQ(sample.prompt, R"({"iw":154,"tf":923,"om":582,"px":988,"cr":254}
Answer: {"px":)");
  EXPECT_EQ(sample.answer, "988");
}

TEST(TaskSample, GoldenNiah) {
  const TaskSample sample = sample_of("niah:length=240,depth=50", 1, 0);
  EXPECT_EQ(sample.prompt,
            "The green window carries the busy river twice. The secret passcode of Nilmu is 05479. "
            "The steep ladder follows the early teacher often. The distant teac\n"
            "Question: What is the secret passcode of Nilmu?\n"
            "Answer: The secret passcode of Nilmu is");
}

TEST(TaskSample, TooShortALengthIsRefused) {
  for (const char* task : {"niah:length=100", "kv:length=16", "json_kv:length=20", "icl:length=30",
                           "copy:length=20"}) {
    const auto sample = make_sample(*parse_task(task), 1, 0, count_bytes);
    ASSERT_FALSE(sample) << task;
    EXPECT_THAT(sample.error().message(), ::testing::HasSubstr("raise length="));
  }
}

TEST(TaskSample, KeysThatRunOutAreRefused) {
  const auto sample = make_sample(*parse_task("json_kv:length=4000,digits=1"), 1, 0, count_bytes);
  ASSERT_FALSE(sample);
  EXPECT_THAT(sample.error().message(), ::testing::HasSubstr("digits="));
}

TEST(TaskScore, LooksAtTheFirstLine) {
  const TaskSample sample{"", "123", " 123.", {}};
  EXPECT_EQ(score_reply(sample, " 123."), 1);
  EXPECT_EQ(score_reply(sample, "\n\n it is 123"), 1);
  EXPECT_EQ(score_reply(sample, "12 3\n123"), 0);
  EXPECT_EQ(score_reply(sample, ""), 0);
  EXPECT_EQ(score_reply(sample, " \n"), 0);
}

}  // namespace
}  // namespace kvfoot::task
