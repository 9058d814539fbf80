#include "../linear.h"

#include "../args.h"
#include "../gemm.h"

namespace rsdix {

static Epilogue epilogueOf(const Args& args, size_t first, int64_t m, int64_t n) {
  return {args.optionalFloats(first, n), static_cast<Activation>(args.choice(first + 1, ACTIVATIONS)),
          args.optionalFloats(first + 2, area(args, {m, n})), args.optionalFloats(first + 3, area(args, {m, n}))};
}

constexpr int64_t LIMIT = 2147483647;

/// linear(x, w, y, m, n, k, bias, activation, residual, slope, transposed): w [k, n], or [n, k] when transposed, as it is.
static void linear(const Args& args) {
  const int64_t m = args.size(3), n = args.size(4), k = args.size(5);
  if (m > LIMIT || n > LIMIT || k > LIMIT) args.raise("a side of a matrix must be below 2^31");
  const float* x = args.floats(0, area(args, {m, k}));
  const float* w = args.floats(1, area(args, {k, n}));
  float* y = args.floats(2, area(args, {m, n}));
  gemmWith({false, args.flag(10), m, n, k, x, w, y}, epilogueOf(args, 6, m, n));
}

/// linearPacked(x, packed, y, m, n, k, bias, activation, residual, slope).
static void linearPacked(const Args& args) {
  const int64_t m = args.size(3), n = args.size(4), k = args.size(5);
  const float* x = args.floats(0, area(args, {m, k}));
  if (n > LIMIT || k > LIMIT) args.raise("a side of a matrix must be below 2^31");
  const float* packed = args.floats(1, packedLength(k, n));
  float* y = args.floats(2, area(args, {m, n}));
  gemmPacked(x, packed, y, m, n, k, epilogueOf(args, 6, m, n));
}

/// packWeight(w, packed, k, n, transposed).
static void pack(const Args& args) {
  const int64_t k = args.size(2), n = args.size(3);
  if (n > LIMIT || k > LIMIT) args.raise("a side of a matrix must be below 2^31");
  packWeight(args.floats(0, area(args, {k, n})), args.flag(4), k, n, args.floats(1, packedLength(k, n)));
}

/// packedLength(k, n) -> numbers.
static Napi::Value lengthOf(const Napi::CallbackInfo& info) {
  const Args args(info);
  const int64_t k = args.size(0), n = args.size(1);
  if (n > LIMIT || k > LIMIT) args.raise("a side of a matrix must be below 2^31");
  return Napi::Number::New(info.Env(), static_cast<double>(packedLength(k, n)));
}

void registerLinear(Napi::Env env, Napi::Object exports) {
  expose<linear>(env, exports, "linear");
  expose<linearPacked>(env, exports, "linearPacked");
  expose<pack>(env, exports, "packWeight");
  exports.Set("packedLength", Napi::Function::New(env, lengthOf, "packedLength"));
}

}  // namespace rsdix
