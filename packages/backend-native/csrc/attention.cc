#include "attention.h"

#include <algorithm>
#include <atomic>

#include "scratch.h"
#include "threads.h"

namespace rsdix {
namespace {

// Below this many multiplications a second thread costs more than it brings.
constexpr int64_t SERIAL_WORK = 100000;

/// f(i, memory) for i in [0, n), each piece with scratch memory that nobody else uses meanwhile.
template <class F>
void eachWithScratch(int64_t n, int64_t floats, bool serial, const F& f) {
  const int64_t slots = serial ? 1 : std::min<int64_t>(n, threadCount());
  const int64_t stride = (floats + 15) / 16 * 16;
  float* const memory = scratch(slots * stride);
  std::atomic<int64_t> next{0};
  const auto run = [&](int64_t slot) {
    for (int64_t i = next.fetch_add(1); i < n; i = next.fetch_add(1)) f(i, memory + slot * stride);
  };
  if (slots == 1)
    run(0);
  else
    parallelEach(slots, run);
}

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
