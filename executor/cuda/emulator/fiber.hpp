// A thread of control with a stack of its own that is left and entered by hand. On x86-64 a switch
// is a handful of instructions, elsewhere it is swapcontext(); sanitizers are told of every switch.
#pragma once

#include <cstddef>
#include <memory>

#if defined(__x86_64__) && !defined(KVFOOT_FIBER_UCONTEXT)
#define KVFOOT_FIBER_X86_64 1
#endif

namespace kvfoot::cuda::emulator {

class Fiber {
 public:
  using Entry = void (*)(void* argument);  // must never return

  Fiber();  // the stack that the program is on already
  // `colour` staggers the tops of stacks, which would share a few cache sets otherwise.
  Fiber(Entry entry, void* argument, std::size_t colour);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Leaves `from`, on which the caller runs, and goes on in `to`; returns when somebody switches
  // to `from` again.
  static void change(Fiber& from, Fiber& to);

 private:
  static void first_steps(Fiber* self);
  void prepare(std::size_t stack_bytes);

  void* saved_ = nullptr;   // stack pointer while another fiber runs
  void* bottom_ = nullptr;  // of the stack, above the guard page; null: the program's own
  std::size_t bytes_ = 0;
  Entry entry_ = nullptr;
  void* argument_ = nullptr;
  [[maybe_unused]] void* sanitizer_ = nullptr;  // ASan: the fake stack; TSan: its fiber
#if !defined(KVFOOT_FIBER_X86_64)
  struct Context;
  std::unique_ptr<Context> context_;
#endif
};

}  // namespace kvfoot::cuda::emulator
