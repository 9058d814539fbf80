#include "../linear.h"

#include "../math.h"

namespace rsdix {
namespace RSDIX_ISA {

// Sizes of the register tile: ROWS x 2 vectors of accumulators, two vectors of the panel and one broadcast fit the registers.
#if defined(RSDIX_ISA_avx512)
constexpr int LANES = 16, ROWS = 13;
#elif defined(RSDIX_ISA_avx2)
constexpr int LANES = 8, ROWS = 6;
#elif defined(__aarch64__)
constexpr int LANES = 4, ROWS = 12;
#else
constexpr int LANES = 4, ROWS = 6;
#endif
constexpr int PANEL = 2 * LANES;

typedef float Vector __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

static inline Vector load(const float* p) { return *reinterpret_cast<const Vector*>(p); }
static inline void store(float* p, Vector v) { *reinterpret_cast<Vector*>(p) = v; }

/// R rows of a, or columns where it is transposed, times one panel: c [R, PANEL], rows `ldc` apart.
template <int R, bool transposed>
static inline void tile(const float* a, int64_t lda, const float* panel, float* c, int64_t ldc, int64_t k) {
  Vector sum[R][2];
  for (int r = 0; r < R; r++) sum[r][0] = sum[r][1] = Vector{};
  for (int64_t i = 0; i < k; i++) {
    const Vector left = load(panel + i * PANEL), right = load(panel + i * PANEL + LANES);
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
      const float x = transposed ? a[i * lda + r] : a[r * lda + i];
      sum[r][0] += x * left;
      sum[r][1] += x * right;
    }
  }
  for (int r = 0; r < R; r++) {
    store(c + r * ldc, sum[r][0]);
    store(c + r * ldc + LANES, sum[r][1]);
  }
}

template <int R, bool transposed>
static void tileOf(int rows, const float* a, int64_t lda, const float* panel, float* c, int64_t ldc, int64_t k) {
  if (rows == R) return tile<R, transposed>(a, lda, panel, c, ldc, k);
  if constexpr (R > 1) tileOf<R - 1, transposed>(rows, a, lda, panel, c, ldc, k);
}

static void packRows(const float* b, int64_t k, int64_t n, int64_t first, int64_t columns, float* out) {
  for (int64_t i = 0; i < k; i++, out += PANEL) {
    const float* row = b + i * n + first;
    if (columns == PANEL) {
      store(out, load(row));
      store(out + LANES, load(row + LANES));
    } else {
      for (int64_t j = 0; j < PANEL; j++) out[j] = j < columns ? row[j] : 0.0f;
    }
  }
}

static void packTransposed(const float* b, int64_t k, int64_t first, int64_t columns, float* out) {
  constexpr int64_t BLOCK = 64;  // rows of the panel that stay in the first cache while the columns are read
  for (int64_t i0 = 0; i0 < k; i0 += BLOCK) {
    const int64_t i1 = k < i0 + BLOCK ? k : i0 + BLOCK;
    for (int64_t j = 0; j < PANEL; j++)
      for (int64_t i = i0; i < i1; i++) out[i * PANEL + j] = j < columns ? b[(first + j) * k + i] : 0.0f;
  }
}

static void pack(const float* b, bool transposed, int64_t k, int64_t n, int64_t begin, int64_t end, float* packed) {
  for (int64_t p = begin; p < end; p++) {
    const int64_t first = p * PANEL, columns = n - first < PANEL ? n - first : PANEL;
    if (transposed)
      packTransposed(b, k, first, columns, packed + p * k * PANEL);
    else
      packRows(b, k, n, first, columns, packed + p * k * PANEL);
  }
}

static void dots(const float* a, const float* b, float* y, int64_t k, int64_t begin, int64_t end) {
  for (int64_t j = begin; j < end; j++) {
    const float* row = b + j * k;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < k; i++) sum += a[i] * row[i];
    y[j] = sum;
  }
}

struct Shaped {
  float value, slope;
};

