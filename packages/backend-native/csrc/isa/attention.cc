#include "../attention.h"

#include <cmath>

#include "../math.h"
#include "../small-product.h"

namespace rsdix::RSDIX_ISA {

// Added to masked scores, as the composed kernel does: finite, so that a row of masked keys alone attends evenly.
static const float MASKED = -1e9f;

// Queries whose scores are held at once. A multiple of the tile's rows.
constexpr int64_t BLOCK = 60;

static int64_t blockRows(int64_t queries) { return queries < BLOCK ? queries : BLOCK; }

/// What the rows of one head have in common.
struct Mask {
  const float* bias;  // [keys], added to each row; null: nothing
  int64_t offset;     // the last key that query 0 sees; with `causal` only
  bool causal;
  int64_t first;  // the first key that isn't masked: rows that end before it look at every key
  int64_t keys;
  bool finite;  // 0 times a hidden key is 0

  /// Keys that queries up to `last` must look at: those behind have no share, unless all before them are masked.
  int64_t width(int64_t begin, int64_t last) const {
    return causal && finite && begin + offset >= first ? (last + offset + 1 < keys ? last + offset + 1 : keys) : keys;
  }
};

static Mask makeMask(const Attention& a, int64_t b, float* bias) {
  Mask mask{nullptr, a.keys - a.queries, a.causal, 0, a.keys, true};
  if (!a.keyMask) return mask;
  const float* seen = a.keyMask + b * a.keys;
  for (int64_t j = 0; j < a.keys; j++) bias[j] = (1.0f - seen[j]) * MASKED;
  while (mask.first < a.keys && bias[mask.first] != 0) mask.first++;
  mask.bias = bias;
  return mask;
}

/// Masks a row of scores; behind `keys`, up to whole vectors, nothing is left.
static void maskRow(float* row, const Mask& mask, int64_t query, int64_t keys, int64_t whole) {
  if (mask.causal)
    for (int64_t j = query + mask.offset + 1; j < keys; j++) row[j] += MASKED;
  if (mask.bias)
    for (int64_t j = 0; j < keys; j++) row[j] += mask.bias[j];
  for (int64_t j = keys; j < whole; j++) row[j] = -INFINITY_;
}

/// e^(score - largest) in place; their sum. `n` is a multiple of a vector.
static float exponentials(float* row, int64_t n, float largest) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t j = 0; j < n; j++) {
    row[j] = expf_(row[j] - largest);
    sum += row[j];
  }
  return sum;
}

static void scaleRow(float* row, int64_t n, float factor) {
#pragma omp simd
  for (int64_t j = 0; j < n; j++) row[j] *= factor;
}

static int64_t wholeVectors(int64_t n) { return (n + LANES - 1) / LANES * LANES; }

static int64_t forwardScratch(const Attention& a) {
  const int64_t ldk = padded(a.keys), ldd = padded(a.d);
  return a.d * ldk + a.keys * ldd + blockRows(a.queries) * ldk + ldk;
}

static void forward(const Attention& a, int64_t index, int64_t begin, int64_t end, float* memory) {
  const int64_t b = index / a.heads, h = index % a.heads, ldk = padded(a.keys), ldd = padded(a.d);
  float* const keys = memory;  // [d, ldk], scaled
  float* const values = keys + a.d * ldk;
  float* const scores = values + a.keys * ldd;
  Mask mask = makeMask(a, b, scores + blockRows(a.queries) * ldk);
  const float zero = packColumns(a.k.at(b, h), a.k.row, a.keys, a.d, keys, ldk, a.scale) + packRows(a.v.at(b, h), a.v.row, a.keys, a.d, values, ldd);
  mask.finite = zero == 0;

  for (int64_t i = begin; i < end; i += BLOCK) {
    const int64_t rows = end - i < BLOCK ? end - i : BLOCK, width = mask.width(i, i + rows - 1), whole = wholeVectors(width);
    smallProduct({{a.q.at(b, h) + i * a.q.row, a.q.row, 1}, keys, ldk, scores, ldk, rows, whole, a.d, false});
    for (int64_t r = 0; r < rows; r++) {
      float* const row = scores + r * ldk;
      maskRow(row, mask, i + r, width, whole);
      const float largest = maximum(row, whole), inverse = 1.0f / exponentials(row, whole, largest);
      scaleRow(row, whole, inverse);
      if (a.state) {
        float* const state = a.state + (index * a.queries + i + r) * 2;
        state[0] = largest, state[1] = inverse;
      }
    }
    smallProduct({{scores, ldk, 1}, values, ldd, a.out.at(b, h) + i * a.out.row, a.out.row, rows, a.d, width, false});
  }
}

