// Level 0a: what the policy was told while recording.
#include <string>

#include "sim/trace/source.hpp"

namespace kvfoot {

RecordedAnswers::RecordedAnswers(std::shared_ptr<const TraceReader> trace)
    : trace_(std::move(trace)) {}

void RecordedAnswers::begin_layer(const Pass& pass, std::int32_t layer) {
  pass_ = pass.index;
  layer_ = layer;
}

Result<std::span<const float>> RecordedAnswers::answer(const AttentionQuery& query,
                                                       std::int32_t head) {
  for (std::int64_t i = trace_->find_answer(pass_, layer_, head); i < trace_->answer_count(); ++i) {
    KVFOOT_ASSIGN(const TraceReader::Answer answer, trace_->answer(i));
    if (answer.pass != pass_ || answer.layer != layer_ || answer.head != head) {
      break;
    }
    if (answer.query == query) {
      return answer.values;
    }
  }
  return Error{trace_->path() + ": /log/answers",
               "the policy was not asked this after pass " + std::to_string(pass_) + ", layer " +
                   std::to_string(layer_) + ", head " + std::to_string(head),
               "replay the policy '" + trace_->header().policy + "' that was recorded"};
}

void RecordedAnswers::retain(std::int32_t /*head*/, std::span<const std::int32_t> /*kept*/) {}

}  // namespace kvfoot
