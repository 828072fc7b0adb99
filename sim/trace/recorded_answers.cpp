// Level 0a: what the policy was told while recording.
#include <string>

#include "sim/trace/source.hpp"

namespace kvfoot {

RecordedAnswers::RecordedAnswers(std::shared_ptr<const TraceReader> trace)
    : trace_(std::move(trace)) {}

void RecordedAnswers::begin_layer(const Pass& pass, std::int32_t layer,
                                  std::span<const std::span<const TokenPos>> resident) {
  pass_ = pass;
  layer_ = layer;
  resident_.clear();
  for (const std::span<const TokenPos> list : resident) {
    resident_.push_back(static_cast<std::int64_t>(list.size()));
  }
}

Result<std::span<const float>> RecordedAnswers::answer(const AttentionQuery& query,
                                                       std::int32_t head) {
  KVFOOT_CHECK(head >= 0 && static_cast<std::size_t>(head) < resident_.size());
  const auto refuse = [&](const std::string& what) {
    return Error{trace_->path() + ": /log/answers",
                 what + " after pass " + std::to_string(pass_.index) + ", layer " +
                     std::to_string(layer_) + ", head " + std::to_string(head),
                 "replay the policy '" + trace_->header().policy + "' that was recorded"};
  };
  for (std::int64_t i = trace_->find_answer(pass_.index, layer_, head); i < trace_->answer_count();
       ++i) {
    KVFOOT_ASSIGN(const TraceReader::Answer answer, trace_->answer(i));
    if (answer.pass != pass_.index || answer.layer != layer_ || answer.head != head) {
      break;
    }
    if (answer.query != query) {
      continue;
    }
    const std::int64_t wanted =
        answer_size(query, pass_, resident_[static_cast<std::size_t>(head)]);
    if (static_cast<std::int64_t>(answer.values.size()) != wanted) {
      return refuse("an answer has " + std::to_string(answer.values.size()) + " values, not " +
                    std::to_string(wanted) + ",");
    }
    return answer.values;
  }
  return refuse("the policy was not asked this");
}

void RecordedAnswers::retain(std::int32_t /*head*/, std::span<const std::int32_t> /*kept*/) {}

}  // namespace kvfoot
