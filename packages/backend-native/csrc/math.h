// Elementary functions for the kernels' loops: branch-free, so that the compiler vectorises them, and each compiled for one instruction
// set (included by csrc/isa/*.cc only). Within 4e-7 of the exact value, relative, wherever that is a normal number; NaN, infinities, overflow
// and underflow as in C's library. No function here looks at the floating-point environment.
#pragma once
#include <cstdint>
#include <cstring>

namespace rsdix {
namespace RSDIX_ISA {

static inline int32_t bitsOf(float x) {
  int32_t bits;
  std::memcpy(&bits, &x, 4);
  return bits;
}

static inline float floatOf(int32_t bits) {
  float x;
  std::memcpy(&x, &bits, 4);
  return x;
}

static const float INFINITY_ = __builtin_inff();
static const float NAN_ = __builtin_nanf("");

static inline float absf_(float x) { return floatOf(bitsOf(x) & 0x7fffffff); }
static inline float copySign_(float x, float sign) { return floatOf((bitsOf(x) & 0x7fffffff) | (bitsOf(sign) & int32_t(0x80000000))); }

/// x = n ln 2 + r with |r| <= ln(2) / 2.
struct Reduced {
  int32_t n;
  float r;
};

static inline Reduced reduce_(float x) {
  // Adding 1.5 * 2^23 rounds to a whole number and leaves it in the low bits: no conversion, which would be undefined for NaN.
  const float MAGIC = 12582912.0f;
  const float shifted = x * 1.44269504f + MAGIC;
  const float n = shifted - MAGIC;
  return {int32_t(uint32_t(bitsOf(shifted)) - uint32_t(bitsOf(MAGIC))), (x - n * 0.693359375f) + n * 2.12194440e-4f};
}

/// 2^n for n in [-126, 127].
static inline float power2_(int32_t n) { return floatOf(int32_t(uint32_t(n + 127) << 23)); }

/// (e^r - 1 - r) / r² where |r| <= ln(2) / 2: minimax for the relative error of e^r.
static inline float expTail_(float r) {
  float q = 0.00139517174f;
  q = q * r + 0.00836959854f;
  q = q * r + 0.0416661873f;
  q = q * r + 0.166665122f;
  return q * r + 0.5f;
}

static inline float expf_(float x) {
  float clamped = x > 89.0f ? 89.0f : x; // NaN passes
  clamped = clamped < -104.0f ? -104.0f : clamped;
  const Reduced d = reduce_(clamped);
  const float p = d.r + d.r * d.r * expTail_(d.r) + 1.0f;
  // In two steps: 2^128 is no number, and results below 2^-126 have to be rounded once.
  const int32_t half = d.n >> 1;
  return p * power2_(half) * power2_(d.n - half);
}

/// e^x - 1 without cancellation near 0.
static inline float expm1f_(float x) {
  float clamped = x > 89.0f ? 89.0f : x;
  clamped = clamped < -20.0f ? -20.0f : clamped;
  const Reduced d = reduce_(clamped);
  const float p = d.r + d.r * d.r * expTail_(d.r);
  const int32_t half = d.n >> 1, rest = d.n - half;
  const float y = (p * power2_(half) + (power2_(half) - power2_(-rest))) * power2_(rest);
  return x == 0.0f ? x : y; // keeps -0
}

/// log of u · (1 + c / u), for u positive and normal: s = f / (2 + f) with f = m - 1, log(1 + f) = f - f²/2 + s (f²/2 + R(s²)).
static inline float logCore_(float u, int32_t exponent, float c) {
  const uint32_t SPLIT = 0x3f3504f3; // sqrt(1/2): m in [sqrt(1/2), sqrt(2))
  const uint32_t shifted = uint32_t(bitsOf(u)) - SPLIT;
  const float e = float(exponent + (int32_t(shifted) >> 23));
  const float f = floatOf(int32_t((shifted & 0x7fffff) + SPLIT)) - 1.0f;
  const float s = f / (2.0f + f), z = s * s, h = 0.5f * f * f;
  float r = 2.0f / 11;
  r = r * z + 2.0f / 9;
  r = r * z + 2.0f / 7;
  r = r * z + 2.0f / 5;
  r = r * z + 2.0f / 3;
  return s * (h + r * z) + (e * -2.12194440e-4f + c) - h + f + e * 0.693359375f;
}

static inline float logf_(float x) {
  const bool tiny = x < 1.17549435e-38f;
  float y = logCore_(tiny ? x * 8388608.0f : x, tiny ? -23 : 0, 0.0f);
  y = x == INFINITY_ ? x : y;
  y = x == 0.0f ? -INFINITY_ : y;
  return x >= 0.0f ? y : NAN_;
}

/// log(1 + x) without cancellation near 0.
static inline float log1pf_(float x) {
  const float u = 1.0f + x;
  const float lost = x > 1.0f ? 1.0f - (u - x) : x - (u - 1.0f);
  float y = logCore_(u, 0, lost / u);
  y = x == INFINITY_ ? x : y;
  y = x == 0.0f ? x : y; // keeps -0
  y = x == -1.0f ? -INFINITY_ : y;
  return x >= -1.0f ? y : NAN_;
}

static inline float tanhf_(float x) {
  const float a = absf_(x);
  const float t = expm1f_(2.0f * (a > 10.0f ? 10.0f : a));
  return copySign_(t / (t + 2.0f), x);
}

/// x P(x²) / Q(x²) where |x| < 3.92; beyond, 1 to the last bit.
static inline float erff_(float x) {
  const float LIMIT = 3.92f;
  float a = x > LIMIT ? LIMIT : x;
  a = a < -LIMIT ? -LIMIT : a;
  const float z = a * a;
  float p = 2.02590308e-06f;
  p = p * z + 0.000284688635f;
  p = p * z + 0.00380819826f;
  p = p * z + 0.0528755635f;
  p = p * z + 0.191551149f;
  p = p * z + 1.12837911f;
  float q = 3.78317964e-05f;
  q = q * z + 0.00117073476f;
  q = q * z + 0.0150551638f;
  q = q * z + 0.114559978f;
  q = q * z + 0.503090441f;
  q = q * z + 1.0f;
  const float y = a * p / q;
  return absf_(x) >= LIMIT ? copySign_(1.0f, x) : y;
}

static inline float sigmoidf_(float x) {
  const float e = expf_(-absf_(x));
  return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

/// log(1 + e^x).
static inline float softplusf_(float x) { return (x > 0.0f ? x : 0.0f) + log1pf_(expf_(-absf_(x))); }

}  // namespace RSDIX_ISA
}  // namespace rsdix
