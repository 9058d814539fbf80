// Attention of new tokens over a cache of keys and values that grows in place.
#pragma once
#include <cstdint>

#include "isa.h"

namespace rsdix {

struct CachedAttention {
  int64_t batch, heads, tokens, length, capacity, d;
  float scale;
  const float* qkv;  // [batch · tokens, 3 · heads · d]
  float* keys;       // [batch, heads, capacity, d], of which `length` rows hold earlier tokens
  float* values;
  const float* keyMask;  // [batch, length + tokens], or null
  float* out;            // [batch · tokens, heads · d]
};

struct CachedAttentionTable {
  /// One query over `keys` rows, d apart; `scores` is scratch of that many numbers.
  void (*attendRow)(const float* q, const float* k, const float* v, const float* keyMask, int64_t keys, int64_t d, float scale, float* scores, float* out);
};

/// Writes the tokens' keys and values behind the earlier ones, then lets each token attend to those and to itself.
void cachedAttention(const CachedAttention& c);

/// Sequence i of `out` becomes sequence from[i] of `cache` [batch, heads, capacity, d], as far as `length` rows; out may be cache, with as many
/// sequences.
void cacheReorder(const float* cache, const int32_t* from, float* out, int64_t sequences, int64_t heads, int64_t capacity, int64_t length, int64_t d);

}  // namespace rsdix

RSDIX_TABLE(CachedAttentionTable, cachedAttentionTable)
