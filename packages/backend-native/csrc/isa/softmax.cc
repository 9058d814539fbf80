#include "../softmax.h"

#include "../math.h"
#include "../vector.h"

namespace rsdix::RSDIX_ISA {

// A NaN that the maximum passes over is not lost: it comes back in the sum of e^(x - largest).

static float sumOfExponentials(const float* x, int64_t n, float largest) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < n; i++) sum += expf_(x[i] - largest);
  return sum;
}

static void softmax(const float* x, float* y, int64_t rows, int64_t n) {
  for (int64_t row = 0; row < rows; row++, x += n, y += n) {
    const float largest = maximum(x, n);
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) {
      y[i] = expf_(x[i] - largest);
      sum += y[i];
    }
    const float inverse = 1.0f / sum;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) y[i] *= inverse;
  }
}

static void logSoftmax(const float* x, float* y, int64_t rows, int64_t n) {
  for (int64_t row = 0; row < rows; row++, x += n, y += n) {
    const float largest = maximum(x, n), rest = logf_(sumOfExponentials(x, n, largest));
#pragma omp simd
    for (int64_t i = 0; i < n; i++) y[i] = x[i] - largest - rest;
  }
}

static void logSumExp(const float* x, float* out, int64_t rows, int64_t n) {
  for (int64_t row = 0; row < rows; row++, x += n) {
    const float largest = maximum(x, n);
    out[row] = largest + logf_(sumOfExponentials(x, n, largest));
  }
}

static void crossEntropyGrad(const float* x, float logSumExp, float share, int64_t target, float* dx, int64_t n) {
  if (share == 0 && logSumExp - logSumExp == 0) {  // a row that was left out; one with NaN in it stays NaN
    std::memset(dx, 0, static_cast<size_t>(n) * sizeof(float));
    return;
  }
#pragma omp simd
  for (int64_t i = 0; i < n; i++) dx[i] = expf_(x[i] - logSumExp) * share;
  dx[target] -= share;
}

extern const SoftmaxTable softmaxTable = {softmax, logSoftmax, logSumExp, crossEntropyGrad};

}  // namespace rsdix::RSDIX_ISA
