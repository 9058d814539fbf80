// One pool of threads for products and kernels, shared by everything in the process.
#pragma once
#include <cstdint>

namespace rsdix {

/// Threads that a parallel region may use, the calling one included.
int threadCount();
/// Sets it, once, before the first region; later calls with another number are ignored and return the number in force.
int setThreadCount(int count);

using RangeTask = void (*)(const void* context, int64_t begin, int64_t end);

/// Runs task over [0, n) in pieces of `chunk`, on this thread and the pool's, and returns when all of it is done.
void runParallel(int64_t n, int64_t chunk, RangeTask task, const void* context);

/// f(begin, end) over [0, n): serial when n <= grain, else in about equal parts, no smaller than `grain`.
template <class F>
inline void parallelFor(int64_t n, int64_t grain, const F& f) {
  if (n <= 0) return;
  const int64_t threads = threadCount();
  if (n <= grain || threads == 1) {
    f(int64_t(0), n);
    return;
  }
  int64_t chunk = (n + threads - 1) / threads;
  if (chunk < grain) chunk = grain;
  runParallel(n, chunk, [](const void* context, int64_t begin, int64_t end) { (*static_cast<const F*>(context))(begin, end); }, &f);
}

/// f(i) for each i in [0, n), handed out one by one: for few, long pieces of uneven length.
template <class F>
inline void parallelEach(int64_t n, const F& f) {
  if (n <= 0) return;
  if (n == 1 || threadCount() == 1) {
    for (int64_t i = 0; i < n; i++) f(i);
    return;
  }
  runParallel(
      n, 1,
      [](const void* context, int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; i++) (*static_cast<const F*>(context))(i);
      },
      &f);
}

}  // namespace rsdix
