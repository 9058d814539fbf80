// Rows scaled to length 1, and the sum of rows.
#pragma once
#include <cstdint>

#include "isa.h"

namespace rsdix {

/// Columns that are summed at once.
constexpr int64_t COLUMN_BLOCK = 256;

struct RowsTable {
  /// y = x · inverse with inverse = 1 / max(length, epsilon); inverses may be null.
  void (*normalize)(const float* x, float* y, float* inverses, int64_t rows, int64_t d, float epsilon);
  void (*normalizeGrad)(const float* dy, const float* y, const float* inverses, float* dx, int64_t rows, int64_t d);
  /// out[j] = the sum over rows, `stride` apart, of x[j], for up to COLUMN_BLOCK columns.
  void (*sum)(const float* x, int64_t rows, int64_t stride, int64_t columns, float* out);
};

}  // namespace rsdix

RSDIX_TABLE(RowsTable, rowsTable)
