// Memory that a call needs for itself.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>

#include "threads.h"

namespace rsdix {

/// At least `floats` numbers, contents undefined, aligned to a cache line, kept for the calling thread's next call. To be asked for outside
/// a parallel region, where running out of memory can still become a JavaScript error: throws std::bad_alloc.
float* scratch(int64_t floats);

/// f(i, memory) for i in [0, n), each with `floats` numbers of scratch that nobody else uses meanwhile.
template <class F>
inline void eachWithScratch(int64_t n, int64_t floats, bool serial, const F& f) {
  const int64_t slots = serial ? 1 : std::min<int64_t>(n, threadCount());
  const int64_t stride = (floats + 15) / 16 * 16;
  float* const memory = scratch(slots * stride);
  std::atomic<int64_t> next{0};
  const auto run = [&](int64_t slot) {
    for (int64_t i = next.fetch_add(1); i < n; i = next.fetch_add(1)) f(i, memory + slot * stride);
  };
  if (slots == 1)
    run(0);
  else
    parallelEach(slots, run);
}

}  // namespace rsdix
