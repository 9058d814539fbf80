// Moving numbers of four bytes without looking at them.
#pragma once
#include <cstdint>

#include "isa.h"

namespace rsdix {

struct MovementTable {
  /// y[j * yRow + i] = x[i * xRow + j] for i < rows, j < columns.
  void (*transpose)(const uint32_t* x, int64_t xRow, uint32_t* y, int64_t yRow, int64_t rows, int64_t columns);
  /// y[i] += x[i]
  void (*accumulate)(const float* x, float* y, int64_t n);
};

}  // namespace rsdix

RSDIX_TABLE(MovementTable, movementTable)
