#include "gemm.h"

#include <algorithm>

#include "linear.h"
#include "openblas.h"
#include "threads.h"

namespace rsdix {
namespace {

// Below this many multiplications a second thread costs more than it brings.
constexpr int64_t SERIAL_WORK = 150000;

int64_t ceilDivide(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Parts along m and n, `threads` of them at most, whose packing moves the fewest numbers.
struct Grid {
  int64_t rows, columns;
};
Grid chooseGrid(int64_t m, int64_t n, int64_t threads) {
  Grid best{1, threads};
  double least = 1e300;
  for (int64_t rows = 1; rows <= threads; rows++) {
    if (threads % rows) continue;
    const int64_t columns = threads / rows;
    if ((rows > 1 && m / rows < 16) || (columns > 1 && n / columns < 16)) continue;
    const double moved = double(m) / double(rows) + double(n) / double(columns);
    if (moved < least) least = moved, best = {rows, columns};
  }
  return best;
}

}  // namespace

void gemmSerial(bool transposeA, bool transposeB, int64_t m, int64_t n, int64_t k, float alpha, const float* a, int64_t lda, const float* b,
                int64_t ldb, float beta, float* c, int64_t ldc) {
  if (m <= 0 || n <= 0) return;
  if (k <= 0) {  // an empty sum
    if (beta == 0)
      for (int64_t i = 0; i < m; i++) std::fill(c + i * ldc, c + i * ldc + n, 0.0f);
    return;
  }
  scipy_cblas_sgemm(RSDIX_ROW_MAJOR, transposeA ? RSDIX_TRANSPOSED : RSDIX_PLAIN, transposeB ? RSDIX_TRANSPOSED : RSDIX_PLAIN, int(m), int(n),
                    int(k), alpha, a, int(lda), b, int(ldb), beta, c, int(ldc));
}

/// The epilogue of the block of c that starts at (i, j).
static void finishBlock(const Product& p, const Epilogue& e, int64_t i, int64_t j, int64_t rows, int64_t columns) {
  if (e.empty()) return;
  const int64_t at = i * p.n + j;
  linearTable().finish(p.c + at, rows, columns, p.n,
                       {e.bias ? e.bias + j : nullptr, e.activation, e.residual ? e.residual + at : nullptr, e.slope ? e.slope + at : nullptr});
}

void gemmWith(const Product& p, const Epilogue& epilogue) {
  if (isSmall(p)) return gemmSmall(p, epilogue);
  const int64_t lda = p.transposeA ? p.m : p.k, ldb = p.transposeB ? p.k : p.n, threads = threadCount();
  if (threads == 1 || p.m * p.n * p.k < SERIAL_WORK) {
    gemmSerial(p.transposeA, p.transposeB, p.m, p.n, p.k, 1, p.a, lda, p.b, ldb, 0, p.c, p.n);
    finishBlock(p, epilogue, 0, 0, p.m, p.n);
    return;
  }
  if (p.m == 1 && p.transposeB && !p.transposeA) {  // one row against the rows of b: read once, in order
    parallelFor(p.n, 1 + SERIAL_WORK / p.k, [&](int64_t begin, int64_t end) {
      linearTable().dots(p.a, p.b, p.c, p.k, begin, end);
      finishBlock(p, epilogue, 0, begin, 1, end - begin);
    });
    return;
  }
  const Grid grid = chooseGrid(p.m, p.n, threads);
  // Whole kernel tiles for each part: 16 and 32 cover the tile sizes of OpenBLAS' kernels.
  const int64_t height = ceilDivide(ceilDivide(p.m, grid.rows), 16) * 16, width = ceilDivide(ceilDivide(p.n, grid.columns), 32) * 32;
  parallelEach(grid.rows * grid.columns, [&](int64_t part) {
    const int64_t i = (part / grid.columns) * height, j = (part % grid.columns) * width;
    const int64_t rows = std::min(height, p.m - i), columns = std::min(width, p.n - j);
    if (rows <= 0 || columns <= 0) return;
    gemmSerial(p.transposeA, p.transposeB, rows, columns, p.k, 1, p.transposeA ? p.a + i : p.a + i * lda, lda,
               p.transposeB ? p.b + j * ldb : p.b + j, ldb, 0, p.c + i * p.n + j, p.n);
    finishBlock(p, epilogue, i, j, rows, columns);
  });
}

void gemm(const Product& p) { gemmWith(p, {nullptr, Activation::none, nullptr, nullptr}); }

void gemmBatch(const Product& first, int64_t count, int64_t strideA, int64_t strideB) {
  const auto at = [&](int64_t i) {
    Product p = first;
    p.a += i * strideA;
    p.b += i * strideB;
    p.c += i * first.m * first.n;
    return p;
  };
  if (count < threadCount()) {
    for (int64_t i = 0; i < count; i++) gemm(at(i));
    return;
  }
  const int64_t lda = first.transposeA ? first.m : first.k, ldb = first.transposeB ? first.k : first.n;
  const int64_t grain = std::max<int64_t>(1, SERIAL_WORK / std::max<int64_t>(1, first.m * first.n * first.k));
  parallelFor(count, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const Product p = at(i);
      gemmSerial(p.transposeA, p.transposeB, p.m, p.n, p.k, 1, p.a, lda, p.b, ldb, 0, p.c, p.n);
    }
  });
}

}  // namespace rsdix
