// A sweep over processes that share nothing but messages, the ranks of an MPI job for example.
// Rank 0 keeps the journal, hands out batches and runs some itself; the others run what they get.
// What a rank has finished travels as the journal's own text, so the bytes of the results do not
// depend on who computed them.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/run/sweep.hpp"
#include "sim/scenario/scenario.hpp"

namespace kvfoot {

// Only the thread that made it calls it. A broken connection ends the process.
class Messenger {
 public:
  struct Message {
    int from = 0;
    std::string text;
  };
  virtual ~Messenger() = default;
  [[nodiscard]] virtual int rank() const = 0;
  [[nodiscard]] virtual int size() const = 0;
  [[nodiscard]] virtual std::string host() const = 0;
  virtual void send(int to, const std::string& text) = 0;
  // The next one, those of one sender in order; does not wait.
  [[nodiscard]] virtual std::optional<Message> receive() = 0;
};

// Rank 0's hold on the others. They are dismissed when it goes, whatever has happened before.
class SweepRanks {
 public:
  explicit SweepRanks(Messenger& messenger);
  ~SweepRanks();
  SweepRanks(const SweepRanks&) = delete;
  SweepRanks& operator=(const SweepRanks&) = delete;

  // Waits until every rank has said what it sweeps and with how many threads. An error when one
  // cannot begin or would sweep something else. kInterrupted when `cancel` was set. The team refers
  // to this object and works once.
  [[nodiscard]] Result<SweepTeam> gather(const Scenario& scenario, const SweepOptions& options,
                                         const std::atomic<bool>& cancel);

 private:
  struct Rank {
    std::string host;
    std::string identity;
    std::int64_t slots = 0;  // 0: it has not said hello
    std::int64_t busy = 0;   // batches that it has
    bool left = false;       // it will send nothing more
  };
  [[nodiscard]] std::string name(std::size_t rank) const;
  [[nodiscard]] Status compare(const std::string& identity) const;
  void work(SweepQueue& queue);
  bool hand_out(SweepQueue& queue);  // false: there is nothing left to hand out
  bool take(SweepQueue* queue);      // false: there is no message
  void take_outcome(Rank& rank, std::string_view text, SweepQueue* queue);
  void dismiss(SweepQueue* queue);

  Messenger& messenger_;
  std::vector<Rank> ranks_;  // [0], this process, is not used
  std::int64_t points_ = 0;
  std::optional<Error> declined_;
  bool dismissed_ = false;
};

// Any other rank: runs what rank 0 hands out on `options.jobs` threads, until it is dismissed. The
// runner must heed `cancel`, which is set when the sweep or `options.cancel` ends what it does. A
// rank without memory for messages ends its process: a rank that left in silence would be waited
// for.
void serve_sweep(Messenger& messenger, const Scenario& scenario, const SweepRunner& runner,
                 const SweepOptions& options, std::atomic<bool>& cancel) noexcept;
// The same for one that cannot begin: rank 0 ends the sweep with this error.
void decline_sweep(Messenger& messenger, const Error& error) noexcept;

}  // namespace kvfoot
