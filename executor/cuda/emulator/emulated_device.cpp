// Streams as queues of closures that run when somebody waits, memory as exact blocks of the heap.
#include "executor/cuda/emulator/emulated_device.hpp"

#include <chrono>
#include <cstring>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "executor/cuda/emulator/gemm.hpp"
#include "executor/cuda/emulator/grid.hpp"
#include "executor/cuda/emulator/launch.hpp"
#include "executor/cuda/emulator/memory_blocks.hpp"
#include "executor/model/weight_type.hpp"
#include "sim/core/check.hpp"

namespace kvfoot::cuda {
namespace {

class EmulatedDevice;

using Work = std::function<void()>;

struct EmulatedStream;

struct EmulatedEvent {
  std::int64_t recorded = 0;  // how often record() was called
  std::int64_t reached = 0;   // and how many of those the stream has come past
  EmulatedStream* stream = nullptr;
  std::chrono::steady_clock::time_point time;
};

struct EmulatedGraph {
  // Shared with its pending launches: a graph may be destroyed behind its last launch.
  std::shared_ptr<std::vector<Work>> work = std::make_shared<std::vector<Work>>();
};

struct EmulatedStream {
  EmulatedDevice* device = nullptr;
  std::deque<Work> queue;
  std::unique_ptr<EmulatedGraph> capture;
};

EmulatedStream& emulated(Stream stream) {
  KVFOOT_CHECK(stream != nullptr, "a null stream");
  return *reinterpret_cast<EmulatedStream*>(stream);
}
EmulatedEvent& emulated(Event event) {
  KVFOOT_CHECK(event != nullptr, "a null event");
  return *reinterpret_cast<EmulatedEvent*>(event);
}
EmulatedGraph& emulated(Graph graph) {
  KVFOOT_CHECK(graph != nullptr, "a null graph");
  return *reinterpret_cast<EmulatedGraph*>(graph);
}

void copy_bytes(void* to, const void* from, std::size_t bytes) {
  if (bytes > 0) {  // else the pointers may be null
    std::memcpy(to, from, bytes);
  }
}

class EmulatedDevice final : public Device {
 public:
  explicit EmulatedDevice(const EmulatedOptions& options) : options_(options) {
    info_.name = "emulated on the CPU";
    info_.compute_major = 9;
    info_.multiprocessors = options.multiprocessors;
    info_.memory_bytes = options.memory_bytes;
    info_.l2_bytes = std::int64_t{50} << 20;
    info_.shared_bytes_per_block = emulator::kMaxSharedBytes;
    info_.driver = "none";
    info_.emulated = true;
    compute_.device = this;
    copy_.device = this;
  }
  ~EmulatedDevice() override {
    run_all();
    KVFOOT_CHECK(memory_.empty(), "device memory was not given back");
    KVFOOT_CHECK(host_memory_.empty(), "page-locked memory was not given back");
    KVFOOT_CHECK(events_.empty(), "an event was not given back");
    KVFOOT_CHECK(graphs_.empty(), "a graph was not given back");
    KVFOOT_CHECK(!compute_.capture && !copy_.capture, "a capture was not ended");
  }
  EmulatedDevice(const EmulatedDevice&) = delete;
  EmulatedDevice& operator=(const EmulatedDevice&) = delete;

  const DeviceInfo& info() const override { return info_; }
  DeviceMemory memory() const override {
    const std::lock_guard lock(mutex_);
    return {options_.memory_bytes - memory_.used(), options_.memory_bytes};
  }

