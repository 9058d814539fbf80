#include "../movement.h"

#if defined(__SSE__)
#include <immintrin.h>
#endif

namespace rsdix {
namespace RSDIX_ISA {
namespace {

#if defined(__AVX__)
constexpr int64_t BLOCK = 8;
inline void transposeBlock(const uint32_t* x, int64_t xRow, uint32_t* y, int64_t yRow) {
  __m256 r[8], t[8];
  for (int i = 0; i < 8; i++) r[i] = _mm256_loadu_ps(reinterpret_cast<const float*>(x + i * xRow));
  for (int i = 0; i < 4; i++) {
    t[2 * i] = _mm256_unpacklo_ps(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm256_unpackhi_ps(r[2 * i], r[2 * i + 1]);
  }
  for (int i = 0; i < 2; i++) {
    r[4 * i] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0x44);
    r[4 * i + 1] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0xee);
    r[4 * i + 2] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0x44);
    r[4 * i + 3] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0xee);
  }
  for (int i = 0; i < 4; i++) {
    _mm256_storeu_ps(reinterpret_cast<float*>(y + i * yRow), _mm256_permute2f128_ps(r[i], r[4 + i], 0x20));
    _mm256_storeu_ps(reinterpret_cast<float*>(y + (4 + i) * yRow), _mm256_permute2f128_ps(r[i], r[4 + i], 0x31));
  }
}
#elif defined(__SSE__)
constexpr int64_t BLOCK = 4;
inline void transposeBlock(const uint32_t* x, int64_t xRow, uint32_t* y, int64_t yRow) {
  __m128 r[4];
  for (int i = 0; i < 4; i++) r[i] = _mm_loadu_ps(reinterpret_cast<const float*>(x + i * xRow));
  _MM_TRANSPOSE4_PS(r[0], r[1], r[2], r[3]);
  for (int i = 0; i < 4; i++) _mm_storeu_ps(reinterpret_cast<float*>(y + i * yRow), r[i]);
}
#else
constexpr int64_t BLOCK = 4;
inline void transposeBlock(const uint32_t* x, int64_t xRow, uint32_t* y, int64_t yRow) {
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 4; j++) y[j * yRow + i] = x[i * xRow + j];
}
#endif

// 16 rows at a time fill the cache lines that are written, and stay few enough for a cache whose lines they share.
constexpr int64_t PANEL = 16;

/// A few rows into columns side by side: channels of an image, say.
template <int rows>
void interleave(const uint32_t* x, int64_t xRow, uint32_t* y, int64_t columns) {
#pragma omp simd
  for (int64_t j = 0; j < columns; j++)
    for (int k = 0; k < rows; k++) y[j * rows + k] = x[k * xRow + j];
}

void transpose(const uint32_t* x, int64_t xRow, uint32_t* y, int64_t yRow, int64_t rows, int64_t columns) {
  if (rows == yRow && rows == 2) return interleave<2>(x, xRow, y, columns);
  if (rows == yRow && rows == 3) return interleave<3>(x, xRow, y, columns);
  if (rows == yRow && rows == 4) return interleave<4>(x, xRow, y, columns);
  const int64_t whole = columns - columns % BLOCK;
  int64_t i = 0;
  for (; i + PANEL <= rows; i += PANEL)
    for (int64_t j = 0; j < whole; j += BLOCK)
      for (int64_t k = 0; k < PANEL; k += BLOCK) transposeBlock(x + (i + k) * xRow + j, xRow, y + j * yRow + i + k, yRow);
  for (; i + BLOCK <= rows; i += BLOCK)
    for (int64_t j = 0; j < whole; j += BLOCK) transposeBlock(x + i * xRow + j, xRow, y + j * yRow + i, yRow);
  for (int64_t j = 0; j < whole; j++)
    for (int64_t k = i; k < rows; k++) y[j * yRow + k] = x[k * xRow + j];
  for (int64_t j = whole; j < columns; j++)
    for (int64_t k = 0; k < rows; k++) y[j * yRow + k] = x[k * xRow + j];
}

void accumulate(const float* x, float* y, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; i++) y[i] += x[i];
}

}  // namespace

extern const MovementTable movementTable = {transpose, accumulate};

}  // namespace RSDIX_ISA
}  // namespace rsdix
