#include "../elementwise.h"

#include <math.h>

#include "../math.h"

namespace rsdix {
namespace RSDIX_ISA {
namespace {

// What JavaScript's Math gives for NaN and zeros decides the form of these: the stock cpu backend is the measure.

template <float (*f)(float)>
void map(const float* x, float* y, int64_t n, float, float) {
#pragma omp simd
  for (int64_t i = 0; i < n; i++) y[i] = f(x[i]);
}

float squared(float x) { return x * x; }
float squareRoot(float x) { return __builtin_sqrtf(x); }
float inverseRoot(float x) { return 1.0f / __builtin_sqrtf(x); }
float negative(float x) { return -x; }
float inverse(float x) { return 1.0f / x; }
float relu(float x) { return x <= 0.0f ? 0.0f : x; }
float relu6(float x) { return x <= 0.0f ? 0.0f : x >= 6.0f ? 6.0f : x; }
float elu(float x) { return x >= 0.0f ? x : expm1f_(x); }
float signOf(float x) { return x < 0.0f ? -1.0f : x > 0.0f ? 1.0f : 0.0f; }
float floorOf(float x) { return __builtin_floorf(x); }
float ceilOf(float x) { return __builtin_ceilf(x); }
float nearest(float x) { return __builtin_rintf(x); }  // halves to even

void leakyRelu(const float* x, float* y, int64_t n, float slope, float) {
#pragma omp simd
  for (int64_t i = 0; i < n; i++) y[i] = x[i] < 0.0f ? slope * x[i] : x[i];
}

void step(const float* x, float* y, int64_t n, float below, float) {
#pragma omp simd
  for (int64_t i = 0; i < n; i++) y[i] = x[i] > 0.0f ? 1.0f : x[i] != x[i] ? x[i] : below;
}

void clip(const float* x, float* y, int64_t n, float least, float most) {
#pragma omp simd
  for (int64_t i = 0; i < n; i++) y[i] = x[i] > most ? most : x[i] < least ? least : x[i];
}

template <class T, class R, R (*f)(T, T)>
void combineRows(const T* a, int64_t aRow, int64_t aStep, const T* b, int64_t bRow, int64_t bStep, R* y, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; r++, a += aRow, b += bRow, y += n) {
    if (aStep && bStep) {
#pragma omp simd
      for (int64_t i = 0; i < n; i++) y[i] = f(a[i], b[i]);
    } else if (aStep) {
      const T second = b[0];
#pragma omp simd
      for (int64_t i = 0; i < n; i++) y[i] = f(a[i], second);
    } else if (bStep) {
      const T first = a[0];
#pragma omp simd
      for (int64_t i = 0; i < n; i++) y[i] = f(first, b[i]);
    } else {
      const R value = f(a[0], b[0]);
      for (int64_t i = 0; i < n; i++) y[i] = value;
    }
  }
}

constexpr int64_t REPEATED = 256;

/// Fills a list with a short row again and again, as often as it fits.
template <class T>
int64_t repeat(const T* row, int64_t n, T* list) {
  const int64_t times = REPEATED / n;
  for (int64_t i = 0; i < times; i++)
    for (int64_t j = 0; j < n; j++) list[i * n + j] = row[j];
  return times;
}

template <class T, class R, R (*f)(T, T)>
void combine(const void* a, int64_t aRow, int64_t aStep, const void* b, int64_t bRow, int64_t bStep, void* y, int64_t rows, int64_t n) {
  const T *p = static_cast<const T*>(a), *q = static_cast<const T*>(b);
  R* out = static_cast<R*>(y);
  // A short row against many (three channels' means, say): many rows at once, against the short one repeated.
  if (aStep && bStep && n <= REPEATED / 8 && rows > REPEATED / n && ((aRow == n && bRow == 0) || (aRow == 0 && bRow == n))) {
    T list[REPEATED];
    const int64_t times = repeat(aRow ? q : p, n, list), blocks = rows / times, length = times * n, done = blocks * length;
    if (aRow)
      combineRows<T, R, f>(p, length, 1, list, 0, 1, out, blocks, length);
    else
      combineRows<T, R, f>(list, 0, 1, q, length, 1, out, blocks, length);
    rows -= blocks * times;
    p += aRow ? done : 0;
    q += bRow ? done : 0;
    out += done;
  }
  combineRows<T, R, f>(p, aRow, aStep, q, bRow, bStep, out, rows, n);
}

float add(float a, float b) { return a + b; }
float subtract(float a, float b) { return a - b; }
float multiply(float a, float b) { return a * b; }
float divide(float a, float b) { return a / b; }
float larger(float a, float b) { return a > b ? a : b >= a ? b : NAN_; }
float smaller(float a, float b) { return a < b ? a : b <= a ? b : NAN_; }
float squaredDifference(float a, float b) { return (a - b) * (a - b); }
float prelu(float x, float slope) { return x < 0.0f ? slope * x : x; }
float power(float a, float b) {
  // C's pow(1, NaN) and pow(-1, infinity) are 1, JavaScript's NaN.
  if (b != b || (absf_(a) == 1.0f && absf_(b) == INFINITY_)) return NAN_;
  return powf(a, b);
}
float cubed(float x) { return x * x * x; }

/// Squares and cubes are what most powers are, and take a hundredth of the time.
void powers(const void* a, int64_t aRow, int64_t aStep, const void* b, int64_t bRow, int64_t bStep, void* y, int64_t rows, int64_t n) {
  const float exponent = static_cast<const float*>(b)[0];
  if ((exponent != 2.0f && exponent != 3.0f) || bRow || bStep || !aStep) {
    combine<float, float, power>(a, aRow, aStep, b, bRow, bStep, y, rows, n);
    return;
  }
  for (int64_t r = 0; r < rows; r++) {
    const float* x = static_cast<const float*>(a) + r * aRow;
    float* out = static_cast<float*>(y) + r * n;
    (exponent == 2.0f ? map<squared> : map<cubed>)(x, out, n, 0, 0);
  }
}

// JavaScript computes in double and keeps the low 32 bits.
int32_t addInts(int32_t a, int32_t b) { return int32_t(uint32_t(a) + uint32_t(b)); }
int32_t subtractInts(int32_t a, int32_t b) { return int32_t(uint32_t(a) - uint32_t(b)); }
int32_t multiplyInts(int32_t a, int32_t b) { return int32_t(uint32_t(uint64_t(int64_t(double(a) * double(b))))); }
int32_t largerInt(int32_t a, int32_t b) { return a > b ? a : b; }
int32_t smallerInt(int32_t a, int32_t b) { return a < b ? a : b; }
int32_t squaredDifferenceInts(int32_t a, int32_t b) {
  const double difference = double(a) - double(b);  // up to 2^32 - 1: its square fits 64 bits
  return int32_t(uint32_t(uint64_t(difference * difference)));
}

template <class T> uint8_t greater(T a, T b) { return a > b; }
template <class T> uint8_t greaterEqual(T a, T b) { return a >= b; }
template <class T> uint8_t less(T a, T b) { return a < b; }
template <class T> uint8_t lessEqual(T a, T b) { return a <= b; }
template <class T> uint8_t equal(T a, T b) { return a == b; }
template <class T> uint8_t notEqual(T a, T b) { return a != b; }

void select(const uint8_t* condition, const uint32_t* t, const uint32_t* e, uint32_t* y, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; i++) y[i] = condition[i] == 1 ? t[i] : e[i];
}

template <float (*f)(float, float)>
constexpr Binary floats = combine<float, float, f>;
template <int32_t (*f)(int32_t, int32_t)>
constexpr Binary ints = combine<int32_t, int32_t, f>;

}  // namespace