  void* allocate(std::size_t bytes) override {
    const std::lock_guard lock(mutex_);
    tell("allocate");
    check_no_capture();
    if (broken_ || bytes > static_cast<std::size_t>(options_.memory_bytes - memory_.used())) {
      return nullptr;
    }
    return memory_.take(bytes);
  }
  void release(void* memory) override {
    const std::lock_guard lock(mutex_);
    if (memory == nullptr) {
      return;
    }
    check_no_capture();
    run_all();
    memory_.give_back(memory);
  }
  void* allocate_host(std::size_t bytes) override {
    const std::lock_guard lock(mutex_);
    tell("allocate host");
    check_no_capture();
    if (broken_ || bytes > static_cast<std::size_t>(options_.host_bytes - host_memory_.used())) {
      return nullptr;
    }
    return host_memory_.take(bytes);
  }
  void release_host(void* memory) override {
    const std::lock_guard lock(mutex_);
    if (memory == nullptr) {
      return;
    }
    check_no_capture();
    run_all();
    host_memory_.give_back(memory);
  }

  Stream compute_stream() override { return reinterpret_cast<Stream>(&compute_); }
  Stream copy_stream() override { return reinterpret_cast<Stream>(&copy_); }

  void copy_in(void* device, const void* host, std::size_t bytes, Stream stream) override {
    const std::lock_guard lock(mutex_);
    tell("copy in");
    check_device(device, bytes);
    check_host(host, bytes, stream);
    enqueue(stream, [=] { copy_bytes(device, host, bytes); });
  }
  void copy_out(void* host, const void* device, std::size_t bytes, Stream stream) override {
    const std::lock_guard lock(mutex_);
    tell("copy out");
    check_device(device, bytes);
    check_host(host, bytes, stream);
    enqueue(stream, [=] { copy_bytes(host, device, bytes); });
  }
  void copy(void* to, const void* from, std::size_t bytes, Stream stream) override {
    const std::lock_guard lock(mutex_);
    tell("copy");
    check_device(to, bytes);
    check_device(from, bytes);
    const auto* a = static_cast<const std::byte*>(to);
    const auto* b = static_cast<const std::byte*>(from);
    KVFOOT_CHECK(a + bytes <= b || b + bytes <= a, "a copy onto itself");
    enqueue(stream, [=] { copy_bytes(to, from, bytes); });
  }
  void fill(void* device, int byte, std::size_t bytes, Stream stream) override {
    const std::lock_guard lock(mutex_);
    tell("fill");
    check_device(device, bytes);
    enqueue(stream, [=] {
      if (bytes > 0) {
        std::memset(device, byte, bytes);
      }
    });
  }
  void gemm(const Gemm& product, Stream stream) override {
    const std::lock_guard lock(mutex_);
    tell("gemm");
    check_gemm(product);
    enqueue(stream, [product] { emulator::run_gemm(product); });
  }
  void kernel(const char* name, emulator::Size3 grid, emulator::Size3 block, std::size_t shared,
              Work body, Stream stream) {
    const std::lock_guard lock(mutex_);
    tell("kernel " + std::string{name});
    const emulator::GridLaunch launch{name, grid, block, shared};
    if (const char* refused = emulator::launch_refused(launch)) {
      note_error({"kernel " + std::string{name}, std::string{"launch refused: "} + refused, "",
                  ErrorKind::kEnvironment});
      return;
    }
    emulator::Schedule schedule = options_.schedule;
    schedule.seed += static_cast<std::uint64_t>(launches_++) * 0x9e3779b97f4a7c15U;
    enqueue(stream, [launch, schedule, body = std::move(body)] {
      emulator::run_grid(launch, body, schedule);
    });
  }

  Status synchronize(Stream stream) override {
    const std::lock_guard lock(mutex_);
    tell("synchronize stream");
    EmulatedStream& s = emulated(stream);
    KVFOOT_CHECK(!s.capture, "waiting for a stream that is being captured");
    run(s);
    return take_error();
  }

