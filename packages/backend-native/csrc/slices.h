// Sums over rows in a fixed number of slices: the result is the same for every number of threads.
#pragma once
#include <algorithm>
#include <cstdint>

#include "threads.h"

namespace rsdix {

/// Rows in at most 32 slices, none shorter than `least` unless there is but one.
struct Slices {
  Slices(int64_t rows, int64_t least) : rows(rows), count(std::max<int64_t>(1, std::min<int64_t>(32, rows / least))) {}
  int64_t begin(int64_t slice) const { return rows * slice / count; }
  const int64_t rows, count;
};

/// out[i] = the sum of parts[slice][i], in the order of the slices.
inline void addSlices(const float* parts, int64_t count, int64_t stride, float* out, int64_t length) {
  std::copy(parts, parts + length, out);
  for (int64_t slice = 1; slice < count; slice++) {
    const float* part = parts + slice * stride;
    for (int64_t i = 0; i < length; i++) out[i] += part[i];
  }
}

}  // namespace rsdix
