// Errors, interrupts and progress on the terminal.
#include "cli/command.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "executor/model/utf8.hpp"

namespace kvfoot::cli {
namespace {

std::atomic<bool> interrupt_flag{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");

void on_interrupt(int /*signal*/) {
  if (interrupt_flag.exchange(true)) {
    _exit(static_cast<int>(ErrorKind::kInterrupted));
  }
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// A well-formed character that a terminal obeys instead of showing it: C0 and C1 controls, DEL, and
// the embeddings, overrides and isolates of the bidirectional algorithm (U+202A to 202E, 2066 to
// 2069).
bool commands_a_terminal(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) {
    return byte(0) < 0x20 || byte(0) == 0x7f;
  }
  if (character.size() == 2) {
    return byte(0) == 0xc2 && byte(1) < 0xa0;
  }
  return character.size() == 3 && byte(0) == 0xe2 &&
         ((byte(1) == 0x80 && byte(2) >= 0xaa && byte(2) <= 0xae) ||
          (byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9));
}

}  // namespace

std::string printable(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  while (!text.empty()) {
    const model::Utf8Step step = model::utf8_step(text);
    const std::string_view piece = text.substr(0, step.length);
    text.remove_prefix(step.length);
    if (step.valid && !commands_a_terminal(piece)) {
      out += piece;
    } else if (piece == "\n") {
      out += "\\n";
    } else if (piece == "\t") {
      out += "\\t";
    } else {
      for (const char c : piece) {
        const auto byte = static_cast<unsigned char>(c);
        out += {'\\', 'x', kHex[byte >> 4U], kHex[byte & 15U]};
      }
    }
  }
  return out;
}

int fail(const Error& error) {
  std::fprintf(stderr, "error: %s\n", printable(error.message()).c_str());
  return static_cast<int>(error.kind);
}

void warn(std::string_view code, std::string_view text) {
  std::fprintf(stderr, "warning: %s: %s\n", printable(code).c_str(), printable(text).c_str());
}

const std::atomic<bool>& interrupted() { return interrupt_flag; }

void install_interrupt_handler() {
  struct sigaction action{};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

ProgressLine::ProgressLine(std::string label, Elsewhere elsewhere)
    : label_(std::move(label)),
      terminal_(isatty(STDERR_FILENO) == 1),
      lines_(!terminal_ && elsewhere == Elsewhere::kLines),
      start_ns_(now_ns()) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::update(std::int64_t done, std::int64_t total) {
  constexpr std::int64_t kRedrawNs = 100'000'000;
  constexpr std::int64_t kLineNs = 5'000'000'000;
  const std::int64_t now = now_ns();
  if (done_before_ < 0) {
    done_before_ = done;
    start_ns_ = last_ns_ = now;
    last_ns_ -= terminal_ ? kRedrawNs : 0;
  }
  const bool soon = now - last_ns_ < (lines_ ? kLineNs : kRedrawNs);
  if (!(terminal_ || lines_) || total <= 0 || (soon && (lines_ || done < total))) {
    return;
  }
  last_ns_ = now;
  const double seconds = static_cast<double>(now - start_ns_) * 1e-9;
  const double rate = seconds > 0 ? static_cast<double>(done - done_before_) / seconds : 0;
  std::string speed;
  if (rate > 0) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "  %.*f/s  %.0f s left", rate < 10 ? 2 : 0, rate,
                  static_cast<double>(total - done) / rate);
    speed = text.data();
  }
  if (lines_) {
    std::fprintf(stderr, "%s %lld/%lld%s\n", label_.c_str(), static_cast<long long>(done),
                 static_cast<long long>(total), speed.c_str());
    return;
  }
  constexpr int kWidth = 28;
  const double share = static_cast<double>(done) / static_cast<double>(total);
  const int filled = std::clamp(static_cast<int>(share * kWidth), 0, kWidth);
  std::fprintf(stderr, "\r%s [%.*s%.*s] %lld/%lld%s\033[K", label_.c_str(), filled,
               "############################", kWidth - filled, "............................",
               static_cast<long long>(done), static_cast<long long>(total), speed.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressLine::clear() {
  if (drawn_) {
    std::fprintf(stderr, "\r\033[K");
    std::fflush(stderr);
    drawn_ = false;
  }
}

}  // namespace kvfoot::cli
