#include "../layer-norm.h"

#include <algorithm>

#include "../args.h"
#include "../scratch.h"
#include "../slices.h"

namespace rsdix {

/// layerNorm(x, gamma, beta, y, state | null, rows, d, epsilon)
static void layerNorm(const Args& args) {
  const int64_t rows = args.size(5), d = args.size(6), numbers = area(args, {rows, d});
  const float* x = args.floats(0, numbers);
  const float* gamma = args.floats(1, d);
  const float* beta = args.floats(2, d);
  float* y = args.floats(3, numbers);
  float* state = args.optionalFloats(4, area(args, {rows, 2}));
  const float epsilon = float(args.number(7));
  parallelFor(rows, std::max<int64_t>(1, 8192 / std::max<int64_t>(1, d)), [&](int64_t begin, int64_t end) {
    layerNormTable().forward(x + begin * d, gamma, beta, y + begin * d, state ? state + 2 * begin : nullptr, end - begin, d, epsilon);
  });
}

/// layerNormGrad(dy, x, gamma, state, dx, dgamma, dbeta, rows, d)
static void layerNormGrad(const Args& args) {
  const int64_t rows = args.size(7), d = args.size(8), numbers = area(args, {rows, d});
  const float* dy = args.floats(0, numbers);
  const float* x = args.floats(1, numbers);
  const float* gamma = args.floats(2, d);
  const float* state = args.floats(3, area(args, {rows, 2}));
  float* dx = args.floats(4, numbers);
  float* dgamma = args.floats(5, d);
  float* dbeta = args.floats(6, d);
  const Slices slices(rows, 32);
  float* parts = scratch(area(args, {slices.count, 2, d}));
  parallelEach(slices.count, [&](int64_t slice) {
    const int64_t begin = slices.begin(slice), at = begin * d;
    float* part = parts + slice * 2 * d;
    std::fill(part, part + 2 * d, 0.0f);
    layerNormTable().backward(dy + at, x + at, gamma, state + 2 * begin, dx + at, part, part + d, slices.begin(slice + 1) - begin, d);
  });
  addSlices(parts, slices.count, 2 * d, dgamma, d);
  addSlices(parts + d, slices.count, 2 * d, dbeta, d);
}

void registerLayerNorm(Napi::Env env, Napi::Object exports) {
  expose<layerNorm>(env, exports, "layerNorm");
  expose<layerNormGrad>(env, exports, "layerNormGrad");
}

}  // namespace rsdix
