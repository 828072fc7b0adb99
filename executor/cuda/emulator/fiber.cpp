// Stacks with a guard page below, and the switch between them.
#include "executor/cuda/emulator/fiber.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

#include "sim/core/check.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define KVFOOT_FIBER_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#define KVFOOT_FIBER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KVFOOT_FIBER_ASAN 1
#elif __has_feature(thread_sanitizer)
#define KVFOOT_FIBER_TSAN 1
#endif
#endif

#if defined(KVFOOT_FIBER_ASAN)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(KVFOOT_FIBER_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

#if defined(KVFOOT_FIBER_X86_64)
// System V: rbx, rbp, r12 to r15, mxcsr and the x87 control word belong to the caller; the rest is
// dead across a call. The jump in place of a return spares the return predictor, which would be
// wrong every time.
extern "C" void kvfoot_fiber_switch(void** save, void* load);
extern "C" void kvfoot_fiber_start();
asm(R"(
.text
.p2align 4
.globl kvfoot_fiber_switch
.type kvfoot_fiber_switch, @function
kvfoot_fiber_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  subq $8, %rsp
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  ldmxcsr (%rsp)
  fldcw 4(%rsp)
  addq $8, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  popq %rcx
  jmp *%rcx
.size kvfoot_fiber_switch, .-kvfoot_fiber_switch
.globl kvfoot_fiber_start
.type kvfoot_fiber_start, @function
kvfoot_fiber_start:
  movq %r12, %rdi
  callq *%r13
  ud2
.size kvfoot_fiber_start, .-kvfoot_fiber_start
)");
#else
#include <ucontext.h>
#endif

namespace kvfoot::cuda::emulator {
namespace {

#if defined(KVFOOT_FIBER_ASAN) || defined(KVFOOT_FIBER_TSAN)
constexpr std::size_t kStackBytes = std::size_t{512} << 10;
#else
constexpr std::size_t kStackBytes = std::size_t{128} << 10;
#endif
constexpr std::size_t kColours = 32;
constexpr std::size_t kColourBytes = 128;

std::size_t page_bytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

#if defined(KVFOOT_FIBER_ASAN)
thread_local Fiber* left = nullptr;  // the fiber that was just left
#endif
#if !defined(KVFOOT_FIBER_X86_64)
thread_local Fiber* entered = nullptr;  // the fiber that goes on
#endif

}  // namespace

#if !defined(KVFOOT_FIBER_X86_64)
struct Fiber::Context {
  ucontext_t saved{};
};
#endif

Fiber::Fiber() {
#if defined(KVFOOT_FIBER_TSAN)
  sanitizer_ = __tsan_get_current_fiber();
#endif
#if !defined(KVFOOT_FIBER_X86_64)
  context_ = std::make_unique<Context>();
#endif
}

Fiber::Fiber(Entry entry, void* argument, std::size_t colour)
    : bytes_(kStackBytes), entry_(entry), argument_(argument) {
  const std::size_t page = page_bytes();
  void* map = mmap(nullptr, page + kStackBytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  KVFOOT_CHECK(map != MAP_FAILED, "no memory for the stack of an emulated thread");
  KVFOOT_CHECK(mprotect(map, page, PROT_NONE) == 0);
  bottom_ = static_cast<std::byte*>(map) + page;
#if defined(KVFOOT_FIBER_TSAN)
  sanitizer_ = __tsan_create_fiber(0);
#endif
  prepare(kStackBytes - colour % kColours * kColourBytes);
}

Fiber::~Fiber() {
  if (bottom_ == nullptr || entry_ == nullptr) {
    return;  // the program's own
  }
#if defined(KVFOOT_FIBER_TSAN)
  __tsan_destroy_fiber(sanitizer_);
#endif
  munmap(static_cast<std::byte*>(bottom_) - page_bytes(), page_bytes() + bytes_);
}

void Fiber::first_steps(Fiber* self) {
#if defined(KVFOOT_FIBER_ASAN)
  const void* bottom = nullptr;
  std::size_t bytes = 0;
  __sanitizer_finish_switch_fiber(self->sanitizer_, &bottom, &bytes);
  if (left->entry_ == nullptr) {  // this is how the bounds of the program's own stack are learnt
    left->bottom_ = const_cast<void*>(bottom);
    left->bytes_ = bytes;
  }
#endif
  self->entry_(self->argument_);
}

#if defined(KVFOOT_FIBER_X86_64)

// The stack as kvfoot_fiber_switch() leaves it, as if kvfoot_fiber_start() had called it.
void Fiber::prepare(std::size_t stack_bytes) {
  std::uint32_t mxcsr = 0;
  std::uint16_t x87 = 0;
  asm volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(x87));
  const std::uint64_t frame[] = {
      mxcsr | static_cast<std::uint64_t>(x87) << 32,
      0,                                                     // r15
      0,                                                     // r14
      reinterpret_cast<std::uint64_t>(&Fiber::first_steps),  // r13
      reinterpret_cast<std::uint64_t>(this),                 // r12
      0,                                                     // rbx
      0,                                                     // rbp: the first frame
      reinterpret_cast<std::uint64_t>(&kvfoot_fiber_start),
      0,
      0,  // and the stack pointer is a multiple of 16 again
  };
  saved_ = static_cast<std::byte*>(bottom_) + stack_bytes - sizeof(frame);
  std::memcpy(saved_, frame, sizeof(frame));
}

#else

void Fiber::prepare(std::size_t stack_bytes) {
  context_ = std::make_unique<Context>();
  KVFOOT_CHECK(getcontext(&context_->saved) == 0);
  context_->saved.uc_stack.ss_sp = bottom_;
  context_->saved.uc_stack.ss_size = stack_bytes;
  context_->saved.uc_link = nullptr;
  makecontext(&context_->saved, +[] { first_steps(entered); }, 0);
}

#endif

void Fiber::change(Fiber& from, Fiber& to) {
#if defined(KVFOOT_FIBER_ASAN)
  left = &from;
  __sanitizer_start_switch_fiber(&from.sanitizer_, to.bottom_, to.bytes_);
#elif defined(KVFOOT_FIBER_TSAN)
  __tsan_switch_to_fiber(to.sanitizer_, 0);
#endif
#if defined(KVFOOT_FIBER_X86_64)
  kvfoot_fiber_switch(&from.saved_, to.saved_);
#else
  entered = &to;
  swapcontext(&from.context_->saved, &to.context_->saved);
#endif
#if defined(KVFOOT_FIBER_ASAN)
  __sanitizer_finish_switch_fiber(from.sanitizer_, nullptr, nullptr);
#endif
}

}  // namespace kvfoot::cuda::emulator
