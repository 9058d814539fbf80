#pragma once
#include <thread>

namespace rsdix {

/// Remembers a helper thread of the pool. Both are called with the lock of a region held.
void placeHelper(std::thread& helper);

/// Keeps the helpers off the processor that the calling thread runs on. Linux may wake a thread where its waker runs, and there it waits for
/// milliseconds while another processor idles: on two virtual cores, every second product of 0.6 ms after a pause took twice as long.
void keepHelpersAway();

}  // namespace rsdix
