// Sums, products, largest and smallest numbers along an axis.
#pragma once
#include <cstdint>

#include "isa.h"

namespace rsdix {

constexpr int REDUCE_COUNT = 4;            // sum, product, max, min: the order of src/kernels/reduce.ts
constexpr int64_t REDUCE_TILE = 256;       // columns that are reduced together
constexpr double REDUCE_START[REDUCE_COUNT] = {0, 1, -__builtin_inf(), __builtin_inf()};

struct ReduceTable {
  /// out[r] = the reduction of n numbers, for each of `rows` rows.
  void (*rows[REDUCE_COUNT])(const float* x, int64_t rows, int64_t n, double* out);
  /// out[j] = the reduction of x[i * stride + j] over n rows, for j < width <= REDUCE_TILE.
  void (*columns[REDUCE_COUNT])(const float* x, int64_t stride, int64_t n, int64_t width, double* out);
  /// Where the largest (0) or smallest (1) number of each row is; a NaN is it only in front.
  void (*argRows[2])(const float* x, int64_t rows, int64_t n, int32_t* out);
  void (*argColumns[2])(const float* x, int64_t stride, int64_t n, int64_t width, int32_t* out);
};

/// a and b together, as the kernels do it.
inline double reduceTwo(int operation, double a, double b) {
  switch (operation) {
    case 0: return a + b;
    case 1: return a * b;
    case 2: return b > a || b != b ? b : a;
    default: return b < a || b != b ? b : a;
  }
}

}  // namespace rsdix

RSDIX_TABLE(ReduceTable, reduceTable)
