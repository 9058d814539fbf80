// Masks and softmax of attention's rows of scores (csrc/isa/*.cc only). Rows are whole vectors long: behind the last key the bias is -infinity.
#pragma once
#include "attention.h"
#include "small-product.h"

namespace rsdix {
namespace RSDIX_ISA {

// Added to masked scores, as the composed kernel does: finite, so that a row of masked keys alone attends evenly.
static const float MASKED = -1e9f;

/// What the rows of one head have in common.
struct Mask {
  const float* bias;  // [padded(keys)], added to each row
  const float* step;  // step[x] is added where a key is x behind the last that a query sees: 0 up to x = 0; null: every query sees every key
  int64_t keys;
  int64_t offset;  // the last key that query 0 sees
  int64_t first;   // the first key that isn't masked: rows that end before it look at every key
  bool finite;     // 0 times a hidden key is 0

  /// Keys that queries from `begin` to `last` must look at: those behind have no share, unless all before them are masked.
  int64_t width(int64_t begin, int64_t last) const {
    if (!step || !finite || begin + offset < first) return keys;
    return last + offset + 1 < keys ? last + offset + 1 : keys;
  }
  const float* stepOf(int64_t query) const { return step ? step - query - offset : nullptr; }
};

static int64_t maskScratch(const Attention& a) { return 3 * padded(a.keys); }

static Mask makeMask(const Attention& a, int64_t b, float* memory) {
  const int64_t whole = padded(a.keys);
  Mask mask{memory, nullptr, a.keys, a.keys - a.queries, 0, true};
  const float* const seen = a.keyMask ? a.keyMask + b * a.keys : nullptr;
  std::memset(memory, 0, size_t(a.keys) * sizeof(float));
  for (int64_t j = 0; seen && j < a.keys; j++) memory[j] = (1.0f - seen[j]) * MASKED;
  for (int64_t j = a.keys; j < whole; j++) memory[j] = -__builtin_inff();
  while (seen && mask.first < a.keys && memory[mask.first] != 0) mask.first++;
  if (a.causal) {
    float* const step = memory + whole;
    for (int64_t x = 0; x < 2 * whole; x++) step[x] = x < whole ? 0.0f : MASKED;
    mask.step = step + whole - 1;
  }
  return mask;
}

static inline Vector masked(const float* row, const float* bias, const float* step, int64_t j) {
  const Vector score = load(row + j) + load(bias + j);
  return step ? score + load(step + j) : score;
}

/// Masks a row of scores in place; the largest.
static inline float maskRow(float* row, const float* bias, const float* step, int64_t n) {
  Vector largest = Vector{} - __builtin_inff();
  for (int64_t j = 0; j < n; j += LANES) {
    const Vector score = masked(row, bias, step, j);
    store(row + j, score);
    largest = larger(score, largest);
  }
  return largestOf(largest);
}

/// e^(score - largest) in place; their sum.
static inline float exponentials(float* row, int64_t n, float largest) {
  Vector sum = {};
  for (int64_t j = 0; j < n; j += LANES) {
    const Vector e = expNegative(load(row + j) - largest);
    store(row + j, e);
    sum += e;
  }
  return sumOf(sum);
}

static inline void scaleRow(float* row, int64_t n, float factor) {
  for (int64_t j = 0; j < n; j += LANES) store(row + j, load(row + j) * factor);
}

/// Softmax of rows from query `first` on. A few rows at once go through each pass: one row alone waits for its maximum and for its sum.
static void softmaxRows(float* scores, int64_t ld, int64_t rows, int64_t n, const Mask& mask, int64_t first, float* state) {
  constexpr int64_t GROUP = 8;
  for (int64_t begin = 0; begin < rows; begin += GROUP) {
    const int64_t count = rows - begin < GROUP ? rows - begin : GROUP;
    float* const group = scores + begin * ld;
    float largest[GROUP], inverse[GROUP];
    for (int64_t r = 0; r < count; r++) largest[r] = maskRow(group + r * ld, mask.bias, mask.stepOf(first + begin + r), n);
    for (int64_t r = 0; r < count; r++) inverse[r] = 1.0f / exponentials(group + r * ld, n, largest[r]);
    for (int64_t r = 0; r < count; r++) scaleRow(group + r * ld, n, inverse[r]);
    for (int64_t r = 0; state && r < count; r++) state[2 * (begin + r)] = largest[r], state[2 * (begin + r) + 1] = inverse[r];
  }
}

/// From rows of scores and of dp = dy · vᵀ: p = e^(score - largest) · inverse in the scores' place, ds = p (dp - sum(p dp)) scale in dp's.
static void softmaxRowsGrad(float* scores, float* dp, int64_t ld, int64_t rows, int64_t n, const Mask& mask, int64_t first, const float* state, float scale) {
  for (int64_t r = 0; r < rows; r++, scores += ld, dp += ld) {
    const float largest = state[2 * r], inverse = state[2 * r + 1];
    const float* const step = mask.stepOf(first + r);
    Vector sum = {};
    for (int64_t j = 0; j < n; j += LANES) {
      const Vector p = expNegative(masked(scores, mask.bias, step, j) - largest) * inverse;
      store(scores + j, p);
      sum += p * load(dp + j);
    }
    const float along = sumOf(sum);
    for (int64_t j = 0; j < n; j += LANES) store(dp + j, load(scores + j) * (load(dp + j) - along) * scale);
  }
}

}  // namespace RSDIX_ISA
}  // namespace rsdix
