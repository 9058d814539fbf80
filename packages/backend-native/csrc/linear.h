// A fully connected layer: product, bias, activation and residual without another pass over memory, and products of few rows with a weight
// that was packed once.
#pragma once
#include <cstdint>

#include "isa.h"

namespace rsdix {

enum class Activation : int { none, quickGelu, gelu, geluTanh, relu, tanh };
constexpr int ACTIVATIONS = 6;

/// What happens to a product z before it is stored: y = f(z + bias) + residual. Rows of y, residual and slope lie `stride` apart.
struct Epilogue {
  const float* bias;      // [n], or nullptr
  Activation activation;
  const float* residual;  // [m, n], or nullptr
  float* slope;           // [m, n]: f'(z + bias), for the backward pass; or nullptr
  bool empty() const { return !bias && activation == Activation::none && !residual; }
};

struct LinearTable {
  int64_t panel;  // columns of a packed panel
  /// Panels [begin, end) of b [k, n], or [n, k] when transposed, into packed [ceil(n / panel), k, panel], zeros past the last column.
  void (*pack)(const float* b, bool transposed, int64_t k, int64_t n, int64_t begin, int64_t end, float* packed);
  /// y [n] = a [k] · bᵀ with b [n, k]: columns [begin, end).
  void (*dots)(const float* a, const float* b, float* y, int64_t k, int64_t begin, int64_t end);
  /// Panels [begin, end) of y [m, n] = epilogue(a · packed): [0] for a [m, k], [1] for a transposed, [k, m].
  void (*multiply[2])(const float* a, const float* packed, float* y, int64_t m, int64_t n, int64_t k, const Epilogue& epilogue, int64_t begin,
                   int64_t end);
  /// The epilogue on a block of y in place, rows `stride` apart; the pointers of the epilogue are the block's.
  void (*finish)(float* y, int64_t rows, int64_t columns, int64_t stride, const Epilogue& epilogue);
};

}  // namespace rsdix

RSDIX_TABLE(LinearTable, linearTable)

namespace rsdix {

struct Product;

/// c = epilogue(a · b), split over the pool's threads, each finishing its own part while it lies in its cache.
void gemmWith(const Product& product, const Epilogue& epilogue);
/// Whether `gemmSmall` is faster than OpenBLAS, which arranges both matrices first: measured up to 1.9 times, at 128 cubed; by some per cent at
/// the sizes of a transformer's training.
bool isSmall(const Product& product);
/// The same as `gemmWith` by our own tiles, each panel of b packed just before it is used.
void gemmSmall(const Product& product, const Epilogue& epilogue);
/// The same with b packed by `packWeight`.
void gemmPacked(const float* a, const float* packed, float* y, int64_t m, int64_t n, int64_t k, const Epilogue& epilogue);
void packWeight(const float* b, bool transposed, int64_t k, int64_t n, float* packed);
int64_t packedLength(int64_t k, int64_t n);

}  // namespace rsdix
