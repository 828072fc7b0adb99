// Byte-level BPE tokenizer read from Hugging Face's tokenizer.json.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/result.hpp"

namespace kvfoot {

struct EncodeOptions {
  bool add_special = true;  // what the post-processor adds: BOS for Llama 3
  bool allow_special =
      true;  // false: special tokens in the text are ordinary text (untrusted input)
};

// Immutable after loading; all const members may be called from several threads at once.
class Tokenizer {
 public:
  // `model_vocab_size`, if given, must be larger than every id: a tokenizer of another model is an
  // error here and not an out-of-range row of the embedding later.
  static Result<Tokenizer> load(const std::filesystem::path& file,
                                std::optional<std::int64_t> model_vocab_size = std::nullopt);
  static Result<Tokenizer> parse(std::string_view json, std::string_view where,
                                 std::optional<std::int64_t> model_vocab_size = std::nullopt);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  // UTF-8 in, ids out. Bytes that are not UTF-8 are kept: each maximal run of them is a piece of
  // its own, so decode_bytes gives back the same bytes. Fails only if the split pattern of the file
  // runs into the limits of the regex engine.
  Result<std::vector<std::int32_t>> encode(std::string_view text, EncodeOptions options = {}) const;

  // The bytes the ids stand for; unknown ids give nothing.
  std::string decode_bytes(std::span<const std::int32_t> ids, bool skip_special = false) const;
  // The same with invalid UTF-8 replaced by U+FFFD (as Hugging Face's decoder does).
  std::string decode(std::span<const std::int32_t> ids, bool skip_special = false) const;

  // As written in the file ("Ġthe", "<|eot_id|>"); empty for an unknown id.
  std::string_view id_to_token(std::int32_t id) const;
  // Bytes of one token; empty for an unknown id.
  std::string_view token_bytes(std::int32_t id) const;
  std::optional<std::int32_t> token_to_id(std::string_view token) const;
  bool is_special(std::int32_t id) const;

  std::int32_t id_limit() const;               // one more than the largest id
  std::optional<std::int32_t> bos_id() const;  // first id that add_special puts in front

 private:
  struct State;
  explicit Tokenizer(std::unique_ptr<const State> state);
  std::unique_ptr<const State> state_;
};

// Turns ids into text as they come, holding back bytes of an unfinished character.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer, bool skip_special = true)
      : tokenizer_(&tokenizer), skip_special_(skip_special) {}
  // Complete characters so far; invalid bytes come out as U+FFFD.
  std::string push(std::int32_t id);
  // What is left at the end.
  std::string flush();

 private:
  const Tokenizer* tokenizer_;
  bool skip_special_;
  std::string pending_;
};

}  // namespace kvfoot
