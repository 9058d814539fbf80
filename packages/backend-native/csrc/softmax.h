// Softmax of rows, its logarithm, and cross-entropy with whole numbers as targets.
#pragma once
#include <cstdint>

#include "isa.h"

namespace rsdix {

struct SoftmaxTable {
  void (*softmax)(const float* x, float* y, int64_t rows, int64_t n);
  void (*logSoftmax)(const float* x, float* y, int64_t rows, int64_t n);
  /// out[row] = log(sum(e^x)).
  void (*logSumExp)(const float* x, float* out, int64_t rows, int64_t n);
  /// One row: dx = (e^(x - logSumExp) - 1 at the target) · share.
  void (*crossEntropyGrad)(const float* x, float logSumExp, float share, int64_t target, float* dx, int64_t n);
};

}  // namespace rsdix

RSDIX_TABLE(SoftmaxTable, softmaxTable)
