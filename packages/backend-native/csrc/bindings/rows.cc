#include "../rows.h"

#include <algorithm>

#include "../args.h"
#include "../scratch.h"
#include "../slices.h"

namespace rsdix {
namespace {

int64_t grain(int64_t d) { return std::max<int64_t>(1, 16384 / std::max<int64_t>(1, d)); }

/// l2Normalize(x, y, inverses | null, rows, d, epsilon)
void l2Normalize(const Args& args) {
  const int64_t rows = args.size(3), d = args.size(4), numbers = area(args, {rows, d});
  const float* x = args.floats(0, numbers);
  float* y = args.floats(1, numbers);
  float* inverses = args.optionalFloats(2, rows);
  const float epsilon = float(args.number(5));
  parallelFor(rows, grain(d), [&](int64_t begin, int64_t end) {
    rowsTable().normalize(x + begin * d, y + begin * d, inverses ? inverses + begin : nullptr, end - begin, d, epsilon);
  });
}

/// l2NormalizeGrad(dy, y, inverses, dx, rows, d)
void l2NormalizeGrad(const Args& args) {
  const int64_t rows = args.size(4), d = args.size(5), numbers = area(args, {rows, d});
  const float* dy = args.floats(0, numbers);
  const float* y = args.floats(1, numbers);
  const float* inverses = args.floats(2, rows);
  float* dx = args.floats(3, numbers);
  parallelFor(rows, grain(d), [&](int64_t begin, int64_t end) {
    rowsTable().normalizeGrad(dy + begin * d, y + begin * d, inverses + begin, dx + begin * d, end - begin, d);
  });
}

/// sumRows(x, out, rows, d)
void sumRows(const Args& args) {
  const int64_t rows = args.size(2), d = args.size(3);
  const float* x = args.floats(0, area(args, {rows, d}));
  float* out = args.floats(1, d);
  const Slices slices(rows, 256);
  const int64_t blocks = (d + COLUMN_BLOCK - 1) / COLUMN_BLOCK;
  float* parts = slices.count == 1 ? out : scratch(area(args, {slices.count, d}));
  const auto block = [&](int64_t i) {
    const int64_t slice = i / blocks, begin = slices.begin(slice), column = i % blocks * COLUMN_BLOCK;
    rowsTable().sum(x + begin * d + column, slices.begin(slice + 1) - begin, d, std::min(COLUMN_BLOCK, d - column), parts + slice * d + column);
  };
  parallelFor(slices.count * blocks, std::max<int64_t>(1, slices.count * blocks * 16384 / std::max<int64_t>(1, rows * d)), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) block(i);
  });
  if (slices.count > 1) addSlices(parts, slices.count, d, out, d);
}

}  // namespace

void registerRows(Napi::Env env, Napi::Object exports) {
  expose<l2Normalize>(env, exports, "l2Normalize");
  expose<l2NormalizeGrad>(env, exports, "l2NormalizeGrad");
  expose<sumRows>(env, exports, "sumRows");
}

}  // namespace rsdix