static int64_t backwardScratch(const Attention& a) {
  const int64_t ldk = padded(a.keys), ldd = padded(a.d), rows = blockRows(a.queries);
  return 2 * a.d * ldk + a.keys * ldd + 2 * rows * ldd + 2 * rows * ldk + ldk;
}

/// From a row of scores and of dp = dy · vᵀ: p = e^(score - largest) · inverse, and ds = p (dp - sum(p dp)) scale in dp's place.
static void rowGrad(float* p, float* dp, int64_t n, float largest, float inverse, float scale) {
  float along = 0;
#pragma omp simd reduction(+ : along)
  for (int64_t j = 0; j < n; j++) {
    p[j] = expf_(p[j] - largest) * inverse;
    along += p[j] * dp[j];
  }
#pragma omp simd
  for (int64_t j = 0; j < n; j++) dp[j] = p[j] * (dp[j] - along) * scale;
}

static void clearRows(float* rows, int64_t stride, int64_t count, int64_t d) {
  for (int64_t i = 0; i < count; i++, rows += stride) std::memset(rows, 0, size_t(d) * sizeof(float));
}

/// Scores are computed again from the row's largest and sum: as fast as reading them back, and nothing of size queries · keys is kept.
static void backward(const Attention& a, const Heads& dq, const Heads& dk, const Heads& dv, int64_t index, float* memory) {
  const int64_t b = index / a.heads, h = index % a.heads, ldk = padded(a.keys), ldd = padded(a.d), block = blockRows(a.queries);
  float* const keyColumns = memory;  // [d, ldk], scaled
  float* const valueColumns = keyColumns + a.d * ldk;
  float* const keys = valueColumns + a.d * ldk;
  float* const queries = keys + a.keys * ldd;
  float* const gradients = queries + block * ldd;
  float* const p = gradients + block * ldd;
  float* const dp = p + block * ldk;
  Mask mask = makeMask(a, b, dp + block * ldk);
  const float* const q = a.q.at(b, h);
  const float* const dy = a.out.at(b, h);
  const float zero = packColumns(a.k.at(b, h), a.k.row, a.keys, a.d, keyColumns, ldk, a.scale) +
                     packColumns(a.v.at(b, h), a.v.row, a.keys, a.d, valueColumns, ldk, 1) +
                     packRows(a.k.at(b, h), a.k.row, a.keys, a.d, keys, ldd);
  clearRows(dk.at(b, h), dk.row, a.keys, a.d);
  clearRows(dv.at(b, h), dv.row, a.keys, a.d);

  for (int64_t i = 0; i < a.queries; i += block) {
    const int64_t rows = a.queries - i < block ? a.queries - i : block;
    const float own = packRows(q + i * a.q.row, a.q.row, rows, a.d, queries, ldd) + packRows(dy + i * a.out.row, a.out.row, rows, a.d, gradients, ldd);
    mask.finite = zero + own == 0;
    const int64_t width = mask.width(i, i + rows - 1), whole = wholeVectors(width);
    smallProduct({{queries, ldd, 1}, keyColumns, ldk, p, ldk, rows, whole, a.d, false});
    smallProduct({{gradients, ldd, 1}, valueColumns, ldk, dp, ldk, rows, whole, a.d, false});
    for (int64_t r = 0; r < rows; r++) {
      const float* const state = a.state + (index * a.queries + i + r) * 2;
      maskRow(p + r * ldk, mask, i + r, width, whole);
      rowGrad(p + r * ldk, dp + r * ldk, whole, state[0], state[1], a.scale);
    }
    smallProduct({{p, 1, ldk}, gradients, ldd, dv.at(b, h), dv.row, width, a.d, rows, true});
    smallProduct({{dp, ldk, 1}, keys, ldd, dq.at(b, h) + i * dq.row, dq.row, rows, a.d, width, false});
    smallProduct({{dp, 1, ldk}, queries, ldd, dk.at(b, h), dk.row, width, a.d, rows, true});
  }
}

extern const AttentionTable attentionTable = {forwardScratch, backwardScratch, forward, backward};

}  // namespace rsdix::RSDIX_ISA
