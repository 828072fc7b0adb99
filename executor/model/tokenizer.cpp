// Encodes and decodes with what tokenizer_spec.hpp read.
#include "executor/model/tokenizer.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "executor/model/added_tokens.hpp"
#include "executor/model/bpe.hpp"
#include "executor/model/byte_alphabet.hpp"
#include "executor/model/json_text.hpp"
#include "executor/model/piece_table.hpp"
#include "executor/model/tokenizer_spec.hpp"
#include "executor/model/utf8.hpp"

namespace kvfoot {

namespace {

constexpr std::size_t kMaxTokenizerBytes = std::size_t{512} << 20;

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};
using IdsByText = std::unordered_map<std::string, std::int32_t, TextHash, std::equal_to<>>;

struct Token {
  std::string text;   // as written
  std::string bytes;  // what it stands for
  bool special = false;
};

// Added tokens are searched in this order; the text between matches goes to the next finder.
enum FinderIndex : std::size_t { kPlainFirst, kPlainLast, kFinders };

}  // namespace

struct Tokenizer::State {
  State(model::PreTokenizer pre, model::BpeMerger merge)
      : pre_tokenizer(std::move(pre)), merger(std::move(merge)) {}

  model::PreTokenizer pre_tokenizer;
  model::BpeMerger merger;
  std::vector<Token> tokens;              // by place
  std::vector<std::int32_t> place_of_id;  // id -> place in tokens, or -1
  IdsByText ids;                          // as written -> id
  model::PieceTable whole_pieces;         // bytes -> id, where ignore_merges looks pieces up
  // [with special tokens or without][normalized false, true]
  model::TokenFinder finders[2][kFinders];
  std::vector<std::int32_t> prefix;
  std::vector<std::int32_t> suffix;
  bool ignore_merges = false;

  const Token* token(std::int32_t id) const {
    if (id < 0 || static_cast<std::size_t>(id) >= place_of_id.size()) {
      return nullptr;
    }
    const std::int32_t place = place_of_id[static_cast<std::size_t>(id)];
    return place < 0 ? nullptr : &tokens[static_cast<std::size_t>(place)];
  }

  void put(std::int32_t id, Token token);
  Status encode_piece(std::string_view piece, std::vector<std::int32_t>& out) const;
  Status encode_plain(std::string_view text, model::PreTokenizer::Scratch& scratch,
                      std::vector<std::int32_t>& out) const;
  Status encode_section(std::size_t finder, bool allow_special, std::string_view text,
                        model::PreTokenizer::Scratch& scratch,
                        std::vector<std::int32_t>& out) const;
};

void Tokenizer::State::put(std::int32_t id, Token token) {
  const auto index = static_cast<std::size_t>(id);
  if (index >= place_of_id.size()) {
    place_of_id.resize(index + 1, -1);
  }
  ids[token.text] = id;
  if (place_of_id[index] >= 0) {
    tokens[static_cast<std::size_t>(place_of_id[index])] = std::move(token);
    return;
  }
  place_of_id[index] = static_cast<std::int32_t>(tokens.size());
  tokens.push_back(std::move(token));
}

Status Tokenizer::State::encode_piece(std::string_view piece,
                                      std::vector<std::int32_t>& out) const {
  if (ignore_merges) {
    const std::int32_t whole = whole_pieces.find(piece);
    if (whole >= 0) {
      out.push_back(whole);
      return {};
    }
  }
  std::uint8_t missing = 0;
  if (!merger.encode(piece, out, missing)) {
    return Error{"tokenizer", "the vocabulary has no token for the byte " + std::to_string(missing),
                 "the text cannot be written with this vocabulary"};
  }
  return {};
}

// Text without added tokens. Bytes that are no UTF-8 never meet the regular expression.
Status Tokenizer::State::encode_plain(std::string_view text, model::PreTokenizer::Scratch& scratch,
                                      std::vector<std::int32_t>& out) const {
  const model::PreTokenizer::Sink sink = [&](std::string_view piece) {
    return encode_piece(piece, out);
  };
  while (!text.empty()) {
    const std::size_t valid = model::utf8_valid_prefix(text);
    KVFOOT_TRY(pre_tokenizer.split(text.substr(0, valid), scratch, sink));
    text.remove_prefix(valid);
    const std::size_t invalid = model::utf8_invalid_prefix(text);
    if (invalid > 0) {
      KVFOOT_TRY(encode_piece(text.substr(0, invalid), out));
      text.remove_prefix(invalid);
    }
  }
  return {};
}

Status Tokenizer::State::encode_section(std::size_t finder, bool allow_special,
                                        std::string_view text,
                                        model::PreTokenizer::Scratch& scratch,
                                        std::vector<std::int32_t>& out) const {
  if (finder == kFinders) {
    return encode_plain(text, scratch, out);
  }
  const model::TokenFinder& tokens_here = finders[allow_special ? 1 : 0][finder];
  if (tokens_here.empty()) {
    return encode_section(finder + 1, allow_special, text, scratch, out);
  }
  std::size_t done = 0;
  while (const auto match = tokens_here.find(text, done)) {
    KVFOOT_TRY(encode_section(finder + 1, allow_special, text.substr(done, match->begin - done),
                              scratch, out));
    out.push_back(match->id);
    done = match->begin + match->length;
  }
  return encode_section(finder + 1, allow_special, text.substr(done), scratch, out);
}

Tokenizer::Tokenizer(std::unique_ptr<const State> state) : state_(std::move(state)) {}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

