#include "threads.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include "placement.h"

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#define RSDIX_PAUSE() _mm_pause()
#elif defined(__aarch64__)
#define RSDIX_PAUSE() asm volatile("yield")
#else
#define RSDIX_PAUSE() std::this_thread::yield()
#endif

namespace rsdix {
namespace {

// A helper looks for work this often before it sleeps: regions of a training step follow each other within microseconds, and a sleeping
// thread takes tens of them to wake.
constexpr int SPINS = 4000;

// The state of the pool in one word, so that a helper joins a region only while it is open: generation << 17 | open << 16 | helpers inside.
constexpr uint64_t OPEN = uint64_t(1) << 16;
constexpr uint64_t INSIDE = OPEN - 1;
constexpr uint64_t GENERATION = OPEN << 1;

struct Pool {
  std::mutex region;  // one region at a time: a second JavaScript thread waits, so that there are never more threads at work than allowed
  std::atomic<uint64_t> state{0};
  std::atomic<int64_t> next{0};
  int64_t n = 0;
  int64_t chunk = 1;
  RangeTask task = nullptr;
  const void* context = nullptr;

  std::mutex sleep;
  std::condition_variable wake;
  std::atomic<int> sleepers{0};
  int helpers = 0;  // started so far; guarded by `region`
};

// Never destroyed: helpers may still look at it while the process exits.
Pool& pool() {
  static Pool* const instance = new Pool;
  return *instance;
}

std::atomic<int> wanted{0};
thread_local bool inRegion = false;

void work(Pool& p) {
  for (;;) {
    const int64_t begin = p.next.fetch_add(p.chunk, std::memory_order_relaxed);
    if (begin >= p.n) return;
    const int64_t end = begin + p.chunk < p.n ? begin + p.chunk : p.n;
    p.task(p.context, begin, end);
  }
}

void helper() {
  Pool& p = pool();
  inRegion = true;  // a kernel inside a region runs its own loops serially
  uint64_t seen = 0;
  int spins = 0;
  for (;;) {
    uint64_t state = p.state.load(std::memory_order_acquire);
    if ((state & OPEN) && state / GENERATION != seen) {
      if (!p.state.compare_exchange_weak(state, state + 1, std::memory_order_acq_rel)) continue;
      seen = state / GENERATION;
      work(p);
      p.state.fetch_sub(1, std::memory_order_acq_rel);
      spins = 0;
    } else if (++spins < SPINS) {
      RSDIX_PAUSE();
    } else {
      std::unique_lock<std::mutex> lock(p.sleep);
      p.sleepers.fetch_add(1);
      state = p.state.load();
      // Woken, it looks for work again for a while: it may have come too late for the region that woke it, but then the next is near.
      if (!(state & OPEN) || state / GENERATION == seen) p.wake.wait(lock);
      p.sleepers.fetch_sub(1);
      spins = 0;
    }
  }
}

}  // namespace

int threadCount() {
  const int count = wanted.load(std::memory_order_relaxed);
  return count > 0 ? count : 1;
}

int setThreadCount(int count) {
  int unset = 0;
  wanted.compare_exchange_strong(unset, count < 1 ? 1 : count);
  return threadCount();
}

void runParallel(int64_t n, int64_t chunk, RangeTask task, const void* context) {
  if (inRegion || threadCount() == 1) {
    task(context, 0, n);
    return;
  }
  Pool& p = pool();
  std::lock_guard<std::mutex> one(p.region);
  try {
    for (; p.helpers < threadCount() - 1; p.helpers++) {
      std::thread started(helper);
      placeHelper(started);
      started.detach();
    }
  } catch (const std::system_error&) {  // the system allows no more threads: those that there are do the work
  }
  keepHelpersAway();
  p.n = n;
  p.chunk = chunk;
  p.task = task;
  p.context = context;
  p.next.store(0, std::memory_order_relaxed);
  p.state.store((p.state.load(std::memory_order_relaxed) / GENERATION + 1) * GENERATION + OPEN);
  if (p.sleepers.load() > 0) {
    { std::lock_guard<std::mutex> lock(p.sleep); }
    p.wake.notify_all();
  }
  inRegion = true;
  work(p);
  inRegion = false;
  p.state.fetch_and(~OPEN);
  while (p.state.load(std::memory_order_acquire) & INSIDE) RSDIX_PAUSE();
}

}  // namespace rsdix