  Event make_event() override {
    const std::lock_guard lock(mutex_);
    auto* event = new EmulatedEvent;
    events_.insert(event);
    return reinterpret_cast<Event>(event);
  }
  void destroy(Event event) override {
    const std::lock_guard lock(mutex_);
    EmulatedEvent* e = event == nullptr ? nullptr : &emulated(event);
    if (e == nullptr) {
      return;
    }
    run_all();  // what is queued may refer to it
    KVFOOT_CHECK(events_.erase(e) == 1, "an event that this device did not make");
    delete e;
  }
  void record(Event event, Stream stream) override {
    const std::lock_guard lock(mutex_);
    tell("record");
    EmulatedStream& s = emulated(stream);
    KVFOOT_CHECK(!s.capture, "recording an event in a stream that is being captured");
    EmulatedEvent& e = emulated(event);
    e.stream = &s;
    const std::int64_t turn = ++e.recorded;
    s.queue.emplace_back([&e, turn] {
      e.reached = turn;
      e.time = std::chrono::steady_clock::now();
    });
  }
  void wait(Event event, Stream stream) override {
    const std::lock_guard lock(mutex_);
    tell("wait");
    EmulatedStream& s = emulated(stream);
    KVFOOT_CHECK(!s.capture, "waiting for an event in a stream that is being captured");
    EmulatedEvent& e = emulated(event);
    s.queue.emplace_back([this, &e, of = e.stream, turn = e.recorded] { run_until(of, e, turn); });
  }
  Status synchronize(Event event) override {
    const std::lock_guard lock(mutex_);
    tell("synchronize event");
    EmulatedEvent& e = emulated(event);
    run_until(e.stream, e, e.recorded);
    return take_error();
  }
  Result<std::int64_t> elapsed_ns(Event begin, Event end) override {
    const std::lock_guard lock(mutex_);
    const EmulatedEvent& b = emulated(begin);
    const EmulatedEvent& e = emulated(end);
    if (b.recorded == 0 || e.recorded == 0 || b.reached < b.recorded || e.reached < e.recorded) {
      return Error{"emulated device", "the time between events that were not reached", "",
                   ErrorKind::kEnvironment};
    }
    return std::chrono::duration_cast<std::chrono::nanoseconds>(e.time - b.time).count();
  }

  Status begin_capture(Stream stream) override {
    const std::lock_guard lock(mutex_);
    tell("capture");
    EmulatedStream& s = emulated(stream);
    KVFOOT_CHECK(!s.capture, "two captures at once");
    if (broken_) {
      return take_error();
    }
    s.capture = std::make_unique<EmulatedGraph>();
    return {};
  }
  Result<Graph> end_capture(Stream stream) override {
    const std::lock_guard lock(mutex_);
    EmulatedStream& s = emulated(stream);
    KVFOOT_CHECK(s.capture != nullptr, "no capture to end");
    std::unique_ptr<EmulatedGraph> graph = std::move(s.capture);
    // A refused launch spoils the capture.
    if (Status status = take_error(); !status) {
      return std::move(status).error();
    }
    graphs_.insert(graph.get());
    return reinterpret_cast<Graph>(graph.release());
  }
  void launch(Graph graph, Stream stream) override {
    const std::lock_guard lock(mutex_);
    tell("launch graph");
    const EmulatedGraph& g = emulated(graph);
    KVFOOT_CHECK(graphs_.contains(const_cast<EmulatedGraph*>(&g)), "a graph of somebody else");
    KVFOOT_CHECK(!emulated(stream).capture, "launching a graph while capturing");
    emulated(stream).queue.emplace_back([this, work = g.work] {
      for (const Work& step : *work) {
        perform(step);
      }
    });
  }
  void destroy(Graph graph) override {
    const std::lock_guard lock(mutex_);
    if (graph == nullptr) {
      return;
    }
    EmulatedGraph* g = &emulated(graph);
    KVFOOT_CHECK(graphs_.erase(g) == 1, "a graph that this device did not make");
    delete g;
  }

