// Cuts text into the pieces that BPE sees one by one, as tokenizer.json's pre_tokenizer says
// (private to executor/model). Regular expressions run in PCRE2 with Unicode properties.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/result.hpp"

namespace kvfoot::model {

// One stage; each applies to every piece of the stage before it.
struct SplitStage {
  enum class Kind : std::uint8_t {
    kIsolated,   // matches are pieces, and so is what lies between them
    kKeep,       // matches are pieces, the rest is dropped ("Removed" with "invert")
    kAddPrefix,  // a space is put before a piece that does not begin with one
  };
  Kind kind = Kind::kIsolated;
  std::string pattern;  // none for kAddPrefix
};

// Constants of GPT-2 and of the Digits pre-tokenizer.
extern const std::string_view kGpt2Pattern;
extern const std::string_view kDigitPattern;
extern const std::string_view kDigitsPattern;

class PreTokenizer {
 public:
  static Result<PreTokenizer> make(std::vector<SplitStage> stages, std::string_view where);
  ~PreTokenizer();
  PreTokenizer(PreTokenizer&&) noexcept;
  PreTokenizer& operator=(PreTokenizer&&) noexcept;

  // What one thread needs while it matches; reuse it within one call of encode.
  class Scratch;
  struct ScratchDelete {
    void operator()(Scratch* scratch) const;
  };
  std::unique_ptr<Scratch, ScratchDelete> scratch() const;

  using Sink = std::function<Status(std::string_view piece)>;
  // `text` must be well-formed UTF-8. Pieces are never empty. Fails where the sink fails or the
  // expression runs into its limits.
  Status split(std::string_view text, Scratch& scratch, const Sink& sink) const;

 private:
  struct Stage;
  explicit PreTokenizer(std::vector<Stage> stages);
  Status run(std::size_t stage, std::string_view text, Scratch& scratch, const Sink& sink) const;

  std::vector<Stage> stages_;
};

}  // namespace kvfoot::model
