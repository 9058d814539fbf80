#include "../reduce.h"

#include "../math.h"

namespace rsdix {
namespace RSDIX_ISA {
namespace {

// Sums and products are kept in double, as the stock backend's JavaScript does: no cancellation or overflow that it doesn't have, and memory
// is slower than this anyway.

void sumRows(const float* x, int64_t rows, int64_t n, double* out) {
  for (int64_t r = 0; r < rows; r++, x += n) {
    // Four streams: one sum would wait for its own last addition.
    const int64_t quarter = n >= 128 ? n / 4 : 0;
    double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
    for (int64_t i = 0; i < quarter; i++) {
      s0 += x[i];
      s1 += x[quarter + i];
      s2 += x[2 * quarter + i];
      s3 += x[3 * quarter + i];
    }
#pragma omp simd reduction(+ : s0)
    for (int64_t i = 4 * quarter; i < n; i++) s0 += x[i];
    out[r] = (s0 + s1) + (s2 + s3);
  }
}

void productRows(const float* x, int64_t rows, int64_t n, double* out) {
  for (int64_t r = 0; r < rows; r++, x += n) {
    double product = 1;
    for (int64_t i = 0; i < n; i++) product *= x[i];  // in order: overflow to infinity must not depend on it
    out[r] = product;
  }
}

struct Largest {
  static constexpr float START = -__builtin_inff();
  static bool better(float a, float b) { return a > b; }
};
struct Smallest {
  static constexpr float START = __builtin_inff();
  static bool better(float a, float b) { return a < b; }
};

/// The best of n numbers, NaN not counted; `nan` tells whether there was one.
template <class Order>
inline float bestOf(const float* x, int64_t n, bool& nan) {
  float lanes[64];
  for (int j = 0; j < 64; j++) lanes[j] = Order::START;
  int32_t unordered = 0;
  int64_t i = 0;
  for (; i + 64 <= n; i += 64) {
#pragma omp simd reduction(| : unordered)
    for (int j = 0; j < 64; j++) {
      const float v = x[i + j];
      lanes[j] = Order::better(v, lanes[j]) ? v : lanes[j];
      unordered |= v != v ? 1 : 0;
    }
  }
  for (; i < n; i++) {
    lanes[i & 63] = Order::better(x[i], lanes[i & 63]) ? x[i] : lanes[i & 63];
    unordered |= x[i] != x[i] ? 1 : 0;
  }
  for (int width = 32; width > 0; width /= 2)
    for (int j = 0; j < width; j++) lanes[j] = Order::better(lanes[j + width], lanes[j]) ? lanes[j + width] : lanes[j];
  nan = unordered != 0;
  return lanes[0];
}

template <class Order>
void bestRows(const float* x, int64_t rows, int64_t n, double* out) {
  for (int64_t r = 0; r < rows; r++, x += n) {
    if (n < 64) {
      float best = Order::START;
      for (int64_t i = 0; i < n; i++) best = x[i] != x[i] || Order::better(x[i], best) ? x[i] : best;
      out[r] = best;
      continue;
    }
    bool nan;
    const float best = bestOf<Order>(x, n, nan);
    out[r] = nan ? NAN_ : best;
  }
}

template <class Order>
void argRows(const float* x, int64_t rows, int64_t n, int32_t* out) {
  for (int64_t r = 0; r < rows; r++, x += n) {
    int64_t at = 0;
    if (n < 64) {
      for (int64_t i = 1; i < n; i++) at = Order::better(x[i], x[at]) ? i : at;
    } else if (x[0] == x[0]) {
      bool nan;
      const float best = bestOf<Order>(x, n, nan);
      for (; at < n; at += 64) {  // 64 at a time, then the one
        int32_t found = 0;
        const int64_t end = n - at < 64 ? n - at : 64;
#pragma omp simd reduction(| : found)
        for (int64_t j = 0; j < end; j++) found |= x[at + j] == best ? 1 : 0;
        if (found) break;
      }
      while (at < n - 1 && x[at] != best) at++;
    }
    out[r] = int32_t(at);
  }
}

template <bool product>
void foldColumns(const float* x, int64_t stride, int64_t n, int64_t width, double* out) {
  for (int64_t j = 0; j < width; j++) out[j] = product ? 1 : 0;
  for (int64_t i = 0; i < n; i++, x += stride) {
#pragma omp simd
    for (int64_t j = 0; j < width; j++) out[j] = product ? out[j] * x[j] : out[j] + x[j];
  }
}

template <class Order>
void bestColumns(const float* x, int64_t stride, int64_t n, int64_t width, double* out) {
  float best[REDUCE_TILE];
  for (int64_t j = 0; j < width; j++) best[j] = Order::START;
  for (int64_t i = 0; i < n; i++, x += stride) {
#pragma omp simd
    for (int64_t j = 0; j < width; j++) best[j] = x[j] != x[j] || Order::better(x[j], best[j]) ? x[j] : best[j];
  }
  for (int64_t j = 0; j < width; j++) out[j] = best[j];
}

template <class Order>
void argColumns(const float* x, int64_t stride, int64_t n, int64_t width, int32_t* out) {
  float best[REDUCE_TILE];
  for (int64_t j = 0; j < width; j++) {
    best[j] = x[j];
    out[j] = 0;
  }
  for (int64_t i = 1; i < n; i++) {
    x += stride;
#pragma omp simd
    for (int64_t j = 0; j < width; j++) {
      const bool better = Order::better(x[j], best[j]);
      best[j] = better ? x[j] : best[j];
      out[j] = better ? int32_t(i) : out[j];
    }
  }
}

}  // namespace

extern const ReduceTable reduceTable = {
    {sumRows, productRows, bestRows<Largest>, bestRows<Smallest>},
    {foldColumns<false>, foldColumns<true>, bestColumns<Largest>, bestColumns<Smallest>},
    {argRows<Largest>, argRows<Smallest>},
    {argColumns<Largest>, argColumns<Smallest>},
};

}  // namespace RSDIX_ISA
}  // namespace rsdix
