// One AdamW step in one pass over a parameter, its gradient and its moments.
#pragma once
#include <cstdint>

#include "isa.h"

namespace rsdix {

struct AdamWStep {
  float beta1, rest1;  // 1 - beta1, rounded once: of 0.999 in float32 only four digits would be left
  float beta2, rest2;
  float rate;        // learning rate / (1 - beta1^step)
  float correction;  // 1 / sqrt(1 - beta2^step)
  float epsilon;
  float shrink;  // 1 - learning rate · weight decay
  float decay, rest;  // share of the old average that stays, and of the new parameter
};

/// Where the numbers come from and where they go: a target may be its source. `average` may be null.
struct AdamWArrays {
  const float *parameter, *gradient, *first, *second, *average;
  float *newParameter, *newFirst, *newSecond, *newAverage;
};

struct AdamWTable {
  void (*step)(const AdamWArrays& arrays, int64_t begin, int64_t end, const AdamWStep& step);
  /// out = decay · average + rest · parameter; out may be average.
  void (*average)(const float* average, const float* parameter, float* out, int64_t begin, int64_t end, float decay, float rest);
};

}  // namespace rsdix

RSDIX_TABLE(AdamWTable, adamWTable)
