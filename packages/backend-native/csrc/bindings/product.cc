#include "../args.h"
#include "../gemm.h"

namespace rsdix {

/// product(a, b, c, transposeA, transposeB, m, n, k, batches, strideA, strideB): strides in numbers, 0 or the size of one matrix.
static void product(const Args& args) {
  const bool transposeA = args.flag(3), transposeB = args.flag(4);
  const int64_t m = args.size(5), n = args.size(6), k = args.size(7), batches = args.size(8), strideA = args.size(9), strideB = args.size(10);
  constexpr int64_t limit = 2147483647;
  if (m > limit || n > limit || k > limit) args.raise("a side of a matrix must be below 2^31");
  if ((strideA != 0 && strideA != m * k) || (strideB != 0 && strideB != k * n)) args.raise("a stride must be 0 or one matrix");
  const float* a = args.floats(0, area(args, {strideA == 0 ? 1 : batches, m, k}));
  const float* b = args.floats(1, area(args, {strideB == 0 ? 1 : batches, k, n}));
  float* c = args.floats(2, area(args, {batches, m, n}));
  const Product one{transposeA, transposeB, m, n, k, a, b, c};
  if (batches == 1)
    gemm(one);
  else
    gemmBatch(one, batches, strideA, strideB);
}

void registerProduct(Napi::Env env, Napi::Object exports) { expose<product>(env, exports, "product"); }

}  // namespace rsdix
