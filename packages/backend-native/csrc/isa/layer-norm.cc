#include "../layer-norm.h"

#include <cmath>

namespace rsdix::RSDIX_ISA {

static void forward(const float* x, const float* gamma, const float* beta, float* y, float* state, int64_t rows, int64_t d, float epsilon) {
  for (int64_t row = 0; row < rows; row++, x += d, y += d) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < d; i++) sum += x[i];
    const float mean = sum / float(d);
    float squares = 0;  // of what remains without the mean: the difference of two large sums would lose digits
#pragma omp simd reduction(+ : squares)
    for (int64_t i = 0; i < d; i++) squares += (x[i] - mean) * (x[i] - mean);
    const float inverse = 1.0f / sqrtf(squares / float(d) + epsilon);
#pragma omp simd
    for (int64_t i = 0; i < d; i++) y[i] = (x[i] - mean) * inverse * gamma[i] + beta[i];
    if (state) state[2 * row] = mean, state[2 * row + 1] = inverse;
  }
}

static void backward(const float* dy, const float* x, const float* gamma, const float* state, float* dx, float* dgamma, float* dbeta,
                     int64_t rows, int64_t d) {
  for (int64_t row = 0; row < rows; row++, dy += d, x += d, dx += d) {
    const float mean = state[2 * row], inverse = state[2 * row + 1];
    float sum = 0, along = 0;
#pragma omp simd reduction(+ : sum, along)
    for (int64_t i = 0; i < d; i++) {
      const float normal = (x[i] - mean) * inverse, g = dy[i] * gamma[i];
      sum += g;
      along += g * normal;
      dgamma[i] += dy[i] * normal;
      dbeta[i] += dy[i];
    }
    sum /= float(d), along /= float(d);
#pragma omp simd
    for (int64_t i = 0; i < d; i++) dx[i] = inverse * (dy[i] * gamma[i] - sum - (x[i] - mean) * inverse * along);
  }
}

extern const LayerNormTable layerNormTable = {forward, backward};

}  // namespace rsdix::RSDIX_ISA
