// Layer normalisation of rows and its gradient.
#pragma once
#include <cstdint>

#include "isa.h"

namespace rsdix {

struct LayerNormTable {
  /// y = (x - mean) / sqrt(variance + epsilon) * gamma + beta; state, unless null: mean and inverse deviation of each row.
  void (*forward)(const float* x, const float* gamma, const float* beta, float* y, float* state, int64_t rows, int64_t d, float epsilon);
  /// dx, and the rows' part of dgamma and dbeta added to them.
  void (*backward)(const float* dy, const float* x, const float* gamma, const float* state, float* dx, float* dgamma, float* dbeta,
                   int64_t rows, int64_t d);
};

}  // namespace rsdix

RSDIX_TABLE(LayerNormTable, layerNormTable)
