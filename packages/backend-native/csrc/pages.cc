#include "pages.h"

#include <cstdlib>
#include <cstdint>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace rsdix {

#if defined(__linux__)

constexpr size_t HUGE = size_t(2) << 20;

static size_t rounded(size_t bytes) { return (bytes + HUGE - 1) / HUGE * HUGE; }

void* allocatePages(size_t bytes) {
  const size_t size = rounded(bytes);
  // Room to align the start, given back at once on both sides.
  char* const start = static_cast<char*>(mmap(nullptr, size + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (start == MAP_FAILED) return nullptr;
  char* const aligned = reinterpret_cast<char*>(rounded(reinterpret_cast<uintptr_t>(start)));
  if (aligned > start) munmap(start, static_cast<size_t>(aligned - start));
  const size_t behind = static_cast<size_t>(start + HUGE - aligned);
  if (behind > 0) munmap(aligned + size, behind);
  madvise(aligned, size, MADV_HUGEPAGE);
  return aligned;
}

void freePages(void* memory, size_t bytes) { munmap(memory, rounded(bytes)); }

#else

void* allocatePages(size_t bytes) { return std::calloc(bytes > 0 ? bytes : 1, 1); }
void freePages(void* memory, size_t) { std::free(memory); }

#endif

}  // namespace rsdix
