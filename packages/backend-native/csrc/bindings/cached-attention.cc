#include "../cached-attention.h"

#include "../args.h"

namespace rsdix {

/// cachedAttention(qkv, keys, values, keyMask | null, out, batch, heads, tokens, length, capacity, d, scale)
static void cachedAttentionCall(const Args& args) {
  CachedAttention c{};
  c.batch = args.size(5), c.heads = args.size(6), c.tokens = args.size(7), c.length = args.size(8), c.capacity = args.size(9), c.d = args.size(10);
  c.scale = float(args.number(11));
  if (c.length + c.tokens > c.capacity) args.raise("a cache of " + std::to_string(c.capacity) + " tokens is full");
  c.qkv = args.floats(0, area(args, {c.batch, c.tokens, 3, c.heads, c.d}));
  c.keys = args.floats(1, area(args, {c.batch, c.heads, c.capacity, c.d}));
  c.values = args.floats(2, area(args, {c.batch, c.heads, c.capacity, c.d}));
  c.keyMask = args.optionalFloats(3, area(args, {c.batch, c.length + c.tokens}));
  c.out = args.floats(4, area(args, {c.batch, c.tokens, c.heads, c.d}));
  if (c.d > 0) cachedAttention(c);
}

/// cacheReorder(cache, from, out, batch, sequences, heads, capacity, length, d): out may be cache.
static void cacheReorderCall(const Args& args) {
  const int64_t batch = args.size(3), sequences = args.size(4), heads = args.size(5), capacity = args.size(6), length = args.size(7), d = args.size(8);
  if (length > capacity) args.raise("a cache of " + std::to_string(capacity) + " tokens can't hold " + std::to_string(length));
  const float* cache = args.floats(0, area(args, {batch, heads, capacity, d}));
  const std::vector<int32_t> from = args.indices(1, sequences, batch, "cacheReorder: sequence");
  float* out = args.floats(2, area(args, {sequences, heads, capacity, d}));
  if (cache == out && sequences != batch) args.raise("a cache keeps its sequences' number in place");
  if (d == 0) return;
  cacheReorder(cache, from.data(), out, sequences, heads, capacity, length, d);
}

void registerCachedAttention(Napi::Env env, Napi::Object exports) {
  expose<cachedAttentionCall>(env, exports, "cachedAttention");
  expose<cacheReorderCall>(env, exports, "cacheReorder");
}

}  // namespace rsdix
