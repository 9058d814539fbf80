#include "cached-attention.h"

#include <cstring>

#include "attention.h"
#include "scratch.h"

namespace rsdix {
namespace {

// Below this many numbers to read a second thread costs more than it brings.
constexpr int64_t SERIAL_NUMBERS = 200000;

void append(const CachedAttention& c) {
  const int64_t width = c.heads * c.d;
  const size_t bytes = static_cast<size_t>(c.d) * sizeof(float);
  for (int64_t b = 0; b < c.batch; b++)
    for (int64_t h = 0; h < c.heads; h++)
      for (int64_t t = 0; t < c.tokens; t++) {
        const float* const from = c.qkv + (b * c.tokens + t) * 3 * width + h * c.d;
        const int64_t to = ((b * c.heads + h) * c.capacity + c.length + t) * c.d;
        std::memcpy(c.keys + to, from + width, bytes);
        std::memcpy(c.values + to, from + 2 * width, bytes);
      }
}

}  // namespace

void cachedAttention(const CachedAttention& c) {
  append(c);
  const int64_t keys = c.length + c.tokens, width = c.heads * c.d, head = c.capacity * c.d;
  if (c.tokens == 1) {
    eachWithScratch(c.batch * c.heads, keys, c.batch * width * keys * 2 < SERIAL_NUMBERS, [&](int64_t i, float* scores) {
      const int64_t b = i / c.heads, h = i % c.heads;
      cachedAttentionTable().attendRow(c.qkv + b * 3 * width + h * c.d, c.keys + i * head, c.values + i * head, c.keyMask ? c.keyMask + b * keys : nullptr,
                                       keys, c.d, c.scale, scores, c.out + b * width + h * c.d);
    });
    return;
  }
  Attention a{};
  a.batch = c.batch, a.heads = c.heads, a.queries = c.tokens, a.keys = keys, a.d = c.d;
  a.causal = true, a.scale = c.scale, a.keyMask = c.keyMask;
  a.q = {const_cast<float*>(c.qkv), c.tokens * 3 * width, c.d, 3 * width};
  a.k = {c.keys, c.heads * head, head, c.d};
  a.v = {c.values, c.heads * head, head, c.d};
  a.out = {c.out, c.tokens * width, c.d, width};
  attention(a);
}

void cacheReorder(const float* cache, const int32_t* from, float* out, int64_t sequences, int64_t heads, int64_t capacity, int64_t length, int64_t d) {
  const int64_t block = length * d, head = capacity * d;
  const size_t bytes = static_cast<size_t>(block) * sizeof(float);
  const bool inPlace = cache == out, serial = sequences * heads * block < SERIAL_NUMBERS;
  // In place, a head's sequences are set aside first: one may be read after another has been written over it.
  eachWithScratch(heads, inPlace ? sequences * block : 0, serial, [&](int64_t h, float* aside) {
    const auto source = [&](int64_t i) { return cache + (from[i] * heads + h) * head; };
    if (inPlace)
      for (int64_t i = 0; i < sequences; i++)
        if (from[i] != i) std::memcpy(aside + i * block, source(i), bytes);
    for (int64_t i = 0; i < sequences; i++)
      if (!inPlace || from[i] != i) std::memcpy(out + (i * heads + h) * head, inPlace ? aside + i * block : source(i), bytes);
  });
}

}  // namespace rsdix
