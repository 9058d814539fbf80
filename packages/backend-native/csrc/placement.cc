#include "placement.h"

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>

#include <chrono>

namespace rsdix {
namespace {

using Clock = std::chrono::steady_clock;

// Callers on several processors in turn (worker threads) shall not move the helpers at every region.
constexpr std::chrono::milliseconds LEAST_STAY{2};
constexpr int MOST_HELPERS = 64;

pthread_t helpers[MOST_HELPERS];
int count = 0;
cpu_set_t allowed;  // what the first caller may run on
int avoided = -1;
Clock::time_point moved;

}  // namespace

void placeHelper(std::thread& helper) {
  if (count == 0) sched_getaffinity(0, sizeof allowed, &allowed);
  if (count < MOST_HELPERS) helpers[count++] = helper.native_handle();
  avoided = -1;
}

void keepHelpersAway() {
  const int here = sched_getcpu();
  if (here == avoided || here < 0 || here >= CPU_SETSIZE) return;
  const auto now = Clock::now();
  if (avoided >= 0 && now - moved < LEAST_STAY) return;
  cpu_set_t elsewhere = allowed;
  CPU_CLR(here, &elsewhere);
  if (CPU_COUNT(&elsewhere) < count) return;  // fewer processors than helpers: they share this one, too
  for (int i = 0; i < count; i++) pthread_setaffinity_np(helpers[i], sizeof elsewhere, &elsewhere);
  avoided = here;
  moved = now;
}

}  // namespace rsdix

#else

namespace rsdix {
void placeHelper(std::thread&) {}
void keepHelpersAway() {}
}  // namespace rsdix

#endif
