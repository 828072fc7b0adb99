// Messages are a line "VERB ARGUMENTS" and what follows it:
//   rank -> 0   hello SLOTS HOST, then the lines of its identity; outcome, then records; error,
//   then
//               one error; bye
//   0 -> rank   batch, then indices of points; stop
// A rank that was stopped still sends what it has finished, and then bye.
#include "sim/run/sweep_ranks.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "sim/core/text.hpp"
#include "sim/core/threads.hpp"

namespace kvfoot {
namespace {

// Waiting for messages by looking: libraries behind messengers wait with all of a core, which the
// runs need.
class Patience {
 public:
  void reset() { wait_ = kShortest; }
  [[nodiscard]] std::chrono::microseconds next() {
    return std::exchange(wait_, std::min(2 * wait_, kLongest));
  }

 private:
  static constexpr std::chrono::microseconds kShortest{50};
  static constexpr std::chrono::microseconds kLongest{1000};
  std::chrono::microseconds wait_ = kShortest;
};

// The text up to `end`, which goes too.
std::string_view cut(std::string_view& text, char end) {
  const std::string_view piece = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), piece.size() + 1));
  return piece;
}

// What all ranks must have in common, one line each.
std::string identity_of(const Scenario& scenario, const SweepOptions& options) {
  return "program " + options.provenance.program + "\nscenario " + scenario.hash + "\ntraces " +
         options.inputs_hash + "\nshard " + std::to_string(options.shard.index) + "/" +
         std::to_string(options.shard.count) + "\n";
}

// Batches that came in and texts that go out, between the thread that sends and those that run.
class Desk {
 public:
  void add(SweepBatch batch) {
    const std::lock_guard lock(mutex_);
    batches_.push_back(std::move(batch));
    came_.notify_one();
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    batches_.clear();
    came_.notify_all();
  }
  // Waits for a batch; nothing when closed.
  [[nodiscard]] std::optional<SweepBatch> take() {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [this] { return closed_ || !batches_.empty(); });
    if (batches_.empty()) {
      return std::nullopt;
    }
    SweepBatch batch = std::move(batches_.front());
    batches_.pop_front();
    return batch;
  }
  void put(std::string text) {
    const std::lock_guard lock(mutex_);
    texts_.push_back(std::move(text));
    done_.notify_one();
  }
  [[nodiscard]] std::vector<std::string> texts(std::chrono::microseconds wait) {
    std::unique_lock lock(mutex_);
    done_.wait_for(lock, wait, [this] { return !texts_.empty(); });
    return std::exchange(texts_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::condition_variable done_;
  std::deque<SweepBatch> batches_;
  std::vector<std::string> texts_;
  bool closed_ = false;
};

SweepBatch batch_from(std::string_view text) {
  SweepBatch batch;
  while (!text.empty()) {
    const auto index = parse_int(cut(text, ' '));
    KVFOOT_CHECK(index.has_value(), "a batch is a list of numbers");
    batch.push_back(*index);
  }
  return batch;
}

void wait_for_stop(Messenger& messenger) {
  Patience patience;
  while (true) {
    const auto message = messenger.receive();
    if (message && message->text == "stop") {
      return;
    }
    std::this_thread::sleep_for(patience.next());
  }
}

}  // namespace

SweepRanks::SweepRanks(Messenger& messenger)
    : messenger_(messenger), ranks_(static_cast<std::size_t>(messenger.size())) {}

SweepRanks::~SweepRanks() { dismiss(nullptr); }

std::string SweepRanks::name(std::size_t rank) const {
  const std::string& host = ranks_[rank].host;
  return "rank " + std::to_string(rank) + (host.empty() ? "" : " on " + host);
}

Status SweepRanks::compare(const std::string& identity) const {
  for (std::size_t rank = 1; rank < ranks_.size(); ++rank) {
    std::string_view ours = identity;
    std::string_view theirs = ranks_[rank].identity;
    while (!ours.empty()) {
      const std::string_view our = cut(ours, '\n');
      const std::string_view their = cut(theirs, '\n');
      if (our != their) {
        return Error{name(rank),
                     "would sweep something else: it has '" + std::string(their) +
                         "', rank 0 has '" + std::string(our) + "'",
                     "all machines need the same program, scenario, traces and arguments"};
      }
    }
  }
  return {};
}

Result<SweepTeam> SweepRanks::gather(const Scenario& scenario, const SweepOptions& options,
                                     const std::atomic<bool>& cancel) {
  points_ = static_cast<std::int64_t>(scenario.points.size());
  Patience patience;
  const auto waiting = [this] {
    return std::any_of(ranks_.begin() + 1, ranks_.end(),
                       [](const Rank& rank) { return rank.slots == 0; });
  };
  while (!declined_ && waiting()) {
    if (cancel) {
      return Error{scenario.file.string(), "interrupted before anything ran", "",
                   ErrorKind::kInterrupted};
    }
    if (!take(nullptr)) {
      std::this_thread::sleep_for(patience.next());
    }
  }
  if (declined_) {
    return *declined_;
  }
  KVFOOT_TRY(compare(identity_of(scenario, options)));
  SweepTeam team;
  for (std::size_t rank = 1; rank < ranks_.size(); ++rank) {
    team.slots += ranks_[rank].slots;
  }
  team.work = [this](SweepQueue& queue) { work(queue); };
  return team;
}

