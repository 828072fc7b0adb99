// Stacks with a guard page below, and the switch between them.
#include "executor/cuda/emulator/fiber.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <utility>

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

#if defined(__x86_64__) && !defined(KVFOOT_FIBER_UCONTEXT)
#define KVFOOT_FIBER_X86_64 1
#else
#include <ucontext.h>
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

}  // namespace

struct Fiber::State {
  void* saved = nullptr;     // stack pointer while another fiber runs
  std::byte* map = nullptr;  // guard page, then the stack; null: the program's own
  std::size_t map_bytes = 0;
  const void* bottom = nullptr;  // of the stack, as sanitizers want it
  std::size_t bytes = 0;
  Entry entry = nullptr;
  void* argument = nullptr;
#if defined(KVFOOT_FIBER_ASAN)
  void* fake_stack = nullptr;
#endif
#if defined(KVFOOT_FIBER_TSAN)
  void* tsan = nullptr;
#endif
#if !defined(KVFOOT_FIBER_X86_64)
  ucontext_t context{};
#endif
};

#if defined(KVFOOT_FIBER_ASAN)
thread_local void* left = nullptr;  // the state that was just left
#endif
#if !defined(KVFOOT_FIBER_X86_64)
thread_local void* entered = nullptr;  // and the one that goes on
#endif

Fiber::Fiber() : state_(std::make_unique<State>()) {
#if defined(KVFOOT_FIBER_TSAN)
  state_->tsan = __tsan_get_current_fiber();
#endif
}

Fiber::Fiber(Entry entry, void* argument, std::size_t colour) : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.entry = entry;
  s.argument = argument;
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  s.map_bytes = kStackBytes + page;
  void* map = mmap(nullptr, s.map_bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  KVFOOT_CHECK(map != MAP_FAILED, "no memory for the stack of an emulated thread");
  KVFOOT_CHECK(mprotect(map, page, PROT_NONE) == 0);
  s.map = static_cast<std::byte*>(map);
  s.bottom = s.map + page;
  s.bytes = kStackBytes;
#if defined(KVFOOT_FIBER_TSAN)
  s.tsan = __tsan_create_fiber(0);
#endif
  const std::size_t used = s.bytes - colour % kColours * kColourBytes;
  // Both ways arrive in this function, on the new stack.
  static constexpr auto kRun = [](void* state) {
    auto& self = *static_cast<State*>(state);
#if defined(KVFOOT_FIBER_ASAN)
    auto* from = static_cast<State*>(left);
    const void* bottom = nullptr;
    std::size_t bytes = 0;
    __sanitizer_finish_switch_fiber(self.fake_stack, &bottom, &bytes);
    if (from->map == nullptr) {
      from->bottom = bottom;
      from->bytes = bytes;
    }
#endif
    self.entry(self.argument);
  };
#if defined(KVFOOT_FIBER_X86_64)
  void (*run)(void*) = kRun;
  std::uint64_t frame[8 + 2] = {};
  std::uint32_t control = 0;
  std::uint16_t x87 = 0;
  asm volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(control), "=m"(x87));
  frame[0] = control | static_cast<std::uint64_t>(x87) << 32;
  frame[3] = reinterpret_cast<std::uint64_t>(run);  // r13
  frame[4] = reinterpret_cast<std::uint64_t>(&s);   // r12
  frame[7] = reinterpret_cast<std::uint64_t>(&kvfoot_fiber_start);
  auto* top = static_cast<std::byte*>(const_cast<void*>(s.bottom)) + used;
  s.saved = top - sizeof(frame);
  std::memcpy(s.saved, frame, sizeof(frame));
#else
  KVFOOT_CHECK(getcontext(&s.context) == 0);
  s.context.uc_stack.ss_sp = const_cast<void*>(s.bottom);
  s.context.uc_stack.ss_size = used;
  s.context.uc_link = nullptr;
  makecontext(&s.context, +[] { kRun(entered); }, 0);
#endif
}

Fiber::~Fiber() {
#if defined(KVFOOT_FIBER_TSAN)
  if (state_->map != nullptr) {
    __tsan_destroy_fiber(state_->tsan);
  }
#endif
  if (state_->map != nullptr) {
    munmap(state_->map, state_->map_bytes);
  }
}

void Fiber::change(Fiber& from, Fiber& to) {
  State& a = *from.state_;
  State& b = *to.state_;
#if !defined(KVFOOT_FIBER_X86_64)
  entered = &b;
#endif
#if defined(KVFOOT_FIBER_ASAN)
  left = &a;
  __sanitizer_start_switch_fiber(&a.fake_stack, b.bottom, b.bytes);
#endif
#if defined(KVFOOT_FIBER_TSAN)
  __tsan_switch_to_fiber(b.tsan, 0);
#endif
#if defined(KVFOOT_FIBER_X86_64)
  kvfoot_fiber_switch(&a.saved, b.saved);
#else
  swapcontext(&a.context, &b.context);
#endif
#if defined(KVFOOT_FIBER_ASAN)
  __sanitizer_finish_switch_fiber(a.fake_stack, nullptr, nullptr);
#endif
}

}  // namespace kvfoot::cuda::emulator
