#include "../attention.h"

#include "../args.h"

namespace rsdix {
namespace {

/// How q, k, v and the result lie: heads apart [batch, heads, rows, d]; side by side in one array [batch · rows, 3 · heads · d]; or each
/// [batch · rows, heads · d].
enum Layout { APART, TOGETHER, PARTS };

struct Sizes {
  Layout layout;
  int64_t batch, heads, queries, keys, d;
};

Sizes sizesOf(const Args& args, size_t at) {
  const Sizes s{static_cast<Layout>(args.choice(at, 3)), args.size(at + 1), args.size(at + 2), args.size(at + 3), args.size(at + 4), args.size(at + 5)};
  if (s.layout != APART && s.queries != s.keys) args.raise("self-attention has as many keys as queries");
  return s;
}

/// Argument `i` as heads of `rows` rows; `part` is 0, 1, 2 for q, k, v where they lie together.
Heads headsOf(const Args& args, size_t i, const Sizes& s, int64_t rows, int part) {
  const int64_t width = s.heads * s.d, together = s.layout == TOGETHER && part >= 0 ? 3 : 1;
  float* data = args.floats(i, area(args, {s.batch, s.heads, rows, s.d, together}));
  if (s.layout == APART) return {data, s.heads * rows * s.d, rows * s.d, s.d};
  return {data + (together == 3 ? part * width : 0), rows * together * width, s.d, together * width};
}

constexpr int RESULT = -1;

Attention attentionOf(const Args& args, const Sizes& s, size_t q, size_t keyMask, size_t causal) {
  Attention a{};
  a.batch = s.batch, a.heads = s.heads, a.queries = s.queries, a.keys = s.keys, a.d = s.d;
  a.q = headsOf(args, q, s, s.queries, 0), a.k = headsOf(args, q + 1, s, s.keys, 1), a.v = headsOf(args, q + 2, s, s.keys, 2);
  a.keyMask = args.optionalFloats(keyMask, area(args, {s.batch, s.keys}));
  a.causal = args.flag(causal);
  a.scale = float(args.number(causal + 1));
  if (a.causal && a.keys < a.queries) args.raise("causal attention needs at least as many keys as queries");
  return a;
}

int64_t stateLength(const Args& args, const Sizes& s) { return area(args, {s.batch, s.heads, s.queries, 2}); }

/// attention(q, k, v, keyMask | null, out, state | null, layout, batch, heads, queries, keys, d, causal, scale)
void forward(const Args& args) {
  const Sizes s = sizesOf(args, 6);
  Attention a = attentionOf(args, s, 0, 3, 12);
  a.out = headsOf(args, 4, s, s.queries, RESULT);
  a.state = args.optionalFloats(5, stateLength(args, s));
  attention(a);
}

/// attentionGrad(dy, q, k, v, keyMask | null, state, dq, dk, dv, layout, batch, heads, queries, keys, d, causal, scale)
void backward(const Args& args) {
  const Sizes s = sizesOf(args, 9);
  Attention a = attentionOf(args, s, 1, 4, 15);
  a.out = headsOf(args, 0, s, s.queries, RESULT);
  a.state = args.floats(5, stateLength(args, s));
  attentionGrad(a, headsOf(args, 6, s, s.queries, 0), headsOf(args, 7, s, s.keys, 1), headsOf(args, 8, s, s.keys, 2));
}

}  // namespace

void registerAttention(Napi::Env env, Napi::Object exports) {
  expose<forward>(env, exports, "attention");
  expose<backward>(env, exports, "attentionGrad");
}

}  // namespace rsdix
