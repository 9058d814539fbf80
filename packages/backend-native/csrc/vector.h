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

static inline Vector load(const float* p) { return *reinterpret_cast<const Vector*>(p); }
static inline void store(float* p, Vector v) { *reinterpret_cast<Vector*>(p) = v; }

/// The largest of n numbers that are not NaN; -infinity when there is none. Without -ffast-math Clang leaves a maximum alone.
static inline float maximum(const float* x, int64_t n) {
  Vector a = Vector{} - __builtin_inff(), b = a;
  int64_t i = 0;
  for (; i + 2 * LANES <= n; i += 2 * LANES) {
    const Vector left = load(x + i), right = load(x + i + LANES);
    a = left > a ? left : a;
    b = right > b ? right : b;
  }
  if (i + LANES <= n) {
    const Vector left = load(x + i);
    a = left > a ? left : a;
    i += LANES;
  }
  a = b > a ? b : a;
  float largest = a[0];
  for (int lane = 1; lane < LANES; lane++) largest = a[lane] > largest ? a[lane] : largest;
  for (; i < n; i++) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

}  // namespace RSDIX_ISA
}  // namespace rsdix
