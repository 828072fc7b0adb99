// Reads tokenizer.json.
#include "executor/model/tokenizer_spec.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "executor/model/json_fields.hpp"

namespace kvfoot::model {

namespace {

using Ids = std::unordered_map<std::string, std::int32_t>;

// Walks the parts of the file; every error names the file and the part.
class SpecReader {
 public:
  SpecReader(const Json& json, std::string_view where) : json_(json), where_(where) {}

  Result<TokenizerSpec> read() {
    KVFOOT_TRY(read_model());
    KVFOOT_TRY(read_added());
    KVFOOT_TRY(read_unsupported());
    KVFOOT_TRY(read_pre_tokenizer());
    KVFOOT_TRY(read_post_processor());
    return std::move(spec_);
  }

 private:
  Error wrong(std::string_view part, std::string what, std::string hint = "") const {
    return Error{where_ + ": " + std::string(part), std::move(what), std::move(hint)};
  }

  static const Json* member(const Json& object, std::string_view name) {
    const auto it = object.find(name);
    return it == object.end() || it->is_null() ? nullptr : &*it;
  }

  static std::string type_of(const Json& object) {
    const Json* type = object.is_object() ? member(object, "type") : nullptr;
    return type != nullptr && type->is_string() ? type->get<std::string>() : std::string();
  }

  Status read_model();
  Status read_vocab(const Json& model);
  Status read_merges(const Json& model);
  Status read_added();
  Status read_unsupported() const;
  Status read_pre_tokenizer();
  Status add_stage(const Json& stage, std::string_view part);
  Status add_split(const Json& stage, std::string_view part);
  Status read_post_processor();
  Status read_template(const Json& processor);

  const Json& json_;
  std::string where_;
  TokenizerSpec spec_;
  Ids ids_;  // content of the vocabulary and of the added tokens
  bool byte_level_ = false;
};

Status SpecReader::read_model() {
  const Json* model = member(json_, "model");
  if (model == nullptr || !model->is_object()) {
    return wrong("model", "must be an object", "is this a tokenizer.json?");
  }
  if (type_of(*model) != "BPE") {
    const std::string type = type_of(*model);
    return wrong("model.type", type.empty() ? "is missing" : "is \"" + shown(type) + "\"",
                 "only byte-level BPE tokenizers (Llama 3) can be read");
  }
  const Fields fields(*model, where_, "model.");
  KVFOOT_ASSIGN(const bool fallback, fields.boolean_or("byte_fallback", false));
  if (fallback) {
    return wrong("model.byte_fallback", "is true: a SentencePiece tokenizer (Llama 2)",
                 "only byte-level BPE tokenizers (Llama 3) can be read");
  }
  KVFOOT_ASSIGN(const double dropout, fields.number_or("dropout", 0.0, 1.0, 0.0));
  if (dropout != 0.0) {
    return wrong("model.dropout", "is not zero: the same text would give different tokens");
  }
  for (const std::string_view name : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    KVFOOT_ASSIGN(const auto affix, fields.text(name));
    if (affix && !affix->empty()) {
      return wrong("model." + std::string(name), "is not supported");
    }
  }
  KVFOOT_ASSIGN(spec_.ignore_merges, fields.boolean_or("ignore_merges", false));
  KVFOOT_TRY(read_vocab(*model));
  return read_merges(*model);
}

Status SpecReader::read_vocab(const Json& model) {
  const Json* vocab = member(model, "vocab");
  if (vocab == nullptr || !vocab->is_object()) {
    return wrong("model.vocab", "must be an object that maps tokens to ids");
  }
  const Fields fields(*vocab, where_, "model.vocab.");
  for (const auto& [token, id] : vocab->items()) {
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() > kMaxTokenId) {
      return wrong("model.vocab", "token \"" + shown(token) + "\" has the id " + shown_json(id) +
                                      ", which is no number from 0 to " +
                                      std::to_string(kMaxTokenId));
    }
    spec_.vocab.push_back({token, id.get<std::int32_t>()});
    ids_.emplace(token, id.get<std::int32_t>());
  }
  std::ranges::sort(spec_.vocab, {}, &TokenSpec::id);
  const auto twice = std::ranges::adjacent_find(spec_.vocab, {}, &TokenSpec::id);
  if (twice != spec_.vocab.end()) {
    return wrong("model.vocab", "the tokens \"" + shown(twice->text) + "\" and \"" +
                                    shown((twice + 1)->text) + "\" share the id " +
                                    std::to_string(twice->id));
  }
  return {};
}

Status SpecReader::read_merges(const Json& model) {
  const Json* merges = member(model, "merges");
  if (merges == nullptr || !merges->is_array()) {
    return wrong("model.merges", "must be a list");
  }
  spec_.merges.reserve(merges->size());
  for (std::size_t i = 0; i < merges->size(); ++i) {
    const Json& merge = (*merges)[i];
    const std::string part = "model.merges, entry " + std::to_string(i);
    std::string left;
    std::string right;
    if (merge.is_string()) {
      const auto& text = merge.get_ref<const std::string&>();
      const std::size_t space = text.find(' ');
      if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos) {
        return wrong(part, "must be two tokens with a space between them");
      }
      left = text.substr(0, space);
      right = text.substr(space + 1);
    } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() &&
               merge[1].is_string()) {
      left = merge[0].get<std::string>();
      right = merge[1].get<std::string>();
    } else {
      return wrong(part, "must be two tokens");
    }
    const auto first = ids_.find(left);
    const auto second = ids_.find(right);
    const auto result = ids_.find(left + right);
    if (first == ids_.end() || second == ids_.end() || result == ids_.end()) {
      return wrong(part, "\"" + shown(left) + "\" and \"" + shown(right) +
                             "\" cannot merge: one of them or the result is not in the vocabulary");
    }
    spec_.merges.push_back({first->second, second->second, result->second});
  }
  return {};
}

