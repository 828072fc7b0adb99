// Opaque handles of a device; the null handle is never valid.
#pragma once

namespace kvfoot::cuda {

struct StreamTag;  // work in order
struct EventTag;   // a point in a stream
struct GraphTag;   // captured work that can be launched again
using Stream = StreamTag*;
using Event = EventTag*;
using Graph = GraphTag*;

}  // namespace kvfoot::cuda