extern const ElementwiseTable elementwiseTable = {
    {map<squared>, map<squareRoot>, map<inverseRoot>, map<expf_>, map<expm1f_>, map<logf_>, map<log1pf_>, map<negative>,
     map<sigmoidf_>, map<tanhf_>, map<erff_>, map<absf_>, map<inverse>, map<relu>, map<relu6>, map<elu>,
     leakyRelu, map<softplusf_>, step, map<signOf>, map<floorOf>, map<ceilOf>, map<nearest>, clip},
    {floats<add>, floats<subtract>, floats<multiply>, floats<divide>, floats<larger>, floats<smaller>, floats<squaredDifference>, powers,
     floats<prelu>},
    {ints<addInts>, ints<subtractInts>, ints<multiplyInts>, ints<largerInt>, ints<smallerInt>, ints<squaredDifferenceInts>},
    {combine<float, uint8_t, greater>, combine<float, uint8_t, greaterEqual>, combine<float, uint8_t, less>,
     combine<float, uint8_t, lessEqual>, combine<float, uint8_t, equal>, combine<float, uint8_t, notEqual>},
    {combine<int32_t, uint8_t, greater>, combine<int32_t, uint8_t, greaterEqual>, combine<int32_t, uint8_t, less>,
     combine<int32_t, uint8_t, lessEqual>, combine<int32_t, uint8_t, equal>, combine<int32_t, uint8_t, notEqual>},
    select,
};

}  // namespace RSDIX_ISA
}  // namespace rsdix
