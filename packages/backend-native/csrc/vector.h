// Vectors of floats of the instruction set at hand (csrc/isa/*.cc only), for loops that compilers don't make of plain ones.
#pragma once
#include <cstdint>

namespace rsdix {
namespace RSDIX_ISA {

#if defined(RSDIX_ISA_avx512)
constexpr int LANES = 16;
#elif defined(RSDIX_ISA_avx2)
constexpr int LANES = 8;
#else
constexpr int LANES = 4;
#endif

typedef float Vector __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef float Quad __attribute__((vector_size(16), aligned(4), may_alias));

typedef int32_t IntVector __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef uint32_t WordVector __attribute__((vector_size(LANES * 4), aligned(4), may_alias));  // whose sums may wrap

static inline Vector load(const float* p) { return *reinterpret_cast<const Vector*>(p); }
static inline void store(float* p, Vector v) { *reinterpret_cast<Vector*>(p) = v; }
static inline Vector larger(Vector a, Vector b) { return a > b ? a : b; }  // b where a is NaN

/// One number of all lanes, in a tree: lane by lane each step would wait for the one before.
template <class F>
static inline float fold(Vector v, const F& f) {
#if defined(RSDIX_ISA_avx512)
  const Quad four = f(f(Quad(__builtin_shufflevector(v, v, 0, 1, 2, 3)), Quad(__builtin_shufflevector(v, v, 4, 5, 6, 7))),
                      f(Quad(__builtin_shufflevector(v, v, 8, 9, 10, 11)), Quad(__builtin_shufflevector(v, v, 12, 13, 14, 15))));
#elif defined(RSDIX_ISA_avx2)
  const Quad four = f(Quad(__builtin_shufflevector(v, v, 0, 1, 2, 3)), Quad(__builtin_shufflevector(v, v, 4, 5, 6, 7)));
#else
  const Quad four = v;
#endif
  const Quad two = f(four, Quad(__builtin_shufflevector(four, four, 2, 3, 0, 1)));
  return f(two, Quad(__builtin_shufflevector(two, two, 1, 0, 3, 2)))[0];
}

static inline float largestOf(Vector v) {
  return fold(v, [](Quad a, Quad b) __attribute__((always_inline)) { return a > b ? a : b; });
}
static inline float sumOf(Vector v) {
  return fold(v, [](Quad a, Quad b) __attribute__((always_inline)) { return a + b; });
}

/// The largest of n numbers that are not NaN; -infinity when there is none. Without -ffast-math Clang leaves a maximum alone.
static inline float maximum(const float* x, int64_t n) {
  Vector a = Vector{} - __builtin_inff(), b = a;
  int64_t i = 0;
  for (; i + 2 * LANES <= n; i += 2 * LANES) {
    a = larger(load(x + i), a);
    b = larger(load(x + i + LANES), b);
  }
  if (i + LANES <= n) {
    a = larger(load(x + i), a);
    i += LANES;
  }
  float largest = largestOf(larger(a, b));
  for (; i < n; i++) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

/// e^x for x that is not positive: two thirds of the work of math.h's. Below -87, where results are no normal numbers, 0; NaN stays.
static inline Vector expNegative(Vector x) {
  const float MAGIC = 12582912.0f;  // adding it rounds to a whole number and leaves that in the low bits
  const Vector shifted = x * 1.44269504f + MAGIC;
  const Vector n = shifted - MAGIC;
  const Vector r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Vector q = r * 0.00139517174f + 0.00836959854f;
  q = q * r + 0.0416661873f;
  q = q * r + 0.166665122f;
  q = q * r + 0.5f;
  const Vector p = r + r * r * q + 1.0f;
  const Vector y = Vector(WordVector(p) + (WordVector(shifted) << 23)) + (x - x);
  return x < -87.0f ? Vector{} : y;
}

}  // namespace RSDIX_ISA
}  // namespace rsdix
