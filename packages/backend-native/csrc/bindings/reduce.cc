#include "../reduce.h"

#include <algorithm>
#include <vector>

#include "../args.h"
#include "../threads.h"

namespace rsdix {
namespace {

constexpr int64_t GRAIN = 32768;  // numbers that are worth a second thread

int64_t ceilDivide(int64_t a, int64_t b) { return (a + b - 1) / b; }

struct Reduction {
  int operation;
  const float* x;
  float* y;
  int64_t outer, n, inner;
  double divisor;

  void store(int64_t at, const double* values, int64_t count) const {
    for (int64_t i = 0; i < count; i++) y[at + i] = static_cast<float>(divisor == 1 ? values[i] : values[i] / divisor);
  }
  /// The pieces that n is cut into, where there are too few results to keep every thread busy.
  int64_t pieces(int64_t tasks) const {
    if (tasks >= 2 * threadCount() || outer * n * inner < 2 * GRAIN) return 1;
    return std::min(ceilDivide(n, 64), ceilDivide(2 * threadCount(), tasks));
  }

  void rows() const {
    const auto reduce = reduceTable().rows[operation];
    if (const int64_t parts = pieces(outer); parts > 1) return partialRows(parts);
    parallelFor(outer, std::max<int64_t>(1, GRAIN / n), [&](int64_t begin, int64_t end) {
      double values[REDUCE_TILE];
      for (int64_t row = begin; row < end; row += REDUCE_TILE) {
        const int64_t count = std::min(REDUCE_TILE, end - row);
        reduce(x + row * n, count, n, values);
        store(row, values, count);
      }
    });
  }

  void partialRows(int64_t parts) const {
    const int64_t length = ceilDivide(n, parts);
    std::vector<double> values(static_cast<size_t>(outer * parts), REDUCE_START[operation]);
    parallelEach(outer * parts, [&](int64_t i) {
      const int64_t begin = i % parts * length, count = std::min(length, n - begin);
      if (count > 0) reduceTable().rows[operation](x + i / parts * n + begin, 1, count, &values[static_cast<size_t>(i)]);
    });
    combine(values, parts, 1);
  }

  void columns() const {
    const int64_t tiles = ceilDivide(inner, REDUCE_TILE), tasks = outer * tiles, parts = pieces(tasks);
    const auto reduce = reduceTable().columns[operation];
    const auto widthOf = [&](int64_t tile) { return std::min(REDUCE_TILE, inner - tile * REDUCE_TILE); };
    if (parts == 1) {
      parallelFor(tasks, std::max<int64_t>(1, GRAIN / (n * std::min(inner, REDUCE_TILE))), [&](int64_t begin, int64_t end) {
        double values[REDUCE_TILE];
        for (int64_t task = begin; task < end; task++) {
          const int64_t o = task / tiles, tile = task % tiles;
          reduce(x + o * n * inner + tile * REDUCE_TILE, inner, n, widthOf(tile), values);
          store(o * inner + tile * REDUCE_TILE, values, widthOf(tile));
        }
      });
      return;
    }
    const int64_t length = ceilDivide(n, parts);
    std::vector<double> values(static_cast<size_t>(outer * parts * inner), REDUCE_START[operation]);
    parallelEach(tasks * parts, [&](int64_t i) {
      const int64_t o = i / (tiles * parts), part = i / tiles % parts, tile = i % tiles;
      const int64_t begin = part * length, count = std::min(length, n - begin);
      if (count > 0)
        reduce(x + (o * n + begin) * inner + tile * REDUCE_TILE, inner, count, widthOf(tile),
               &values[static_cast<size_t>((o * parts + part) * inner + tile * REDUCE_TILE)]);
    });
    combine(values, parts, inner);
  }

  /// values[outer, parts, width] -> y[outer, width]
  void combine(const std::vector<double>& values, int64_t parts, int64_t width) const {
    for (int64_t o = 0; o < outer; o++)
      for (int64_t j = 0; j < width; j++) {
        double value = REDUCE_START[operation];
        for (int64_t part = 0; part < parts; part++) value = reduceTwo(operation, value, values[static_cast<size_t>((o * parts + part) * width + j)]);
        store(o * width + j, &value, 1);
      }
  }
};

/// reduce(operation, x, y, outer, n, inner, divisor): x[outer, n, inner] -> y[outer, inner]; sums and products are divided.
void reduce(const Args& args) {
  const int64_t outer = args.size(3), n = args.size(4), inner = args.size(5);
  const int operation = args.choice(0, REDUCE_COUNT);
  const int64_t numbers = area(args, {outer, n, inner});
  if (numbers == 0) args.raise("there is nothing to reduce");
  const Reduction reduction{operation, args.floats(1, numbers), args.floats(2, outer * inner), outer, n, inner, args.number(6)};
  if (inner == 1)
    reduction.rows();
  else
    reduction.columns();
}

/// argReduce(smallest, x, y, outer, n, inner): y int32[outer, inner]
void argReduce(const Args& args) {
  const int order = args.choice(0, 2);
  const int64_t outer = args.size(3), n = args.size(4), inner = args.size(5);
  const int64_t numbers = area(args, {outer, n, inner});
  if (numbers == 0) args.raise("there is nothing to reduce");
  if (n > 2147483647) args.raise("an axis must be below 2^31");
  const float* x = args.floats(1, numbers);
  int32_t* y = args.ints(2, outer * inner);
  if (inner == 1) {
    parallelFor(outer, std::max<int64_t>(1, GRAIN / n),
                [&](int64_t begin, int64_t end) { reduceTable().argRows[order](x + begin * n, end - begin, n, y + begin); });
    return;
  }
  const int64_t tiles = ceilDivide(inner, REDUCE_TILE);
  parallelFor(outer * tiles, std::max<int64_t>(1, GRAIN / (n * std::min(inner, REDUCE_TILE))), [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; task++) {
      const int64_t o = task / tiles, j = task % tiles * REDUCE_TILE;
      reduceTable().argColumns[order](x + o * n * inner + j, inner, n, std::min(REDUCE_TILE, inner - j), y + o * inner + j);
    }
  });
}

}  // namespace

void registerReduce(Napi::Env env, Napi::Object exports) {
  expose<reduce>(env, exports, "reduce");
  expose<argReduce>(env, exports, "argReduce");
}

}  // namespace rsdix
