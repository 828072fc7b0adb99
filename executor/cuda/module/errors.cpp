#include "executor/cuda/module/errors.hpp"

#include <mutex>

namespace kvfoot::cuda {
namespace {

struct Explanation {
  std::string what, hint;
};

std::string version_text(int version) {  // 12040: "12.4"
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

// The same code stands for a driver that is too old and for none.
Explanation driver_explanation() {
  int driver = 0;
  int runtime = 0;
  cudaDriverGetVersion(&driver);
  cudaRuntimeGetVersion(&runtime);
  if (driver == 0) {
    return {
        "there is no NVIDIA driver on this machine",
        "install it where there is a card (in a container, start it with the card: --gpus all), "
        "or use --device cpu"};
  }
  return {
      "the NVIDIA driver is too old: it knows CUDA " + version_text(driver) +
          ", this kvfoot was built with CUDA " + version_text(runtime),
      "install a newer driver, or build kvfoot with CUDA " + version_text(driver) + " or older"};
}

bool is_fault(cudaError_t code) {
  switch (code) {
    case cudaErrorIllegalAddress:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorIllegalInstruction:
    case cudaErrorLaunchFailure:
    case cudaErrorLaunchTimeout:
    case cudaErrorAssert:
      return true;
    default:
      return false;
  }
}

Explanation explanation(cudaError_t code) {
  if (is_fault(code)) {
    return {"a kernel failed while it ran",
            "this is a fault of kvfoot; CUDA_LAUNCH_BLOCKING=1 names the kernel"};
  }
  switch (code) {
    case cudaErrorInsufficientDriver:
      return driver_explanation();
    case cudaErrorNoDevice:
      return {"the driver sees no card",
              "look with nvidia-smi; CUDA_VISIBLE_DEVICES may hide it; or use --device cpu"};
    case cudaErrorInvalidDevice:
      return {"there is no card of this number", "nvidia-smi lists them"};
    case cudaErrorMemoryAllocation:
      return {"the card has not enough memory",
              "nvidia-smi shows who uses it; kvfoot fit says what fits into a memory"};
    case cudaErrorDevicesUnavailable:
      return {"the card is busy, or another process has it for itself",
              "nvidia-smi shows who; wait, or choose another card with CUDA_VISIBLE_DEVICES"};
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorUnsupportedPtxVersion:
    case cudaErrorInvalidKernelImage:
      return {"this kvfoot has no code for the card",
              "build it with -DCMAKE_CUDA_ARCHITECTURES of the card"};
    case cudaErrorInitializationError:
    case cudaErrorOperatingSystem:
    case cudaErrorSystemNotReady:
    case cudaErrorSystemDriverMismatch:
    case cudaErrorCompatNotSupportedOnDevice:
    case cudaErrorUnknown:
      return {"the NVIDIA driver cannot be used",
              "nvidia-smi may say more; after an update of the driver, restart the machine"};
    case cudaErrorECCUncorrectable:
    case cudaErrorHardwareStackError:
      return {"the card reports a fault of its hardware", "see the system's log (dmesg)"};
    case cudaErrorInvalidConfiguration:
    case cudaErrorLaunchOutOfResources:
    case cudaErrorInvalidDeviceFunction:
    case cudaErrorInvalidValue:
      return {"the card refuses what kvfoot asked for", "this is a fault of kvfoot"};
    default:
      return {cudaGetErrorString(code), ""};
  }
}

struct LaunchError {
  std::mutex mutex;
  cudaError_t code = cudaSuccess;
  std::string kernel;
};
LaunchError& launch_error() {
  static LaunchError error;
  return error;
}

}  // namespace

Error cuda_error(cudaError_t code, const std::string& doing) {
  const Explanation said = explanation(code);
  return Error{
      "CUDA", (doing.empty() ? "" : doing + ": ") + said.what + " (" + cudaGetErrorName(code) + ")",
      said.hint, ErrorKind::kEnvironment};
}

void note_launch_error(int cuda_error, const char* kernel) {
  LaunchError& error = launch_error();
  const std::lock_guard lock(error.mutex);
  if (error.code == cudaSuccess) {
    error.code = static_cast<cudaError_t>(cuda_error);
    error.kernel = kernel;
  }
}

std::optional<Error> take_launch_error() {
  LaunchError& error = launch_error();
  const std::lock_guard lock(error.mutex);
  if (error.code == cudaSuccess) {
    return std::nullopt;
  }
  // A fault of earlier work shows at whatever is started next.
  Error taken = cuda_error(
      error.code, "kernel " + error.kernel + (is_fault(error.code) ? ", or one before it" : ""));
  error.code = cudaSuccess;
  return taken;
}

}  // namespace kvfoot::cuda
