#include "../adamw.h"

#include <cmath>

namespace rsdix::RSDIX_ISA {

// `#pragma omp simd` says that iterations don't depend on each other, which holds in place too: number i goes where number i came from.
static void step(const AdamWArrays& a, int64_t begin, int64_t end, const AdamWStep& s) {
  const AdamWArrays at = a;
  const AdamWStep t = s;
  const auto next = [&](int64_t i) __attribute__((always_inline)) {
    const float g = at.gradient[i];
    const float m = at.first[i] * t.beta1 + g * t.rest1;
    const float v = at.second[i] * t.beta2 + g * g * t.rest2;
    at.newFirst[i] = m;
    at.newSecond[i] = v;
    return at.newParameter[i] = at.parameter[i] * t.shrink - m / (sqrtf(v) * t.correction + t.epsilon) * t.rate;
  };
  if (!at.average) {
#pragma omp simd
    for (int64_t i = begin; i < end; i++) next(i);
  } else {
#pragma omp simd
    for (int64_t i = begin; i < end; i++) {
      const float old = at.average[i];
      at.newAverage[i] = old * t.decay + next(i) * t.rest;
    }
  }
}

static void average(const float* average, const float* parameter, float* out, int64_t begin, int64_t end, float decay, float rest) {
#pragma omp simd
  for (int64_t i = begin; i < end; i++) out[i] = average[i] * decay + parameter[i] * rest;
}

extern const AdamWTable adamWTable = {step, average};

}  // namespace rsdix::RSDIX_ISA