Status SpecReader::read_added() {
  const Json* added = member(json_, "added_tokens");
  if (added == nullptr) {
    return {};
  }
  if (!added->is_array()) {
    return wrong("added_tokens", "must be a list");
  }
  std::map<std::int32_t, std::string> seen;
  for (std::size_t i = 0; i < added->size(); ++i) {
    const std::string part = "added_tokens, entry " + std::to_string(i);
    const Json& json = (*added)[i];
    if (!json.is_object()) {
      return wrong(part, "must be an object");
    }
    const Fields fields(json, where_, part + ": ");
    AddedTokenSpec token;
    KVFOOT_ASSIGN(const auto content, fields.text("content"));
    if (!content || content->empty()) {
      return wrong(part, "has no content");
    }
    token.content = *content;
    KVFOOT_ASSIGN(const std::int64_t id, fields.integer("id", 0, kMaxTokenId));
    token.id = static_cast<std::int32_t>(id);
    KVFOOT_ASSIGN(token.special, fields.boolean_or("special", false));
    KVFOOT_ASSIGN(token.normalized, fields.boolean_or("normalized", !token.special));
    for (const std::string_view flag : {"single_word", "lstrip", "rstrip"}) {
      KVFOOT_ASSIGN(const bool set, fields.boolean_or(flag, false));
      if (set) {
        return wrong(part, std::string(flag) + " is not supported");
      }
    }
    const auto [other, fresh] = seen.emplace(token.id, token.content);
    const auto [known, unknown] = ids_.emplace(token.content, token.id);
    if (!fresh || known->second != token.id) {
      return wrong(part, "\"" + shown(token.content) + "\" with id " + std::to_string(token.id) +
                             " contradicts another entry or the vocabulary");
    }
    const auto same = std::ranges::lower_bound(spec_.vocab, token.id, {}, &TokenSpec::id);
    if (same != spec_.vocab.end() && same->id == token.id && same->text != token.content) {
      return wrong(part, "has the id " + std::to_string(token.id) + " of the token \"" +
                             shown(same->text) + "\" of the vocabulary");
    }
    spec_.added.push_back(std::move(token));
  }
  return {};
}

Status SpecReader::read_unsupported() const {
  if (member(json_, "normalizer") != nullptr) {
    return wrong("normalizer", "is not supported", "Llama 3 tokenizers have none");
  }
  const Json* decoder = member(json_, "decoder");
  if (decoder != nullptr && type_of(*decoder) != "ByteLevel") {
    return wrong("decoder", "must be of type ByteLevel");
  }
  return {};
}

Status SpecReader::read_pre_tokenizer() {
  const Json* top = member(json_, "pre_tokenizer");
  if (top != nullptr && type_of(*top) == "Sequence") {
    const Json* list = member(*top, "pretokenizers");
    if (list == nullptr || !list->is_array()) {
      return wrong("pre_tokenizer.pretokenizers", "must be a list");
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
      KVFOOT_TRY(add_stage((*list)[i], "pre_tokenizer.pretokenizers, entry " + std::to_string(i)));
    }
  } else if (top != nullptr) {
    KVFOOT_TRY(add_stage(*top, "pre_tokenizer"));
  }
  if (!byte_level_) {
    return wrong("pre_tokenizer", "has no ByteLevel stage",
                 "only byte-level BPE tokenizers (Llama 3) can be read");
  }
  return {};
}

