// Products of matrices that lie in the cache, on one thread, for kernels that run inside a parallel region (csrc/isa/*.cc only): a head's
// scores are too few for the packing and the calls of a library.
#pragma once
#include <cstdint>
#include <cstring>

#include "vector.h"

namespace rsdix {
namespace RSDIX_ISA {

// A tile of ROWS x COLUMNS vectors of sums, COLUMNS vectors of b and one number of a, repeated, fit the registers.
#if defined(RSDIX_ISA_avx512) || defined(__aarch64__)
constexpr int ROWS = 6, COLUMNS = 4;
#else
constexpr int ROWS = 6, COLUMNS = 2;
#endif

/// Numbers in a row of a scratch matrix: whole vectors, and for long rows no power of two apart, since such rows fight for the same cache lines.
static inline int64_t padded(int64_t n) {
  const int64_t whole = (n + LANES - 1) / LANES * LANES;
  return whole >= 256 && whole % 32 == 0 ? whole + 16 : whole;
}

/// Element (i, k) of a lies at data[i * row + k * column]: either order costs the same, since numbers of a are read one by one.
struct Left {
  const float* data;
  int64_t row, column;
};

/// c = a · b, or c += a · b. Rows of b hold whole vectors; of c, the first n numbers of a row are written.
struct SmallProduct {
  Left a;
  const float* b;
  int64_t ldb;
  float* c;
  int64_t ldc;
  int64_t m, n, k;
  bool add;
};

/// The first `count` numbers of a vector. Not inlined: it would be most of each tile's code.
__attribute__((noinline)) static void storePart(float* to, Vector v, int64_t count, bool add) {
  for (int64_t lane = 0; lane < count; lane++) to[lane] = add ? to[lane] + v[lane] : v[lane];
}

template <int R, int C>
static void smallTile(const SmallProduct& p, int64_t i, int64_t j) {
  Vector sum[R][C] = {};
  const float* a = p.a.data + i * p.a.row;
  const float* b = p.b + j;
  for (int64_t k = 0; k < p.k; k++, a += p.a.column, b += p.ldb) {
    Vector right[C];
#pragma GCC unroll 4
    for (int c = 0; c < C; c++) right[c] = load(b + c * LANES);
#pragma GCC unroll 6
    for (int r = 0; r < R; r++) {
      const float left = a[r * p.a.row];
#pragma GCC unroll 4
      for (int c = 0; c < C; c++) sum[r][c] += left * right[c];
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < R; r++) {
    float* to = p.c + (i + r) * p.ldc + j;
#pragma GCC unroll 4
    for (int c = 0; c < C; c++, to += LANES) {
      if (p.n - j >= (c + 1) * LANES)
        store(to, p.add ? load(to) + sum[r][c] : sum[r][c]);
      else
        storePart(to, sum[r][c], p.n - j - c * LANES, p.add);
    }
  }
}

template <int R, int C>
static void smallTileOf(int rows, int columns, const SmallProduct& p, int64_t i, int64_t j) {
  if (rows < R) {
    if constexpr (R > 1) smallTileOf<R - 1, C>(rows, columns, p, i, j);
  } else if (columns < C) {
    if constexpr (C > 1) smallTileOf<R, C - 1>(rows, columns, p, i, j);
  } else {
    smallTile<R, C>(p, i, j);
  }
}

/// f(begin, length) for equal parts of [0, n), none longer than `most`: a full one and a small rest would have too few sums in the rest to hide
/// the latency of an addition.
template <class F>
static inline void equalParts(int64_t n, int64_t most, const F& f) {
  const int64_t count = (n + most - 1) / most;
  if (count == 0) return;
  const int64_t length = n / count, longer = n % count;
  int64_t begin = 0;
  for (int64_t i = 0; i < count; i++) {
    const int size = int(length + (i < longer));
    f(begin, size);
    begin += size;
  }
}

static void smallProduct(const SmallProduct& p) {
  equalParts((p.n + LANES - 1) / LANES, COLUMNS, [&](int64_t vector, int columns) {
    equalParts(p.m, ROWS, [&](int64_t row, int rows) { smallTileOf<ROWS, COLUMNS>(rows, columns, p, row, vector * LANES); });
  });
}

/// Copies `rows` rows of d numbers into rows `ld` apart, filled up with zeros; returns 0, or NaN when a number is not finite.
static float packRows(const float* from, int64_t stride, int64_t rows, int64_t d, float* to, int64_t ld) {
  Vector zeros = {}, others = {};  // two sums: in one, each addition would wait for the last
  float rest = 0;
  for (int64_t i = 0; i < rows; i++, from += stride, to += ld) {
    int64_t j = 0;
    for (; j + 2 * LANES <= d; j += 2 * LANES) {
      const Vector left = load(from + j), right = load(from + j + LANES);
      store(to + j, left);
      store(to + j + LANES, right);
      zeros += left * 0.0f;
      others += right * 0.0f;
    }
    for (; j + LANES <= d; j += LANES) {
      const Vector left = load(from + j);
      store(to + j, left);
      zeros += left * 0.0f;
    }
    for (; j < d; j++) to[j] = from[j], rest += from[j] * 0.0f;
    for (; j < ld; j++) to[j] = 0;
  }
  return rest + sumOf(zeros + others);
}

/// to[j][i] = from[i][j] · factor: [rows, d] -> [d, ld], filled up with zeros; returns 0, or NaN when a number is not finite.
static float packColumns(const float* from, int64_t stride, int64_t rows, int64_t d, float* to, int64_t ld, float factor) {
  Quad zeros = {};
  float rest = 0;
  int64_t i = 0;
  for (; i + 4 <= rows; i += 4) {
    const float* row = from + i * stride;
    int64_t j = 0;
    for (; j + 4 <= d; j += 4) {  // 4 x 4 numbers at once, in registers
      Quad r[4];
      for (int k = 0; k < 4; k++) r[k] = *reinterpret_cast<const Quad*>(row + k * stride + j) * factor;
      zeros += ((r[0] + r[1]) + (r[2] + r[3])) * 0.0f;
      const Quad low01 = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5), high01 = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
      const Quad low23 = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5), high23 = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
      float* out = to + j * ld + i;
      *reinterpret_cast<Quad*>(out) = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
      *reinterpret_cast<Quad*>(out + ld) = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
      *reinterpret_cast<Quad*>(out + 2 * ld) = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
      *reinterpret_cast<Quad*>(out + 3 * ld) = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
    }
    for (; j < d; j++)
      for (int k = 0; k < 4; k++) to[j * ld + i + k] = row[k * stride + j] * factor, rest += row[k * stride + j] * 0.0f;
  }
  for (; i < rows; i++)
    for (int64_t j = 0; j < d; j++) to[j * ld + i] = from[i * stride + j] * factor, rest += from[i * stride + j] * 0.0f;
  if (rows < ld)
    for (int64_t j = 0; j < d; j++) std::memset(to + j * ld + rows, 0, size_t(ld - rows) * sizeof(float));
  return rest + zeros[0] + zeros[1] + zeros[2] + zeros[3];
}

}  // namespace RSDIX_ISA
}  // namespace rsdix
