#include "attention.h"

#include <algorithm>

#include "scratch.h"

namespace rsdix {
namespace {

// Below this many multiplications a second thread costs more than it brings.
constexpr int64_t SERIAL_WORK = 100000;

bool isSerial(const Attention& a) { return a.batch * a.heads * a.queries * a.keys * a.d < SERIAL_WORK; }

}  // namespace

void attention(const Attention& a) {
  const int64_t heads = a.batch * a.heads;
  if (heads * a.queries * a.d == 0) return;
  // With fewer heads than threads the queries are split too, in parts that are worth packing the keys for.
  const int64_t parts = std::max<int64_t>(1, std::min(threadCount() / heads, a.queries / 64));
  eachWithScratch(heads * parts, attentionTable().forwardScratch(a), isSerial(a), [&](int64_t i, float* memory) {
    const int64_t part = i % parts;
    attentionTable().forward(a, i / parts, a.queries * part / parts, a.queries * (part + 1) / parts, memory);
  });
}

void attentionGrad(const Attention& a, const Heads& dq, const Heads& dk, const Heads& dv) {
  const int64_t heads = a.batch * a.heads;
  if (heads * a.d == 0) return;
  eachWithScratch(heads, attentionTable().backwardScratch(a), isSerial(a),
                  [&](int64_t i, float* memory) { attentionTable().backward(a, dq, dk, dv, i, memory); });
}

}  // namespace rsdix
