// What the subcommands share. Only cli/ prints and exits.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/core/result.hpp"

namespace kvfoot::cli {

class Command;

// Exit codes (docs/cli.md).
constexpr int kDone = 0;
constexpr int kCheckFailed = 1;

// Text that a file or a person gave, made fit for a terminal: control characters (escape sequences
// begin with one), marks that turn the direction of writing, and bytes that are not UTF-8 become
// \n, \t or \xHH.
[[nodiscard]] std::string printable(std::string_view text);

// Prints "error: WHERE: WHAT; HINT", printable, and returns the exit code of the error's kind.
[[nodiscard]] int fail(const Error& error);
void warn(std::string_view code, std::string_view text);

// Set by the first Ctrl-C; a second one ends the program at once.
[[nodiscard]] const std::atomic<bool>& interrupted();
void install_interrupt_handler();

// How far a command is, how quickly it goes and how long it will take, on stderr.
class ProgressLine {
 public:
  // What happens when stderr is not a terminal, where a line can rewrite itself: nothing, or a
  // line now and then.
  enum class Elsewhere : std::uint8_t { kSilent, kLines };
  explicit ProgressLine(std::string label, Elsewhere elsewhere = Elsewhere::kSilent);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // What the first call finds done is not this process's work and does not count for the rate.
  void update(std::int64_t done, std::int64_t total);
  void clear();

 private:
  std::string label_;
  bool terminal_;
  bool lines_;
  bool drawn_ = false;
  std::int64_t start_ns_;
  std::int64_t last_ns_ = 0;
  std::int64_t done_before_ = -1;
};

// Each adds one subcommand to the program; the exit code of the one that ran lands in `exit_code`.
void add_calibrate(Command& root, int& exit_code);
void add_compare(Command& root, int& exit_code);
void add_devices(Command& root, int& exit_code);
void add_fit(Command& root, int& exit_code);
void add_generate(Command& root, int& exit_code);
void add_gui(Command& root, int& exit_code);
void add_inspect(Command& root, int& exit_code);
void add_make_model(Command& root, int& exit_code);
void add_make_trace(Command& root, int& exit_code);
void add_merge(Command& root, int& exit_code);
void add_plot(Command& root, int& exit_code);
void add_policies(Command& root, int& exit_code);
void add_record(Command& root, int& exit_code);
void add_replay(Command& root, int& exit_code);
void add_report(Command& root, int& exit_code);
void add_sweep(Command& root, int& exit_code);
void add_validate(Command& root, int& exit_code);

}  // namespace kvfoot::cli