Status SpecReader::add_stage(const Json& stage, std::string_view part) {
  const std::string type = type_of(stage);
  if (byte_level_ && !type.empty()) {
    return wrong(part, shown(type) + " after ByteLevel is not supported");
  }
  if (type == "Split") {
    return add_split(stage, part);
  }
  if (type != "ByteLevel" && type != "Digits") {
    return wrong(part,
                 type.empty() ? "has no type" : "type \"" + shown(type) + "\" is not supported",
                 "supported are Split, Digits and ByteLevel");
  }
  const Fields fields(stage, where_, std::string(part) + ": ");
  if (type == "Digits") {
    KVFOOT_ASSIGN(const bool single, fields.boolean_or("individual_digits", false));
    spec_.stages.push_back(
        {SplitStage::Kind::kIsolated, std::string(single ? kDigitPattern : kDigitsPattern)});
    return {};
  }
  byte_level_ = true;
  KVFOOT_ASSIGN(const bool prefix, fields.boolean_or("add_prefix_space", true));
  KVFOOT_ASSIGN(const bool use_regex, fields.boolean_or("use_regex", true));
  if (prefix) {
    spec_.stages.push_back({SplitStage::Kind::kAddPrefix, {}});
  }
  if (use_regex) {
    spec_.stages.push_back({SplitStage::Kind::kIsolated, std::string(kGpt2Pattern)});
  }
  return {};
}

Status SpecReader::add_split(const Json& stage, std::string_view part) {
  const Fields fields(stage, where_, std::string(part) + ": ");
  KVFOOT_ASSIGN(const auto behavior, fields.text("behavior"));
  KVFOOT_ASSIGN(const bool invert, fields.boolean_or("invert", false));
  const Json* pattern = member(stage, "pattern");
  const Json* regex =
      pattern != nullptr && pattern->is_object() ? member(*pattern, "Regex") : nullptr;
  if (regex == nullptr || !regex->is_string()) {
    return wrong(part, "pattern must be a Regex");
  }
  SplitStage split;
  split.pattern = regex->get<std::string>();
  if (behavior == "Isolated") {
    split.kind = SplitStage::Kind::kIsolated;  // what "invert" calls a match is a piece either way
  } else if (behavior == "Removed" && invert) {
    split.kind = SplitStage::Kind::kKeep;
  } else {
    return wrong(part, "behavior \"" + shown(behavior.value_or("")) + "\"" +
                           (invert ? " with invert" : "") + " is not supported");
  }
  spec_.stages.push_back(std::move(split));
  return {};
}

Status SpecReader::read_post_processor() {
  const Json* top = member(json_, "post_processor");
  if (top == nullptr) {
    return {};
  }
  std::vector<const Json*> processors{top};
  if (type_of(*top) == "Sequence") {
    processors.clear();
    const Json* list = member(*top, "processors");
    if (list == nullptr || !list->is_array()) {
      return wrong("post_processor.processors", "must be a list");
    }
    for (const Json& entry : *list) {
      processors.push_back(&entry);
    }
  }
  bool templated = false;
  for (const Json* processor : processors) {
    const std::string type = type_of(*processor);
    if (type == "TemplateProcessing" && !templated) {
      templated = true;
      KVFOOT_TRY(read_template(*processor));
    } else if (type != "ByteLevel") {  // which only trims offsets
      return wrong("post_processor", "type \"" + shown(type) + "\" is not supported here",
                   "supported are ByteLevel and one TemplateProcessing");
    }
  }
  return {};
}

Status SpecReader::read_template(const Json& processor) {
  const Json* single = member(processor, "single");
  if (single == nullptr || !single->is_array()) {
    return wrong("post_processor.single", "must be a list");
  }
  bool text_seen = false;
  for (const Json& part : *single) {
    if (part.is_object() && part.contains("Sequence") && !text_seen) {
      text_seen = true;
      continue;
    }
    const Json* special = part.is_object() ? member(part, "SpecialToken") : nullptr;
    const Json* name =
        special != nullptr && special->is_object() ? member(*special, "id") : nullptr;
    if (name == nullptr || !name->is_string()) {
      return wrong("post_processor.single", "must hold special tokens and one sequence");
    }
    const auto id = ids_.find(name->get_ref<const std::string&>());
    if (id == ids_.end()) {
      return wrong(
          "post_processor.single",
          "names \"" + shown(name->get_ref<const std::string&>()) + "\", which is no token");
    }
    (text_seen ? spec_.suffix : spec_.prefix).push_back(id->second);
  }
  if (!text_seen) {
    return wrong("post_processor.single", "has no place for the text");
  }
  return {};
}

}  // namespace

Result<TokenizerSpec> parse_tokenizer(std::string_view text, std::string_view where) {
  KVFOOT_ASSIGN(const Json json, parse_object(text, where));
  return SpecReader(json, where).read();
}

}  // namespace kvfoot::model
