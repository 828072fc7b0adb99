// A thread of control with a stack of its own that is left and entered by hand. On x86-64 a switch
// is a handful of instructions, elsewhere it is swapcontext(); sanitizers are told of every switch.
#pragma once

#include <cstddef>
#include <memory>

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
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kvfoot::cuda::emulator
