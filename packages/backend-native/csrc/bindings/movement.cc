#include "../movement.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "../broadcast.h"
#include "../threads.h"

namespace rsdix {
namespace {

constexpr int64_t GRAIN = 32768;  // numbers that are worth a second thread

void copyRun(uint32_t* y, const uint32_t* x, int64_t n) {
  if (n < 16)
    for (int64_t i = 0; i < n; i++) y[i] = x[i];
  else
    std::memcpy(y, x, static_cast<size_t>(n) * 4);
}

/// Copies rows whose numbers lie side by side in y, and xStep apart in x.
void copyRows(const Walk& walk, const Strides& from, const Strides& to, const uint32_t* x, uint32_t* y, int64_t rows) {
  const int64_t last = walk.rank - 1, n = walk.sizes[last], xStep = from.of[last], yStep = to.of[last];
  const int64_t second = last > 0 ? walk.sizes[last - 1] : 1, xRow = last > 0 ? from.of[last - 1] : 0, yRow = last > 0 ? to.of[last - 1] : 0;
  const auto copy = [&](uint32_t* out, const uint32_t* in, int64_t count) {
    if (xStep == 1 && yStep == 1)
      copyRun(out, in, count);
    else
      for (int64_t i = 0; i < count; i++) out[i * yStep] = in[i * xStep];
  };
  if (rows == 1) {
    parallelFor(n, GRAIN, [&](int64_t begin, int64_t end) { copy(y + begin * yStep, x + begin * xStep, end - begin); });
    return;
  }
  parallelFor(rows, std::max<int64_t>(1, GRAIN / n), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end;) {
      const uint32_t* in = x + rowOffset(walk, from, row);
      uint32_t* out = y + rowOffset(walk, to, row);
      const int64_t stop = std::min(end, row + second - row % second);
      for (; row < stop; row++, in += xRow, out += yRow) copy(out, in, n);
    }
  });
}

/// Transposes matrices: the last axis is side by side in y, the axis `across` in x.
void transposeMatrices(const Walk& walk, const Strides& from, const Strides& to, int64_t across, const uint32_t* x, uint32_t* y) {
  const int64_t last = walk.rank - 1, rows = walk.sizes[last], columns = walk.sizes[across];
  Walk outer = walk;  // all other axes; the last one is 1 for rowOffset, which leaves it out
  outer.sizes[across] = 1;
  int64_t matrices = 1;
  for (int64_t i = 0; i < last; i++) matrices *= outer.sizes[i];
  // Strips of whole blocks, so that every thread has one even for a single matrix.
  const int64_t strips = std::max<int64_t>(1, std::min(columns / 16, 4 * threadCount() / std::max<int64_t>(1, matrices)));
  const int64_t width = (columns / strips + 15) / 16 * 16, count = (columns + width - 1) / width;
  parallelFor(matrices * count, std::max<int64_t>(1, GRAIN / (rows * std::min(width, columns))), [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; task++) {
      const int64_t matrix = task / count, j = task % count * width;
      movementTable().transpose(x + rowOffset(outer, from, matrix) + j, from.of[last], y + rowOffset(outer, to, matrix) + j * to.of[across], to.of[across],
                                rows, std::min(width, columns - j));
    }
  });
}

/// stridedCopy(x, xOffset, y, yOffset, rank, lists): y[…] = x[…] over a shape; lists = sizes, strides of x, strides of y.
void stridedCopy(const Args& args) {
  const Span<uint32_t> source = args.wordSpan(0), target = args.wordSpan(2);
  const int64_t xOffset = args.size(1), yOffset = args.size(3), rank = args.choice(4, MAX_RANK + 1);
  if (rank < 1) args.raise("a copy takes at least one axis");
  const double* lists = args.doubles(5, 3 * rank);
  const Walk walk(args, lists, rank);
  const int64_t numbers = walk.numbers(args);
  if (numbers == 0) return;
  const Strides from = walk.strides(args, lists + rank, xOffset, source.length), to = walk.strides(args, lists + 2 * rank, yOffset, target.length);
  const uint32_t* x = source.data + xOffset;
  uint32_t* y = target.data + yOffset;
  if (to.of[rank - 1] == 1 && from.of[rank - 1] != 1)
    for (int64_t i = rank - 2; i >= 0; i--)
      if (from.of[i] == 1 && walk.sizes[i] > 1) return transposeMatrices(walk, from, to, i, x, y);
  copyRows(walk, from, to, x, y, numbers / walk.sizes[rank - 1]);
}

/// gather(x, indices, y, batches, outer, axis, picked, width): x[batches, outer, axis, width], indices[batches, picked] -> y[batches, outer, picked, width]
void gather(const Args& args) {
  const int64_t batches = args.size(3), outer = args.size(4), axis = args.size(5), picked = args.size(6), width = args.size(7);
  const uint32_t* x = args.words(0, area(args, {batches, outer, axis, width}));
  const int32_t* indices = args.ints(1, area(args, {batches, picked}));
  uint32_t* y = args.words(2, area(args, {batches, outer, picked, width}));
  std::atomic<bool> outside{false};
  const int64_t rows = area(args, {batches, outer, picked});
  if (width == 0) return;
  parallelFor(rows, std::max<int64_t>(1, GRAIN / width), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      const int64_t block = row / picked, batch = block / outer, index = indices[batch * picked + row % picked];
      if (index < 0 || index >= axis) {
        outside = true;
        return;
      }
      copyRun(y + row * width, x + (block * axis + index) * width, width);
    }
  });
  if (outside) args.raise("GatherV2: an index is not in [0, " + std::to_string(axis - 1) + "]");
}

/// segmentSum(x, ids, y, n, segments, width): y[segments, width] = sums of the rows of x[n, width] by their id; ids outside are left out.
void segmentSum(const Args& args) {
  const int64_t n = args.size(3), segments = args.size(4), width = args.size(5);
  const float* x = args.floats(0, area(args, {n, width}));
  const int32_t* ids = args.ints(1, n);
  float* y = args.floats(2, area(args, {segments, width}));
  // Each thread has segments of its own and looks at every id: sums are in the order of rows, however many threads there are.
  const int64_t share = std::max<int64_t>(1, segments * GRAIN / std::max<int64_t>(1, n * width + segments * width));
  parallelFor(segments, share, [&](int64_t begin, int64_t end) {
    if (width > 0) std::memset(y + begin * width, 0, static_cast<size_t>((end - begin) * width) * 4);
    for (int64_t i = 0; i < n; i++) {
      const int64_t id = ids[i];
      if (id >= begin && id < end) movementTable().accumulate(x + i * width, y + id * width, width);
    }
  });
}

}  // namespace

void registerMovement(Napi::Env env, Napi::Object exports) {
  expose<stridedCopy>(env, exports, "stridedCopy");
  expose<gather>(env, exports, "gather");
  expose<segmentSum>(env, exports, "segmentSum");
}

}  // namespace rsdix
