#include "../attention.h"

#include "../attention-rows.h"
#include "../small-product.h"

namespace rsdix::RSDIX_ISA {

/// Queries whose scores are held at once, about equally many each time. In causal order each part looks at its own share of the keys, so that
/// short parts save work; with many keys, gradients of keys and values that are added to in too many parts would cost more than that.
static int64_t blockRows(const Attention& a) {
  const int64_t most = a.causal && a.keys <= 192 ? 24 : 60;
  const int64_t parts = (a.queries + most - 1) / most;
  return parts == 0 ? 0 : (a.queries + parts - 1) / parts;
}

static int64_t wholeVectors(int64_t n) { return (n + LANES - 1) / LANES * LANES; }

static int64_t forwardScratch(const Attention& a) {
  const int64_t ldk = padded(a.keys), ldd = padded(a.d);
  return a.d * ldk + a.keys * ldd + blockRows(a) * ldk + maskScratch(a);
}

static void forward(const Attention& a, int64_t index, int64_t begin, int64_t end, float* memory) {
  const int64_t b = index / a.heads, h = index % a.heads, ldk = padded(a.keys), ldd = padded(a.d), block = blockRows(a);
  float* const keys = memory;  // [d, ldk], scaled
  float* const values = keys + a.d * ldk;
  float* const scores = values + a.keys * ldd;
  Mask mask = makeMask(a, b, scores + block * ldk);
  const float zero = packColumns(a.k.at(b, h), a.k.row, a.keys, a.d, keys, ldk, a.scale) + packRows(a.v.at(b, h), a.v.row, a.keys, a.d, values, ldd);
  mask.finite = zero == 0;

  for (int64_t i = begin; i < end; i += block) {
    const int64_t rows = end - i < block ? end - i : block, width = mask.width(i, i + rows - 1), whole = wholeVectors(width);
    smallProduct({{a.q.at(b, h) + i * a.q.row, a.q.row, 1}, keys, ldk, scores, ldk, rows, whole, a.d, false});
    softmaxRows(scores, ldk, rows, whole, mask, i, a.state ? a.state + (index * a.queries + i) * 2 : nullptr);
    smallProduct({{scores, ldk, 1}, values, ldd, a.out.at(b, h) + i * a.out.row, a.out.row, rows, a.d, width, false});
  }
}

static int64_t backwardScratch(const Attention& a) {
  const int64_t ldk = padded(a.keys), ldd = padded(a.d), rows = blockRows(a);
  return 2 * a.d * ldk + a.keys * ldd + 2 * rows * ldd + 2 * rows * ldk + maskScratch(a);
}

static void clearRows(float* rows, int64_t stride, int64_t count, int64_t d) {
  for (int64_t i = 0; i < count; i++, rows += stride) std::memset(rows, 0, size_t(d) * sizeof(float));
}

/// Scores are computed again from the row's largest and sum: as fast as reading them back, and nothing of size queries · keys is kept.
static void backward(const Attention& a, const Heads& dq, const Heads& dk, const Heads& dv, int64_t index, float* memory) {
  const int64_t b = index / a.heads, h = index % a.heads, ldk = padded(a.keys), ldd = padded(a.d), block = blockRows(a);
  float* const keyColumns = memory;  // [d, ldk], scaled
  float* const valueColumns = keyColumns + a.d * ldk;
  float* const keys = valueColumns + a.d * ldk;
  float* const queries = keys + a.keys * ldd;
  float* const gradients = queries + block * ldd;
  float* const p = gradients + block * ldd;
  float* const dp = p + block * ldk;
  Mask mask = makeMask(a, b, dp + block * ldk);
  const float zero = packColumns(a.k.at(b, h), a.k.row, a.keys, a.d, keyColumns, ldk, a.scale) +
                     packColumns(a.v.at(b, h), a.v.row, a.keys, a.d, valueColumns, ldk, 1) +
                     packRows(a.k.at(b, h), a.k.row, a.keys, a.d, keys, ldd);
  clearRows(dk.at(b, h), dk.row, a.keys, a.d);
  clearRows(dv.at(b, h), dv.row, a.keys, a.d);

  for (int64_t i = 0; i < a.queries; i += block) {
    const int64_t rows = a.queries - i < block ? a.queries - i : block;
    const float own = packRows(a.q.at(b, h) + i * a.q.row, a.q.row, rows, a.d, queries, ldd) +
                      packRows(a.out.at(b, h) + i * a.out.row, a.out.row, rows, a.d, gradients, ldd);
    mask.finite = zero + own == 0;
    const int64_t width = mask.width(i, i + rows - 1), whole = wholeVectors(width);
    smallProduct({{queries, ldd, 1}, keyColumns, ldk, p, ldk, rows, whole, a.d, false});
    smallProduct({{gradients, ldd, 1}, valueColumns, ldk, dp, ldk, rows, whole, a.d, false});
    softmaxRowsGrad(p, dp, ldk, rows, whole, mask, i, a.state + (index * a.queries + i) * 2, a.scale);
    smallProduct({{p, 1, ldk}, gradients, ldd, dv.at(b, h), dv.row, width, a.d, rows, true});
    smallProduct({{dp, ldk, 1}, keys, ldd, dq.at(b, h) + i * dq.row, dq.row, rows, a.d, width, false});
    smallProduct({{dp, 1, ldk}, queries, ldd, dk.at(b, h), dk.row, width, a.d, rows, true});
  }
}

extern const AttentionTable attentionTable = {forwardScratch, backwardScratch, forward, backward};

}  // namespace rsdix::RSDIX_ISA
