// How the process keeps its memory.
#pragma once

namespace kvfoot {

// Replay takes and drops buffers of the same few sizes again and again. glibc would map and unmap
// each large one, and every fresh page costs a fault; after this call it keeps them for the next
// use. Call once at the start of a program; without effect on other C libraries.
void keep_large_buffers();

}  // namespace kvfoot
