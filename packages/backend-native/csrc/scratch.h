// Memory that a call needs for itself.
#pragma once
#include <cstdint>

namespace rsdix {

/// At least `floats` numbers, contents undefined, aligned to a cache line, kept for the calling thread's next call. To be asked for outside
/// a parallel region, where running out of memory can still become a JavaScript error: throws std::bad_alloc.
float* scratch(int64_t floats);

}  // namespace rsdix
