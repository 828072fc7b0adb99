#include "executor/cuda/module/cuda_device.hpp"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "executor/cuda/module/cards.hpp"
#include "executor/cuda/module/errors.hpp"
#include "executor/cuda/module/gemm.hpp"

namespace kvfoot::cuda {
namespace {

constexpr std::size_t kWorkspaceBytes = std::size_t{32} << 20;  // what NVIDIA advises for Hopper

cudaStream_t native(Stream stream) { return reinterpret_cast<cudaStream_t>(stream); }
cudaEvent_t native(Event event) { return reinterpret_cast<cudaEvent_t>(event); }
cudaGraphExec_t native(Graph graph) { return reinterpret_cast<cudaGraphExec_t>(graph); }

class CudaDevice final : public Device {
 public:
  explicit CudaDevice(int index) : index_(index) {}
  ~CudaDevice() override {
    cudaDeviceSynchronize();
    products_.reset();
    cudaFree(workspace_);
    for (const cudaStream_t stream : {compute_, copy_}) {
      if (stream != nullptr) {
        cudaStreamDestroy(stream);
      }
    }
    (void)take_launch_error();  // of work that nobody waited for: not the next device's
  }
  CudaDevice(const CudaDevice&) = delete;
  CudaDevice& operator=(const CudaDevice&) = delete;

  Status start() {
    KVFOOT_TRY(done(cudaSetDevice(index_), "card " + std::to_string(index_)));
    KVFOOT_TRY(done(cudaFree(nullptr), "starting the card"));  // takes hold of it, says if it can
    cudaDeviceProp properties{};
    KVFOOT_TRY(done(cudaGetDeviceProperties(&properties, index_), "reading what the card is"));
    int driver = 0;
    cudaDriverGetVersion(&driver);
    info_ = {.name = properties.name,
             .compute_major = properties.major,
             .compute_minor = properties.minor,
             .multiprocessors = properties.multiProcessorCount,
             .memory_bytes = static_cast<std::int64_t>(properties.totalGlobalMem),
             .l2_bytes = properties.l2CacheSize,
             .shared_bytes_per_block = static_cast<std::int64_t>(properties.sharedMemPerBlockOptin),
             .driver = std::to_string(driver / 1000) + "." + std::to_string(driver % 1000 / 10),
             .emulated = false};
    // They do not wait for the stream that everybody shares.
    for (cudaStream_t* stream : {&compute_, &copy_}) {
      KVFOOT_TRY(done(cudaStreamCreateWithFlags(stream, cudaStreamNonBlocking), "making a stream"));
    }
    KVFOOT_TRY(done(cudaMalloc(&workspace_, kWorkspaceBytes), "workspace of cuBLAS"));
    KVFOOT_ASSIGN(products_, Products::create(workspace_, kWorkspaceBytes));
    return {};
  }

  [[nodiscard]] const DeviceInfo& info() const override { return info_; }
  [[nodiscard]] DeviceMemory memory() const override {
    std::size_t free = 0;
    std::size_t total = 0;
    if (cudaMemGetInfo(&free, &total) != cudaSuccess) {
      return {};
    }
    return {static_cast<std::int64_t>(free), static_cast<std::int64_t>(total)};
  }

  [[nodiscard]] void* allocate(std::size_t bytes) override {
    void* memory = nullptr;
    return obtained(cudaMalloc(&memory, std::max<std::size_t>(bytes, 1)), "taking memory")
               ? memory
               : nullptr;
  }
  void release(void* memory) override {
    if (memory != nullptr) {
      note(cudaDeviceSynchronize(), "waiting");  // cudaFree need not wait for streams like ours
      note(cudaFree(memory), "giving memory back");
    }
  }
  [[nodiscard]] void* allocate_host(std::size_t bytes) override {
    void* memory = nullptr;
    return obtained(cudaHostAlloc(&memory, std::max<std::size_t>(bytes, 1), cudaHostAllocDefault),
                    "taking page-locked memory")
               ? memory
               : nullptr;
  }
  void release_host(void* memory) override {
    if (memory != nullptr) {
      note(cudaDeviceSynchronize(), "waiting");
      note(cudaFreeHost(memory), "giving page-locked memory back");
    }
  }

  [[nodiscard]] Stream compute_stream() override { return reinterpret_cast<Stream>(compute_); }
  [[nodiscard]] Stream copy_stream() override { return reinterpret_cast<Stream>(copy_); }

  void copy_in(void* device, const void* host, std::size_t bytes, Stream stream) override {
    move(device, host, bytes, cudaMemcpyHostToDevice, stream);
  }
  void copy_out(void* host, const void* device, std::size_t bytes, Stream stream) override {
    select();
    move(host, device, bytes, cudaMemcpyDeviceToHost, stream);
  }
  void copy(void* to, const void* from, std::size_t bytes, Stream stream) override {
    move(to, from, bytes, cudaMemcpyDeviceToDevice, stream);
  }
  void fill(void* device, int byte, std::size_t bytes, Stream stream) override {
    if (bytes > 0) {
      note(cudaMemsetAsync(device, byte, bytes, native(stream)), "filling");
    }
  }
  void gemm(const Gemm& product, Stream stream) override {
    if (Status status = products_->run(product, native(stream), native(stream) == compute_);
        !status) {
      keep(std::move(status).error());
    }
  }