Result<Tokenizer> Tokenizer::load(const std::filesystem::path& file,
                                  std::optional<std::int64_t> model_vocab_size) {
  KVFOOT_ASSIGN(const std::string text, model::read_text(file.string(), kMaxTokenizerBytes));
  return parse(text, file.string(), model_vocab_size);
}

Result<Tokenizer> Tokenizer::parse(std::string_view json, std::string_view where,
                                   std::optional<std::int64_t> model_vocab_size) {
  KVFOOT_ASSIGN(model::TokenizerSpec spec, model::parse_tokenizer(json, where));
  KVFOOT_ASSIGN(
      auto pre_tokenizer,
      model::PreTokenizer::make(std::move(spec.stages), std::string(where) + ": pre_tokenizer"));
  // Untrusted text must not reach a special id by being equal to its name.
  std::unordered_set<std::int32_t> special;
  for (const model::AddedTokenSpec& token : spec.added) {
    if (token.special) {
      special.insert(token.id);
    }
  }
  std::array<std::int32_t, 256> byte_ids;
  byte_ids.fill(-1);
  model::PieceTable whole_pieces(spec.ignore_merges ? spec.vocab.size() : 0);
  for (const model::TokenSpec& token : spec.vocab) {
    const auto bytes = model::token_to_bytes(token.text);
    if (!bytes) {
      continue;
    }
    if (bytes->size() == 1) {
      byte_ids[static_cast<std::uint8_t>(bytes->front())] = token.id;
    }
    if (spec.ignore_merges && !special.contains(token.id)) {
      whole_pieces.insert(*bytes, token.id);
    }
  }
  auto state =
      std::make_unique<State>(std::move(pre_tokenizer), model::BpeMerger(byte_ids, spec.merges));
  state->ignore_merges = spec.ignore_merges;
  state->whole_pieces = std::move(whole_pieces);
  state->prefix = std::move(spec.prefix);
  state->suffix = std::move(spec.suffix);
  for (model::TokenSpec& token : spec.vocab) {
    std::string bytes = model::token_to_bytes(token.text).value_or(token.text);
    state->put(token.id, {std::move(token.text), std::move(bytes), false});
  }
  for (const model::AddedTokenSpec& token : spec.added) {
    const std::size_t finder = token.normalized ? kPlainLast : kPlainFirst;
    state->finders[1][finder].add(token.content, token.id);
    if (!token.special) {
      state->finders[0][finder].add(token.content, token.id);
    }
    state->put(token.id, {token.content, token.content, token.special});
  }
  const auto limit = static_cast<std::int64_t>(state->place_of_id.size());
  if (model_vocab_size && limit > *model_vocab_size) {
    return Error{std::string(where),
                 "has token ids up to " + std::to_string(limit - 1) + ", the model knows only " +
                     std::to_string(*model_vocab_size),
                 "tokenizer.json and config.json belong to different models"};
  }
  return Tokenizer(std::unique_ptr<const State>(std::move(state)));
}

Result<std::vector<std::int32_t>> Tokenizer::encode(std::string_view text,
                                                    EncodeOptions options) const {
  std::vector<std::int32_t> out;
  out.reserve(text.size() / 3 + 8);
  if (options.add_special) {
    out.insert(out.end(), state_->prefix.begin(), state_->prefix.end());
  }
  const auto scratch = state_->pre_tokenizer.scratch();
  KVFOOT_TRY(state_->encode_section(0, options.allow_special, text, *scratch, out));
  if (options.add_special) {
    out.insert(out.end(), state_->suffix.begin(), state_->suffix.end());
  }
  return out;
}

std::string Tokenizer::decode_bytes(std::span<const std::int32_t> ids, bool skip_special) const {
  std::string bytes;
  for (const std::int32_t id : ids) {
    const Token* token = state_->token(id);
    if (token != nullptr && !(skip_special && token->special)) {
      bytes += token->bytes;
    }
  }
  return bytes;
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids, bool skip_special) const {
  return model::utf8_lossy(decode_bytes(ids, skip_special));
}

std::string_view Tokenizer::id_to_token(std::int32_t id) const {
  const Token* token = state_->token(id);
  return token == nullptr ? std::string_view() : std::string_view(token->text);
}

std::string_view Tokenizer::token_bytes(std::int32_t id) const {
  const Token* token = state_->token(id);
  return token == nullptr ? std::string_view() : std::string_view(token->bytes);
}

std::optional<std::int32_t> Tokenizer::token_to_id(std::string_view token) const {
  const auto it = state_->ids.find(token);
  return it == state_->ids.end() ? std::nullopt : std::optional<std::int32_t>(it->second);
}

bool Tokenizer::is_special(std::int32_t id) const {
  const Token* token = state_->token(id);
  return token != nullptr && token->special;
}

std::int32_t Tokenizer::id_limit() const {
  return static_cast<std::int32_t>(state_->place_of_id.size());
}

std::optional<std::int32_t> Tokenizer::bos_id() const {
  return state_->prefix.empty() ? std::nullopt
                                : std::optional<std::int32_t>(state_->prefix.front());
}

std::string StreamDecoder::push(std::int32_t id) {
  if (skip_special_ && tokenizer_->is_special(id)) {
    return {};
  }
  pending_ += tokenizer_->token_bytes(id);
  std::size_t unfinished = 0;
  std::string text = model::utf8_lossy(pending_, &unfinished);
  pending_.erase(0, pending_.size() - unfinished);
  return text;
}

std::string StreamDecoder::flush() {
  std::string text = model::utf8_lossy(pending_);
  pending_.clear();
  return text;
}

}  // namespace kvfoot
