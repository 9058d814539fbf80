#include "linear.h"

#include "gemm.h"
#include "scratch.h"
#include "threads.h"

namespace rsdix {
namespace {

int64_t panels(int64_t n) { return (n + linearTable().panel - 1) / linearTable().panel; }

// A part is at least this many multiplications, so that handing it out costs little.
constexpr int64_t LEAST_WORK = 60000;

// What `a` may be for a product by panels that are packed as they are used: it is read once a panel, so it should lie in the second cache.
constexpr int64_t DEEPEST = 1024, LARGEST = 300000;

int64_t panelGrain(int64_t m, int64_t k) { return 1 + LEAST_WORK / (m * k * linearTable().panel + 1); }

}  // namespace

int64_t packedLength(int64_t k, int64_t n) { return panels(n) * linearTable().panel * k; }

void packWeight(const float* b, bool transposed, int64_t k, int64_t n, float* packed) {
  parallelFor(panels(n), panelGrain(1, k), [&](int64_t begin, int64_t end) { linearTable().pack(b, transposed, k, n, begin, end, packed); });
}

void gemmPacked(const float* a, const float* packed, float* y, int64_t m, int64_t n, int64_t k, const Epilogue& epilogue) {
  if (m <= 0) return;
  parallelFor(panels(n), panelGrain(m, k),
              [&](int64_t begin, int64_t end) { linearTable().multiply[0](a, packed, y, m, n, k, epilogue, begin, end); });
}

bool isSmall(const Product& p) {
  const int64_t largest = p.transposeA ? 2 * LARGEST : LARGEST;  // columns are read in order, rows from as many places at once
  return isa() != Isa::baseline && !p.transposeB && p.m > 1 && p.k > 0 && p.k <= DEEPEST && p.m * p.k <= largest;
}

void gemmSmall(const Product& p, const Epilogue& epilogue) {
  const LinearTable& table = linearTable();
  const int64_t count = panels(p.n), panel = table.panel * p.k;
  eachWithScratch(count, panel, p.m * p.n * p.k < LEAST_WORK, [&](int64_t i, float* memory) {
    float* const packed = memory - i * panel;  // the table counts from the first panel
    table.pack(p.b, false, p.k, p.n, i, i + 1, packed);
    table.multiply[p.transposeA](p.a, packed, p.c, p.m, p.n, p.k, epilogue, i, i + 1);
  });
}

}  // namespace rsdix
