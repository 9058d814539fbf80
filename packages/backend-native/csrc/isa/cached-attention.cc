#include "../cached-attention.h"

#include "../math.h"
#include "../vector.h"

namespace rsdix::RSDIX_ISA {

// Added to masked scores, as in csrc/isa/attention.cc.
static const float MASKED = -1e9f;

/// scores[j] = q · k[j] · scale.
static void dotRows(const float* q, const float* k, int64_t keys, int64_t d, float scale, float* scores) {
  int64_t j = 0;
  for (; j + 4 <= keys; j += 4) {  // four sums at once: one alone waits for each of its additions
    const float *a = k + j * d, *b = a + d, *c = b + d, *e = c + d;
    float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
    for (int64_t i = 0; i < d; i++) s0 += q[i] * a[i], s1 += q[i] * b[i], s2 += q[i] * c[i], s3 += q[i] * e[i];
    scores[j] = s0 * scale, scores[j + 1] = s1 * scale, scores[j + 2] = s2 * scale, scores[j + 3] = s3 * scale;
  }
  for (; j < keys; j++) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < d; i++) sum += q[i] * k[j * d + i];
    scores[j] = sum * scale;
  }
}

/// out = the sum of weights[j] · v[j].
static void mixRows(const float* weights, const float* v, int64_t keys, int64_t d, float* out) {
  for (int64_t i = 0; i < d; i++) out[i] = 0;
  int64_t j = 0;
  for (; j + 4 <= keys; j += 4) {
    const float *a = v + j * d, *b = a + d, *c = b + d, *e = c + d;
    const float w0 = weights[j], w1 = weights[j + 1], w2 = weights[j + 2], w3 = weights[j + 3];
#pragma omp simd
    for (int64_t i = 0; i < d; i++) out[i] += (w0 * a[i] + w1 * b[i]) + (w2 * c[i] + w3 * e[i]);
  }
  for (; j < keys; j++) {
    const float w = weights[j];
#pragma omp simd
    for (int64_t i = 0; i < d; i++) out[i] += w * v[j * d + i];
  }
}

static void attendRow(const float* q, const float* k, const float* v, const float* keyMask, int64_t keys, int64_t d, float scale, float* scores, float* out) {
  dotRows(q, k, keys, d, scale, scores);
  if (keyMask)
    for (int64_t j = 0; j < keys; j++) scores[j] += (1.0f - keyMask[j]) * MASKED;
  const float largest = maximum(scores, keys);
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t j = 0; j < keys; j++) {
    scores[j] = expf_(scores[j] - largest);
    sum += scores[j];
  }
  const float inverse = 1.0f / sum;
#pragma omp simd
  for (int64_t j = 0; j < keys; j++) scores[j] *= inverse;
  mixRows(scores, v, keys, d, out);
}

extern const CachedAttentionTable cachedAttentionTable = {attendRow};

}  // namespace rsdix::RSDIX_ISA