void SweepRanks::work(SweepQueue& queue) {
  Patience patience;
  while (!queue.stopped()) {
    const bool more = hand_out(queue);
    if (take(&queue)) {
      patience.reset();
      continue;
    }
    const bool busy = std::any_of(ranks_.begin() + 1, ranks_.end(),
                                  [](const Rank& rank) { return rank.busy > 0; });
    if (!more && !busy) {
      break;
    }
    std::this_thread::sleep_for(patience.next());
  }
  dismiss(&queue);
}

bool SweepRanks::hand_out(SweepQueue& queue) {
  for (std::size_t rank = 1; rank < ranks_.size(); ++rank) {
    while (ranks_[rank].busy < ranks_[rank].slots) {
      const auto batch = queue.next();
      if (!batch) {
        return false;
      }
      std::string text = "batch\n";
      for (const std::int64_t point : *batch) {
        text += std::to_string(point) + " ";
      }
      messenger_.send(static_cast<int>(rank), text);
      ++ranks_[rank].busy;
    }
  }
  return ranks_.size() > 1;
}

void SweepRanks::take_outcome(Rank& rank, std::string_view text, SweepQueue* queue) {
  --rank.busy;
  if (queue == nullptr) {
    return;
  }
  const std::string from = name(static_cast<std::size_t>(&rank - ranks_.data()));
  auto outcome = batch_outcome_from_text(text, from, points_);
  if (!outcome) {
    Error error = std::move(outcome).error();
    error.kind = ErrorKind::kEnvironment;
    queue->finish({{}, std::move(error)});
    return;
  }
  if (outcome->fatal) {
    outcome->fatal->where = from + ": " + outcome->fatal->where;
  }
  queue->finish(*std::move(outcome));
}

bool SweepRanks::take(SweepQueue* queue) {
  const auto message = messenger_.receive();
  if (!message) {
    return false;
  }
  const auto number = static_cast<std::size_t>(message->from);
  Rank& rank = ranks_[number];
  std::string_view body = message->text;
  std::string_view head = cut(body, '\n');
  const std::string_view verb = cut(head, ' ');
  if (verb == "hello") {
    rank.slots = std::max<std::int64_t>(1, parse_int(cut(head, ' ')).value_or(1));
    rank.host = head;
    rank.identity = body;
  } else if (verb == "outcome") {
    take_outcome(rank, body, queue);
  } else if (verb == "error") {
    rank.host = head.empty() ? rank.host : std::string(head);
    Error error = error_from_text(body, name(number));
    error.where = name(number) + (error.where.empty() ? "" : ": " + error.where);
    if (queue != nullptr) {
      queue->finish({{}, std::move(error)});
    } else if (!declined_) {
      declined_ = std::move(error);
    }
  } else if (verb == "bye") {
    rank.left = true;
  }
  return true;
}

void SweepRanks::dismiss(SweepQueue* queue) {
  if (std::exchange(dismissed_, true)) {
    return;
  }
  for (std::size_t rank = 1; rank < ranks_.size(); ++rank) {
    messenger_.send(static_cast<int>(rank), "stop");
  }
  Patience patience;
  while (
      !std::all_of(ranks_.begin() + 1, ranks_.end(), [](const Rank& rank) { return rank.left; })) {
    if (!take(queue)) {
      std::this_thread::sleep_for(patience.next());
    }
  }
}

void serve_sweep(Messenger& messenger, const Scenario& scenario, const SweepRunner& runner,
                 const SweepOptions& options, std::atomic<bool>& cancel) noexcept {
  const std::int64_t jobs = sweep_jobs(options);
  messenger.send(0, "hello " + std::to_string(jobs) + " " + messenger.host() + "\n" +
                        identity_of(scenario, options));
  Desk desk;
  const auto run = [&](const SweepBatch& batch) {
    auto error =
        memory_error([&] { desk.put("outcome\n" + to_text(run_batch(scenario, runner, batch))); });
    if (error) {
      desk.put("outcome\n" + to_text(BatchOutcome{{}, std::move(error)}));
    }
  };
  const auto worker = [&]() noexcept {
    while (const auto batch = desk.take()) {
      run(*batch);
    }
  };
  {
    const auto threads = start_threads(jobs, worker);
    Patience patience;
    bool told = false;
    for (bool stopped = false; !stopped;) {
      for (const std::string& text : desk.texts(patience.next())) {
        messenger.send(0, text);
        patience.reset();
      }
      if (options.cancel != nullptr && *options.cancel && !std::exchange(told, true)) {
        cancel = true;
        messenger.send(0,
                       "error\n" + to_text(Error{"", "interrupted", "", ErrorKind::kInterrupted}));
      }
      while (const auto message = messenger.receive()) {
        patience.reset();
        std::string_view body = message->text;
        if (cut(body, '\n') == "stop") {
          stopped = true;
          break;
        }
        if (threads.empty()) {
          run(batch_from(body));
        } else {
          desk.add(batch_from(body));
        }
      }
    }
    cancel = true;
    desk.close();
  }
  for (const std::string& text : desk.texts({})) {
    messenger.send(0, text);
  }
  messenger.send(0, "bye");
}

void decline_sweep(Messenger& messenger, const Error& error) noexcept {
  messenger.send(0, "error " + messenger.host() + "\n" + to_text(error));
  wait_for_stop(messenger);
  messenger.send(0, "bye");
}

}  // namespace kvfoot
