#include "../elementwise.h"

#include <algorithm>

#include "../broadcast.h"
#include "../threads.h"

namespace rsdix {
namespace {

// Fewer numbers than this are not worth a second thread.
constexpr int64_t CHEAP_GRAIN = 32768, COSTLY_GRAIN = 4096;

/// unary(operation, x, y, n, p, q)
void unary(const Args& args) {
  const int operation = args.choice(0, UNARY_COUNT);
  const int64_t n = args.size(3);
  const float* x = args.floats(1, n);
  float* y = args.floats(2, n);
  const float p = static_cast<float>(args.number(4)), q = static_cast<float>(args.number(5));
  const Unary f = elementwiseTable().unary[operation];
  const bool costly = (operation >= 3 && operation <= 10 && operation != 7) || operation == 15 || operation == 17;
  parallelFor(n, costly ? COSTLY_GRAIN : CHEAP_GRAIN, [&](int64_t begin, int64_t end) { f(x + begin, y + begin, end - begin, p, q); });
}

struct BinaryOperation {
  Binary f;
  bool ints, compares;
  int64_t grain;

  /// The operation's number among all kinds, one after another.
  BinaryOperation(const Args& args, size_t i) : f(nullptr), ints(false), compares(false), grain(CHEAP_GRAIN) {
    const ElementwiseTable& table = elementwiseTable();
    int operation = args.choice(i, FLOAT_COUNT + INT_COUNT + 2 * COMPARE_COUNT);
    if (operation < FLOAT_COUNT) {
      f = table.floats[operation];
      if (operation == 7) grain = COSTLY_GRAIN;  // pow
    } else if ((operation -= FLOAT_COUNT) < INT_COUNT) {
      f = table.ints[operation];
      ints = true;
    } else if ((operation -= INT_COUNT) < COMPARE_COUNT) {
      f = table.compareFloats[operation];
      compares = true;
    } else {
      f = table.compareInts[operation - COMPARE_COUNT];
      ints = compares = true;
    }
  }

  const char* input(const Args& args, size_t i, int64_t length) const {
    return ints ? reinterpret_cast<const char*>(args.ints(i, length)) : reinterpret_cast<const char*>(args.floats(i, length));
  }
  char* output(const Args& args, size_t i, int64_t length) const {
    if (compares) return reinterpret_cast<char*>(args.bytes(i, length));
    return const_cast<char*>(input(args, i, length));
  }
  int64_t outputSize() const { return compares ? 1 : 4; }
};

/// binary(operation, a, b, y, n, aStep, bStep): a and b have n numbers, or one where their step is 0.
void binary(const Args& args) {
  const BinaryOperation operation(args, 0);
  const int64_t n = args.size(4), aStep = args.choice(5, 2), bStep = args.choice(6, 2);
  if (n == 0) return;
  const char* a = operation.input(args, 1, aStep ? n : 1);
  const char* b = operation.input(args, 2, bStep ? n : 1);
  char* y = operation.output(args, 3, n);
  const int64_t size = operation.outputSize();
  parallelFor(n, operation.grain, [&](int64_t begin, int64_t end) {
    operation.f(a + 4 * begin * aStep, 0, aStep, b + 4 * begin * bStep, 0, bStep, y + size * begin, 1, end - begin);
  });
}

/// binaryBroadcast(operation, a, b, y, rank, lists): lists = sizes, strides of a, strides of b; the last strides are 0 or 1.
void binaryBroadcast(const Args& args) {
  const BinaryOperation operation(args, 0);
  const int64_t rank = args.choice(4, MAX_RANK + 1);
  if (rank < 2) args.raise("broadcasting takes at least two axes");
  const double* lists = args.doubles(5, 3 * rank);
  const Walk walk(args, lists, rank);
  const int64_t numbers = walk.numbers(args);
  if (numbers == 0) return;
  // The largest offset is within the arrays' lengths: measured after the strides are known.
  const auto length = [&](const double* strides) {
    int64_t most = 0;
    for (int64_t i = 0; i < rank; i++) {
      const int64_t stride = whole(args, strides[i]);
      if (stride < 0 || (i == rank - 1 && stride > 1)) args.raise("strides to broadcast must not be negative, and the last one 0 or 1");
      most += area(args, {walk.sizes[i] - 1, stride});
      if (most > int64_t(1) << 48) args.raise("strides are too large");
    }
    return most + 1;
  };
  const int64_t aLength = length(lists + rank), bLength = length(lists + 2 * rank);
  const char* a = operation.input(args, 1, aLength);
  const char* b = operation.input(args, 2, bLength);
  char* y = operation.output(args, 3, numbers);
  const Strides aStrides = walk.strides(args, lists + rank, 0, aLength), bStrides = walk.strides(args, lists + 2 * rank, 0, bLength);

  const int64_t n = walk.sizes[rank - 1], second = walk.sizes[rank - 2], rows = numbers / n, size = operation.outputSize();
  const int64_t aRow = aStrides.of[rank - 2], bRow = bStrides.of[rank - 2], aStep = aStrides.of[rank - 1], bStep = bStrides.of[rank - 1];
  const auto run = [&](int64_t row, int64_t count, int64_t begin, int64_t end) {
    operation.f(a + 4 * (rowOffset(walk, aStrides, row) + begin * aStep), aRow, aStep, b + 4 * (rowOffset(walk, bStrides, row) + begin * bStep), bRow,
                bStep, y + size * (row * n + begin), count, end - begin);
  };
  if (rows < 4 * threadCount() && n > operation.grain) {  // few long rows: each is split
    for (int64_t row = 0; row < rows; row++) parallelFor(n, operation.grain, [&](int64_t begin, int64_t end) { run(row, 1, begin, end); });
    return;
  }
  parallelFor(rows, std::max<int64_t>(1, operation.grain / n), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end;) {
      const int64_t count = std::min(end - row, second - row % second);
      run(row, count, 0, n);
      row += count;
    }
  });
}

/// select(condition, t, e, y, n)
void select(const Args& args) {
  const int64_t n = args.size(4);
  const uint8_t* condition = args.bytes(0, n);
  const uint32_t* t = args.words(1, n);
  const uint32_t* e = args.words(2, n);
  uint32_t* y = args.words(3, n);
  const auto f = elementwiseTable().select;
  parallelFor(n, CHEAP_GRAIN, [&](int64_t begin, int64_t end) { f(condition + begin, t + begin, e + begin, y + begin, end - begin); });
}

}  // namespace

void registerElementwise(Napi::Env env, Napi::Object exports) {
  expose<unary>(env, exports, "unary");
  expose<binary>(env, exports, "binary");
  expose<binaryBroadcast>(env, exports, "binaryBroadcast");
  expose<select>(env, exports, "select");
}

}  // namespace rsdix
