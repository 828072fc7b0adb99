// What the warp collectives compute, once all lanes of the mask have come.
#include "executor/cuda/emulator/warp.hpp"

#include <array>
#include <bit>
#include <string>

#include "executor/cuda/emulator/cuda_words.hpp"

namespace kvfoot::cuda::emulator {
namespace {

template <class Visit>
void for_lanes(std::uint32_t mask, Visit visit) {
  for (std::uint32_t rest = mask; rest != 0; rest &= rest - 1) {
    visit(static_cast<std::uint32_t>(std::countr_zero(rest)));
  }
}

void complete_shuffle(void* const* operands, std::uint32_t mask) {
  std::array<std::uint64_t, 32> values{};
  for_lanes(mask, [&](std::uint32_t lane) {
    values[lane] = static_cast<ShuffleOperands*>(operands[lane])->value;
  });
  for_lanes(mask, [&](std::uint32_t lane) {
    auto& own = *static_cast<ShuffleOperands*>(operands[lane]);
    if ((mask >> own.source & 1U) == 0) {
      thread_failed("takes part in a shuffle in which lane " + std::to_string(lane) +
                    " reads from lane " + std::to_string(own.source) + ", outside of the mask");
    }
    own.value = values[own.source];
  });
}

void give_all(void* const* operands, std::uint32_t mask, std::uint32_t result) {
  for_lanes(mask, [&](std::uint32_t lane) {
    static_cast<VoteOperands*>(operands[lane])->result = result;
  });
}

std::uint32_t ballot(void* const* operands, std::uint32_t mask) {
  std::uint32_t votes = 0;
  for_lanes(mask, [&](std::uint32_t lane) {
    votes |= (static_cast<const VoteOperands*>(operands[lane])->value != 0 ? 1U : 0U) << lane;
  });
  return votes;
}

void complete_ballot(void* const* operands, std::uint32_t mask) {
  give_all(operands, mask, ballot(operands, mask));
}
void complete_any(void* const* operands, std::uint32_t mask) {
  give_all(operands, mask, ballot(operands, mask) != 0 ? 1 : 0);
}
void complete_all(void* const* operands, std::uint32_t mask) {
  give_all(operands, mask, ballot(operands, mask) == mask ? 1 : 0);
}

void complete_match_any(void* const* operands, std::uint32_t mask) {
  for_lanes(mask, [&](std::uint32_t lane) {
    auto& own = *static_cast<VoteOperands*>(operands[lane]);
    own.result = 0;
    for_lanes(mask, [&](std::uint32_t other) {
      const bool same = static_cast<const VoteOperands*>(operands[other])->value == own.value;
      own.result |= (same ? 1U : 0U) << other;
    });
  });
}

template <class Join>
void complete_reduce(void* const* operands, std::uint32_t mask) {
  const auto value = [&](int lane) {
    return static_cast<std::uint32_t>(static_cast<const VoteOperands*>(operands[lane])->value);
  };
  std::uint32_t result = value(std::countr_zero(mask));
  for_lanes(mask & (mask - 1),
            [&](std::uint32_t lane) { result = Join{}(result, value(static_cast<int>(lane))); });
  give_all(operands, mask, result);
}

struct Add {
  std::uint32_t operator()(std::uint32_t a, std::uint32_t b) const { return a + b; }
};
struct Least {
  std::uint32_t operator()(std::uint32_t a, std::uint32_t b) const { return b < a ? b : a; }
};
struct Most {
  std::uint32_t operator()(std::uint32_t a, std::uint32_t b) const { return a < b ? b : a; }
};
struct LeastSigned {
  std::uint32_t operator()(std::uint32_t a, std::uint32_t b) const {
    return static_cast<std::int32_t>(b) < static_cast<std::int32_t>(a) ? b : a;
  }
};
struct MostSigned {
  std::uint32_t operator()(std::uint32_t a, std::uint32_t b) const {
    return static_cast<std::int32_t>(a) < static_cast<std::int32_t>(b) ? b : a;
  }
};
struct And {
  std::uint32_t operator()(std::uint32_t a, std::uint32_t b) const { return a & b; }
};
struct Or {
  std::uint32_t operator()(std::uint32_t a, std::uint32_t b) const { return a | b; }
};
struct Xor {
  std::uint32_t operator()(std::uint32_t a, std::uint32_t b) const { return a ^ b; }
};

void complete_nothing(void* const* /*operands*/, std::uint32_t /*mask*/) {}

}  // namespace

const Collective kShuffle{"__shfl_sync", complete_shuffle};
const Collective kShuffleUp{"__shfl_up_sync", complete_shuffle};
const Collective kShuffleDown{"__shfl_down_sync", complete_shuffle};
const Collective kShuffleXor{"__shfl_xor_sync", complete_shuffle};
const Collective kBallot{"__ballot_sync", complete_ballot};
const Collective kAny{"__any_sync", complete_any};
const Collective kAll{"__all_sync", complete_all};
const Collective kMatchAny{"__match_any_sync", complete_match_any};
const Collective kSyncWarp{"__syncwarp", complete_nothing};
const Collective kReduceAdd{"__reduce_add_sync", complete_reduce<Add>};
const Collective kReduceMin{"__reduce_min_sync", complete_reduce<Least>};
const Collective kReduceMax{"__reduce_max_sync", complete_reduce<Most>};
const Collective kReduceMinSigned{"__reduce_min_sync (int)", complete_reduce<LeastSigned>};
const Collective kReduceMaxSigned{"__reduce_max_sync (int)", complete_reduce<MostSigned>};
const Collective kReduceAnd{"__reduce_and_sync", complete_reduce<And>};
const Collective kReduceOr{"__reduce_or_sync", complete_reduce<Or>};
const Collective kReduceXor{"__reduce_xor_sync", complete_reduce<Xor>};

}  // namespace kvfoot::cuda::emulator