 private:
  void tell(const std::string& call) const {
    if (options_.on_call) {
      options_.on_call(call);
    }
  }
  void enqueue(Stream stream, Work work) {
    EmulatedStream& s = emulated(stream);
    KVFOOT_CHECK(s.device == this, "the stream of another device");
    if (s.capture) {
      s.capture->work->push_back(std::move(work));
      return;
    }
    s.queue.emplace_back([this, work = std::move(work)] { perform(work); });
  }
  void perform(const Work& work) {
    if (broken_) {
      return;
    }
    if (options_.fail_after >= 0 && performed_ >= options_.fail_after) {
      broken_ = true;
      note_error(fault());
      return;
    }
    ++performed_;
    work();
  }
  void run(EmulatedStream& stream) {
    while (!stream.queue.empty()) {
      step(stream);
    }
  }
  void step(EmulatedStream& stream) {
    const Work work = std::move(stream.queue.front());
    stream.queue.pop_front();
    work();
  }
  void run_until(EmulatedStream* stream, const EmulatedEvent& event, std::int64_t turn) {
    while (event.reached < turn) {
      KVFOOT_CHECK(!stream->queue.empty(), "streams that wait for each other");
      step(*stream);
    }
  }
  void run_all() {
    run(compute_);
    run(copy_);
  }

  static Error fault() {
    return {"emulated device", "a fault was injected", "", ErrorKind::kEnvironment};
  }
  void note_error(Error error) {
    if (!error_) {
      error_ = std::move(error);
    }
  }
  Status take_error() {
    if (broken_) {
      return fault();
    }
    if (error_) {
      return *std::exchange(error_, std::nullopt);
    }
    return {};
  }

  void check_no_capture() const {
    KVFOOT_CHECK(!compute_.capture && !copy_.capture, "taking or giving memory while capturing");
  }
  void check_device(const void* memory, std::size_t bytes) const {
    KVFOOT_CHECK(bytes == 0 || memory_.holds(memory, bytes), "not inside one block of the device");
  }
  void check_host(const void* memory, std::size_t bytes, Stream stream) const {
    KVFOOT_CHECK(bytes == 0 || !emulated(stream).capture || host_memory_.holds(memory, bytes),
                 "capturing a copy from or to pageable memory");
    KVFOOT_CHECK(bytes == 0 || !memory_.holds(memory, 1), "device memory where the host's belongs");
  }
  void check_gemm(const Gemm& p) const {
    KVFOOT_CHECK(p.m >= 0 && p.n >= 0 && p.k >= 0);
    KVFOOT_CHECK(p.ldx == 0 || p.ldx >= p.k);
    KVFOOT_CHECK(p.ldy == 0 || p.ldy >= p.n);
    KVFOOT_CHECK(p.y_type == DType::kF32 || (p.y_type == p.type && !p.accumulate));
    if (p.m == 0 || p.n == 0) {
      return;
    }
    const auto extent = [](std::int64_t rows, std::int64_t stride, std::int64_t columns,
                           DType type) {
      return static_cast<std::size_t>((rows - 1) * (stride == 0 ? columns : stride) + columns) *
             weight_bytes(type);
    };
    check_device(p.x, extent(p.m, p.ldx, p.k, p.type));
    check_device(p.w, extent(p.n, 0, p.k, p.type));
    check_device(p.y, extent(p.m, p.ldy, p.n, p.y_type));
  }

  EmulatedOptions options_;
  DeviceInfo info_;
  mutable std::recursive_mutex mutex_;
  emulator::MemoryBlocks memory_;
  emulator::MemoryBlocks host_memory_;
  EmulatedStream compute_;
  EmulatedStream copy_;
  std::set<EmulatedEvent*> events_;
  std::set<EmulatedGraph*> graphs_;
  std::optional<Error> error_;
  bool broken_ = false;
  std::int64_t performed_ = 0;
  std::int64_t launches_ = 0;
};

}  // namespace

std::unique_ptr<Device> make_emulated_device(const EmulatedOptions& options) {
  return std::make_unique<EmulatedDevice>(options);
}

namespace emulator {

void enqueue_kernel(Stream stream, const char* name, Size3 grid, Size3 block,
                    std::size_t shared_bytes, std::function<void()> body) {
  emulated(stream).device->kernel(name, grid, block, shared_bytes, std::move(body), stream);
}

}  // namespace emulator

}  // namespace kvfoot::cuda
