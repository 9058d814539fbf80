// Functions of one number, and of two that broadcast.
#pragma once
#include <cstdint>

#include "isa.h"

namespace rsdix {

/// y[i] = f(x[i]); p and q are the operation's parameters, if it has any.
using Unary = void (*)(const float* x, float* y, int64_t n, float p, float q);

/// y[r, i] = f(a[r * aRow + i * aStep], b[r * bRow + i * bStep]) for rows of n; steps are 0 or 1. y may be a or b where they don't broadcast.
using Binary = void (*)(const void* a, int64_t aRow, int64_t aStep, const void* b, int64_t bRow, int64_t bStep, void* y, int64_t rows, int64_t n);

// The order of these is the order of the names in src/kernels/unary.ts and binary.ts.
constexpr int UNARY_COUNT = 24;
constexpr int FLOAT_COUNT = 9;    // float32 -> float32
constexpr int INT_COUNT = 6;      // int32 -> int32
constexpr int COMPARE_COUNT = 6;  // float32 or int32 -> bool

struct ElementwiseTable {
  Unary unary[UNARY_COUNT];
  Binary floats[FLOAT_COUNT];
  Binary ints[INT_COUNT];
  Binary compareFloats[COMPARE_COUNT];
  Binary compareInts[COMPARE_COUNT];
  /// y[i] = condition[i] == 1 ? t[i] : e[i], on any numbers of four bytes.
  void (*select)(const uint8_t* condition, const uint32_t* t, const uint32_t* e, uint32_t* y, int64_t n);
};

}  // namespace rsdix

RSDIX_TABLE(ElementwiseTable, elementwiseTable)