  [[nodiscard]] Status synchronize(Stream stream) override {
    select();
    note(cudaStreamSynchronize(native(stream)), "waiting");
    return status();
  }

  [[nodiscard]] Event make_event() override {
    cudaEvent_t event = nullptr;
    note(cudaEventCreate(&event), "making an event");
    return reinterpret_cast<Event>(event);
  }
  void destroy(Event event) override {
    if (event != nullptr) {
      note(cudaEventDestroy(native(event)), "ending an event");
    }
  }
  void record(Event event, Stream stream) override {
    note(cudaEventRecord(native(event), native(stream)), "recording an event");
  }
  void wait(Event event, Stream stream) override {
    note(cudaStreamWaitEvent(native(stream), native(event), 0), "waiting for an event");
  }
  [[nodiscard]] Status synchronize(Event event) override {
    select();
    note(cudaEventSynchronize(native(event)), "waiting for an event");
    return status();
  }
  [[nodiscard]] Result<std::int64_t> elapsed_ns(Event begin, Event end) override {
    float milliseconds = 0;
    note(cudaEventElapsedTime(&milliseconds, native(begin), native(end)), "reading a time");
    KVFOOT_TRY(status());
    return std::llround(static_cast<double>(milliseconds) * 1e6);
  }

  // Relaxed: kernels may be loaded to the card when they are first used, and other threads may go
  // on with their streams.
  [[nodiscard]] Status begin_capture(Stream stream) override {
    note(cudaStreamBeginCapture(native(stream), cudaStreamCaptureModeRelaxed), "recording a graph");
    return status();
  }
  [[nodiscard]] Result<Graph> end_capture(Stream stream) override {
    cudaGraph_t graph = nullptr;
    note(cudaStreamEndCapture(native(stream), &graph), "recording a graph");
    Status captured = status();
    cudaGraphExec_t executable = nullptr;
    if (captured) {
      captured = done(cudaGraphInstantiate(&executable, graph, 0), "making a graph");
    }
    if (graph != nullptr) {
      cudaGraphDestroy(graph);
    }
    if (!captured) {
      return std::move(captured).error();
    }
    return reinterpret_cast<Graph>(executable);
  }
  void launch(Graph graph, Stream stream) override {
    note(cudaGraphLaunch(native(graph), native(stream)), "starting a graph");
  }
  void destroy(Graph graph) override {
    if (graph != nullptr) {
      note(cudaGraphExecDestroy(native(graph)), "ending a graph");
    }
  }

 private:
  // Where a second thread may come: it would start the first card beside this one.
  void select() { note(cudaSetDevice(index_), "choosing the card"); }

  static Status done(cudaError_t code, const std::string& doing) {
    if (code == cudaSuccess) {
      return {};
    }
    (void)cudaGetLastError();  // so that the next launch is not blamed
    return cuda_error(code, doing);
  }
  // False when there is not enough, which is no error of the card.
  bool obtained(cudaError_t code, const char* doing) {
    if (code == cudaErrorMemoryAllocation) {
      (void)cudaGetLastError();
      return false;
    }
    note(code, doing);
    return code == cudaSuccess;
  }
  void move(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, Stream stream) {
    if (bytes > 0) {
      note(cudaMemcpyAsync(to, from, bytes, kind, native(stream)), "copying");
    }
  }

  void note(cudaError_t code, const char* doing) {
    if (code != cudaSuccess) {
      // Kernels that could not be started know more than what failed after them.
      if (std::optional<Error> launch = take_launch_error()) {
        keep(*std::move(launch));
      }
      keep(cuda_error(code, doing));
      (void)cudaGetLastError();
    }
  }
  void keep(Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) {
      error_ = std::move(error);
    }
  }
  Status status() {
    if (std::optional<Error> launch = take_launch_error()) {
      keep(*std::move(launch));
    }
    const std::lock_guard lock(mutex_);
    return error_ ? Status(*error_) : Status();
  }

  int index_;
  DeviceInfo info_;
  cudaStream_t compute_ = nullptr;
  cudaStream_t copy_ = nullptr;
  void* workspace_ = nullptr;
  std::unique_ptr<Products> products_;
  std::mutex mutex_;  // two threads wait
  std::optional<Error> error_;
};

}  // namespace

Result<std::unique_ptr<Device>> make_cuda_device(int index) {
  CudaStatus there = cards_status();
  if (there.state != CudaStatus::State::kUsable) {
    return std::move(there.why);
  }
  if (index < 0 || index >= static_cast<int>(there.cards.size())) {
    return cuda_error(cudaErrorInvalidDevice, "card " + std::to_string(index));
  }
  if (const CudaCard& card = there.cards[static_cast<std::size_t>(index)]; !card.unusable.empty()) {
    return Error{"CUDA", "card " + card.name + " cannot be used: " + card.unusable,
                 "choose another one", ErrorKind::kEnvironment};
  }
  auto device = std::make_unique<CudaDevice>(index);
  KVFOOT_TRY(device->start());
  return std::unique_ptr<Device>(std::move(device));
}

}  // namespace kvfoot::cuda
