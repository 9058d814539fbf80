#include "../adamw.h"

#include "../args.h"
#include "../threads.h"

namespace rsdix {

constexpr int64_t GRAIN = 8192;

/// adamW(parameter, gradient, first, second, average | null, newParameter, newFirst, newSecond, newAverage | null, length, beta1, beta2, rate,
/// correction, epsilon, shrink, decay): see AdamWStep; a target may be its source.
static void adamW(const Args& args) {
  const int64_t length = args.size(9);
  AdamWArrays a{};
  a.parameter = args.floats(0, length), a.gradient = args.floats(1, length), a.first = args.floats(2, length), a.second = args.floats(3, length);
  a.average = args.optionalFloats(4, length);
  a.newParameter = args.floats(5, length), a.newFirst = args.floats(6, length), a.newSecond = args.floats(7, length);
  if (a.average) a.newAverage = args.floats(8, length);
  const double beta1 = args.number(10), beta2 = args.number(11), decay = args.number(16);
  const AdamWStep step{float(beta1),           float(1 - beta1),        float(beta2), float(1 - beta2), float(args.number(12)), float(args.number(13)),
                       float(args.number(14)), float(args.number(15)), float(decay), float(1 - decay)};
  parallelFor(length, GRAIN, [&](int64_t begin, int64_t end) { adamWTable().step(a, begin, end, step); });
}

/// average(average, parameter, out, length, decay): out may be average.
static void average(const Args& args) {
  const int64_t length = args.size(3);
  const float* old = args.floats(0, length);
  const float* parameter = args.floats(1, length);
  float* out = args.floats(2, length);
  const double decay = args.number(4);
  parallelFor(length, GRAIN, [&](int64_t begin, int64_t end) { adamWTable().average(old, parameter, out, begin, end, float(decay), float(1 - decay)); });
}

void registerAdamW(Napi::Env env, Napi::Object exports) {
  expose<adamW>(env, exports, "adamW");
  expose<average>(env, exports, "average");
}

}  // namespace rsdix
