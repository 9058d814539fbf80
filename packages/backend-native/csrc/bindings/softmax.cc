#include "../softmax.h"

#include <algorithm>

#include "../args.h"
#include "../scratch.h"
#include "../threads.h"

namespace rsdix {
namespace {

/// Rows of n numbers that are worth a thread.
int64_t grain(int64_t n) { return std::max<int64_t>(1, 4096 / std::max<int64_t>(1, n)); }

using RowFunction = void (*)(const float*, float*, int64_t, int64_t);

/// (x, y, rows, n)
void eachRow(const Args& args, RowFunction function) {
  const int64_t rows = args.size(2), n = args.size(3), numbers = area(args, {rows, n});
  const float* x = args.floats(0, numbers);
  float* y = args.floats(1, numbers);
  parallelFor(rows, grain(n), [&](int64_t begin, int64_t end) { function(x + begin * n, y + begin * n, end - begin, n); });
}

void softmax(const Args& args) { eachRow(args, softmaxTable().softmax); }
void logSoftmax(const Args& args) { eachRow(args, softmaxTable().logSoftmax); }

/// A row's share in the mean is weight · shareOf, or 1 / rows.
double shareUnit(const float* weights, int64_t rows) {
  double sum = double(rows);
  if (weights) {
    sum = 0;
    for (int64_t row = 0; row < rows; row++) sum += weights[row];
  }
  return 1 / sum;
}

/// crossEntropy(logits, targets, weights | null, loss, logSumExp | null, rows, classes)
void crossEntropy(const Args& args) {
  const int64_t rows = args.size(5), classes = args.size(6);
  const float* x = args.floats(0, area(args, {rows, classes}));
  const std::vector<int32_t> targets = args.indices(1, rows, classes, "crossEntropy: target");
  const float* weights = args.optionalFloats(2, rows);
  float* loss = args.floats(3, 1);
  float* sums = args.optionalFloats(4, rows);
  if (!sums) sums = scratch(rows);
  parallelFor(rows, grain(classes), [&](int64_t begin, int64_t end) { softmaxTable().logSumExp(x + begin * classes, sums + begin, end - begin, classes); });
  const double unit = shareUnit(weights, rows);
  double total = 0;
  for (int64_t row = 0; row < rows; row++) total += (weights ? weights[row] * unit : unit) * (sums[row] - x[row * classes + targets[row]]);
  loss[0] = float(total);
}

/// crossEntropyGrad(dy, logits, targets, weights | null, logSumExp, dlogits, rows, classes)
void crossEntropyGrad(const Args& args) {
  const int64_t rows = args.size(6), classes = args.size(7), numbers = area(args, {rows, classes});
  const float dy = args.floats(0, 1)[0];
  const float* x = args.floats(1, numbers);
  const std::vector<int32_t> targets = args.indices(2, rows, classes, "crossEntropy: target");
  const float* weights = args.optionalFloats(3, rows);
  const float* sums = args.floats(4, rows);
  float* dx = args.floats(5, numbers);
  const double unit = shareUnit(weights, rows);
  parallelFor(rows, grain(classes), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      const float share = float(weights ? weights[row] * unit : unit) * dy;
      softmaxTable().crossEntropyGrad(x + row * classes, sums[row], share, targets[row], dx + row * classes, classes);
    }
  });
}

}  // namespace

void registerSoftmax(Napi::Env env, Napi::Object exports) {
  expose<softmax>(env, exports, "softmax");
  expose<logSoftmax>(env, exports, "logSoftmax");
  expose<crossEntropy>(env, exports, "crossEntropy");
  expose<crossEntropyGrad>(env, exports, "crossEntropyGrad");
}

}  // namespace rsdix