static inline Shaped quickGelu(float x) {
  const float s = sigmoidf_(1.702f * x);
  return {x * s, s + 1.702f * x * s * (1.0f - s)};
}
static inline Shaped gelu(float x) {
  const float cdf = 0.5f * (1.0f + erff_(x * 0.70710678f));
  return {x * cdf, cdf + x * 0.39894228f * expf_(-0.5f * x * x)};
}
static inline Shaped geluTanh(float x) {
  constexpr float c = 0.79788456f, cubic = 0.044715f;
  const float t = tanhf_(c * x * (1.0f + cubic * x * x));
  return {0.5f * x * (1.0f + t), 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * c * (1.0f + 3.0f * cubic * x * x)};
}
static inline Shaped relu(float x) { return {x < 0 ? 0.0f : x, x > 0 ? 1.0f : x <= 0 ? 0.0f : x}; }  // NaN stays NaN
static inline Shaped hyperbolic(float x) {
  const float t = tanhf_(x);
  return {t, 1.0f - t * t};
}

/// One row: z -> f(z + bias) + residual, in place.
template <Shaped (*f)(float)>
static void finishRow(float* y, int64_t n, const float* bias, const float* residual, float* slope) {
  if (bias) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++) y[j] += bias[j];
  }
  if (slope) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++) {
      const Shaped s = f(y[j]);
      y[j] = s.value;
      slope[j] = s.slope;
    }
  } else {
#pragma omp simd
    for (int64_t j = 0; j < n; j++) y[j] = f(y[j]).value;
  }
  if (residual) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++) y[j] += residual[j];
  }
}

static void finishPlainRow(float* y, int64_t n, const float* bias, const float* residual) {
  if (bias && residual) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++) y[j] = y[j] + bias[j] + residual[j];
  } else if (bias || residual) {
    const float* other = bias ? bias : residual;
#pragma omp simd
    for (int64_t j = 0; j < n; j++) y[j] += other[j];
  }
}

static void finish(float* y, int64_t rows, int64_t columns, int64_t stride, const Epilogue& e) {
  for (int64_t i = 0; i < rows; i++) {
    float* row = y + i * stride;
    const float* residual = e.residual ? e.residual + i * stride : nullptr;
    float* slope = e.slope ? e.slope + i * stride : nullptr;
    switch (e.activation) {
      case Activation::quickGelu: finishRow<quickGelu>(row, columns, e.bias, residual, slope); break;
      case Activation::gelu: finishRow<gelu>(row, columns, e.bias, residual, slope); break;
      case Activation::geluTanh: finishRow<geluTanh>(row, columns, e.bias, residual, slope); break;
      case Activation::relu: finishRow<relu>(row, columns, e.bias, residual, slope); break;
      case Activation::tanh: finishRow<hyperbolic>(row, columns, e.bias, residual, slope); break;
      default: finishPlainRow(row, columns, e.bias, residual);
    }
  }
}

template <bool transposed>
static void multiply(const float* a, const float* packed, float* y, int64_t m, int64_t n, int64_t k, const Epilogue& epilogue, int64_t begin,
                     int64_t end) {
  const int64_t tiles = (m + ROWS - 1) / ROWS, least = m / tiles, larger = m % tiles;  // rows spread evenly over the tiles
  const bool plain = epilogue.empty();
  float edge[ROWS * PANEL];
  for (int64_t p = begin; p < end; p++) {
    const float* panel = packed + p * k * PANEL;
    const int64_t first = p * PANEL, columns = n - first < PANEL ? n - first : PANEL;
    for (int64_t t = 0, row = 0; t < tiles; t++) {
      const int rows = int(least + (t < larger));
      float* out = y + row * n + first;
      const float* rowsOfA = transposed ? a + row : a + row * k;
      const int64_t lda = transposed ? m : k;
      if (columns == PANEL) {
        tileOf<ROWS, transposed>(rows, rowsOfA, lda, panel, out, n, k);
      } else {
        tileOf<ROWS, transposed>(rows, rowsOfA, lda, panel, edge, PANEL, k);
        for (int i = 0; i < rows; i++)
          for (int64_t j = 0; j < columns; j++) out[i * n + j] = edge[i * PANEL + j];
      }
      if (!plain) {
        const int64_t at = row * n + first;
        finish(out, rows, columns, n,
               {epilogue.bias ? epilogue.bias + first : nullptr, epilogue.activation, epilogue.residual ? epilogue.residual + at : nullptr,
                epilogue.slope ? epilogue.slope + at : nullptr});
      }
      row += rows;
    }
  }
}

extern const LinearTable linearTable = {PANEL, pack, dots, {multiply<false>, multiply<true>}, finish};

}  // namespace RSDIX_ISA
}  // namespace rsdix
