// Cuts text into pieces with PCRE2.
#define PCRE2_CODE_UNIT_WIDTH 8
#include "executor/model/pre_tokenizer.hpp"

#include <pcre2.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "executor/model/utf8.hpp"

namespace kvfoot::model {

const std::string_view kGpt2Pattern =
    R"('(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
const std::string_view kDigitPattern = R"(\p{N})";
const std::string_view kDigitsPattern = R"(\p{N}+)";

namespace {

// A hostile expression ends with an error soon, not never; long runs of one kind of character need
// a few steps per character.
constexpr std::size_t kMatchSteps = 1'000'000;
constexpr std::size_t kMatchStepsPerByte = 16;
constexpr std::size_t kJitStackStart = std::size_t{32} << 10;
constexpr std::size_t kJitStackLimit = std::size_t{8} << 20;

// White_Space of Unicode, which Oniguruma (the engine that tokenizer.json is written for) calls
// \s. PCRE2's own \s holds U+180E besides, which Mongolian text uses and Unicode no longer calls
// a space.
constexpr std::string_view kSpaces =
    R"(\t-\r \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";

// Writes kSpaces for \s, and its complement for \S outside of classes.
std::string with_unicode_spaces(std::string_view pattern) {
  std::string out;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    if (c == '\\') {
      ++i;
      if (next == 's' && in_class) {
        out += kSpaces;
      } else if (next == 's' || (next == 'S' && !in_class)) {
        out += (next == 's' ? "[" : "[^") + std::string(kSpaces) + "]";
      } else {
        out += c;
        if (next != '\0') {
          out += next;
        }
      }
      continue;
    }
    out += c;
    if (!in_class && c == '[') {
      in_class = true;
      // "]" right after the opening stands for itself.
      if (next == '^') {
        out += pattern[++i];
      }
      if (i + 1 < pattern.size() && pattern[i + 1] == ']') {
        out += pattern[++i];
      }
    } else if (in_class && c == ']') {
      in_class = false;
    }
  }
  return out;
}

struct CodeDelete {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
using Code = std::unique_ptr<pcre2_code, CodeDelete>;

std::string pcre2_message(int number) {
  PCRE2_UCHAR text[256];
  pcre2_get_error_message(number, text, sizeof text);
  return reinterpret_cast<const char*>(text);
}

Result<Code> compile(const std::string& original, std::string_view where) {
  const std::string pattern = with_unicode_spaces(original);
  int error = 0;
  PCRE2_SIZE offset = 0;
  // \C could cut a character in two.
  Code code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                          PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error, &offset,
                          nullptr));
  if (!code) {
    return Error{std::string(where) + ": pattern",
                 "is no regular expression that can be used here: " + pcre2_message(error)};
  }
  // Without executable memory the interpreter does the same, slower.
  pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);
  return code;
}

}  // namespace

struct PreTokenizer::Stage {
  SplitStage::Kind kind;
  Code code;
};

class PreTokenizer::Scratch {
 public:
  Scratch() : context_(pcre2_match_context_create(nullptr)) {
    stack_ = pcre2_jit_stack_create(kJitStackStart, kJitStackLimit, nullptr);
    pcre2_jit_stack_assign(context_, nullptr, stack_);
  }
  ~Scratch() {
    for (pcre2_match_data* data : data_) {
      pcre2_match_data_free(data);
    }
    pcre2_match_context_free(context_);
    pcre2_jit_stack_free(stack_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  void add(const pcre2_code* code) {
    data_.push_back(code == nullptr ? nullptr
                                    : pcre2_match_data_create_from_pattern(code, nullptr));
  }
  pcre2_match_data* data(std::size_t stage) { return data_[stage]; }
  pcre2_match_context* context() { return context_; }

 private:
  pcre2_match_context* context_;
  pcre2_jit_stack* stack_ = nullptr;
  std::vector<pcre2_match_data*> data_;
};

void PreTokenizer::ScratchDelete::operator()(Scratch* scratch) const { delete scratch; }

PreTokenizer::PreTokenizer(std::vector<Stage> stages) : stages_(std::move(stages)) {}
PreTokenizer::~PreTokenizer() = default;
PreTokenizer::PreTokenizer(PreTokenizer&&) noexcept = default;
PreTokenizer& PreTokenizer::operator=(PreTokenizer&&) noexcept = default;

Result<PreTokenizer> PreTokenizer::make(std::vector<SplitStage> stages, std::string_view where) {
  std::vector<Stage> made;
  for (SplitStage& stage : stages) {
    Code code;
    if (stage.kind != SplitStage::Kind::kAddPrefix) {
      KVFOOT_ASSIGN(code, compile(stage.pattern, where));
    }
    made.push_back({stage.kind, std::move(code)});
  }
  return PreTokenizer(std::move(made));
}

std::unique_ptr<PreTokenizer::Scratch, PreTokenizer::ScratchDelete> PreTokenizer::scratch() const {
  std::unique_ptr<Scratch, ScratchDelete> scratch(new Scratch);
  for (const Stage& stage : stages_) {
    scratch->add(stage.code.get());
  }
  return scratch;
}

Status PreTokenizer::split(std::string_view text, Scratch& scratch, const Sink& sink) const {
  if (text.empty()) {
    return {};
  }
  const std::size_t limit = std::min<std::size_t>(kMatchSteps + kMatchStepsPerByte * text.size(),
                                                  std::numeric_limits<std::uint32_t>::max());
  pcre2_set_match_limit(scratch.context(), static_cast<std::uint32_t>(limit));
  return run(0, text, scratch, sink);
}

Status PreTokenizer::run(std::size_t stage, std::string_view text, Scratch& scratch,
                         const Sink& sink) const {
  if (stage == stages_.size()) {
    return sink(text);
  }
  const Stage& current = stages_[stage];
  if (current.kind == SplitStage::Kind::kAddPrefix) {
    if (text.front() == ' ') {
      return run(stage + 1, text, scratch, sink);
    }
    return run(stage + 1, " " + std::string(text), scratch, sink);
  }
  pcre2_match_data* data = scratch.data(stage);
  std::size_t done = 0;    // everything before it has been handed on
  std::size_t search = 0;  // where the next match may begin
  while (search < text.size()) {
    const int found = pcre2_match(current.code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()),
                                  text.size(), search, PCRE2_NO_UTF_CHECK, data, scratch.context());
    if (found == PCRE2_ERROR_NOMATCH) {
      break;
    }
    if (found < 0) {
      return Error{"tokenizer", "the split pattern failed: " + pcre2_message(found),
                   "its expression may need unbounded backtracking on this text"};
    }
    const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(data);
    const std::size_t begin = offsets[0];
    const std::size_t end = offsets[1];
    if (end <= begin || begin < done) {  // an empty match cuts nothing
      search = std::max(search, end);
      if (search < text.size()) {
        search += utf8_step(text.substr(search)).length;
      }
      continue;
    }
    if (begin > done && current.kind == SplitStage::Kind::kIsolated) {
      KVFOOT_TRY(run(stage + 1, text.substr(done, begin - done), scratch, sink));
    }
    KVFOOT_TRY(run(stage + 1, text.substr(begin, end - begin), scratch, sink));
    done = end;
    search = end;
  }
  if (done < text.size() && current.kind == SplitStage::Kind::kIsolated) {
    return run(stage + 1, text.substr(done), scratch, sink);
  }
  return {};
}

}  // namespace kvfoot::model
