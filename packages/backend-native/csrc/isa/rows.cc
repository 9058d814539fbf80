#include "../rows.h"

#include <cmath>

namespace rsdix::RSDIX_ISA {

static void normalize(const float* x, float* y, float* inverses, int64_t rows, int64_t d, float epsilon) {
  for (int64_t row = 0; row < rows; row++, x += d, y += d) {
    float squares = 0;
#pragma omp simd reduction(+ : squares)
    for (int64_t i = 0; i < d; i++) squares += x[i] * x[i];
    const float length = sqrtf(squares), inverse = 1.0f / (length < epsilon ? epsilon : length);  // NaN stays NaN
#pragma omp simd
    for (int64_t i = 0; i < d; i++) y[i] = x[i] * inverse;
    if (inverses) inverses[row] = inverse;
  }
}

static void normalizeGrad(const float* dy, const float* y, const float* inverses, float* dx, int64_t rows, int64_t d) {
  for (int64_t row = 0; row < rows; row++, dy += d, y += d, dx += d) {
    float along = 0;
#pragma omp simd reduction(+ : along)
    for (int64_t i = 0; i < d; i++) along += dy[i] * y[i];
    const float inverse = inverses[row];
#pragma omp simd
    for (int64_t i = 0; i < d; i++) dx[i] = inverse * (dy[i] - y[i] * along);
  }
}

// Four rows at a time, so that sums are loaded and stored less often; and no sum longer than this before it is added to the total, which keeps
// rounding errors small.
constexpr int64_t ROWS = 64;

static void sum(const float* x, int64_t rows, int64_t stride, int64_t columns, float* out) {
  for (int64_t j = 0; j < columns; j++) out[j] = 0;
  for (int64_t begin = 0; begin < rows; begin += ROWS) {
    const int64_t end = begin + ROWS < rows ? begin + ROWS : rows;
    float part[COLUMN_BLOCK] = {};
    int64_t row = begin;
    for (; row + 4 <= end; row += 4) {
      const float *a = x + row * stride, *b = a + stride, *c = b + stride, *d = c + stride;
#pragma omp simd
      for (int64_t j = 0; j < columns; j++) part[j] += (a[j] + b[j]) + (c[j] + d[j]);
    }
    for (; row < end; row++) {
#pragma omp simd
      for (int64_t j = 0; j < columns; j++) part[j] += x[row * stride + j];
    }
#pragma omp simd
    for (int64_t j = 0; j < columns; j++) out[j] += part[j];
  }
}

extern const RowsTable rowsTable = {normalize, normalizeGrad, sum};

}  // namespace rsdix::RSDIX_ISA
