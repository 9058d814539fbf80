// Matrix products on the shared pool: OpenBLAS on one thread for each part.
#pragma once
#include <cstdint>

namespace rsdix {

struct Product {
  bool transposeA, transposeB;
  int64_t m, n, k;
  const float* a;
  const float* b;
  float* c;  // [m, n], rows contiguous
};

/// c = op(a) · op(b), split over the pool's threads.
void gemm(const Product& product);

/// `count` products of one shape, a stride apart (0: the same matrix again), each on one thread when there are enough of them.
void gemmBatch(const Product& first, int64_t count, int64_t strideA, int64_t strideB);

/// One product on the calling thread, with leading dimensions: for kernels that run inside a parallel region.
void gemmSerial(bool transposeA, bool transposeB, int64_t m, int64_t n, int64_t k, float alpha, const float* a, int64_t lda, const float* b,
                int64_t ldb, float beta, float* c, int64_t ldc);

}  // namespace rsdix
