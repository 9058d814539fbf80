// Attention over heads that lie in memory at any distance: separate, or side by side in one projection.
#pragma once
#include <cstdint>

#include "isa.h"

namespace rsdix {

/// Where [batch, heads, rows, d] numbers lie; the d numbers of a row lie together.
struct Heads {
  float* data;
  int64_t batch, head, row;
  float* at(int64_t b, int64_t h) const { return data + b * batch + h * head; }
};

struct Attention {
  int64_t batch, heads, queries, keys, d;
  bool causal;  // query i sees keys up to i + keys - queries
  float scale;
  const float* keyMask;  // [batch, keys]: 1 where a key may be seen; null: all
  Heads q, k, v;
  Heads out;     // the result, or its gradient
  float* state;  // [batch, heads, queries, 2]: largest score and inverse sum of each row; may be null in a forward pass
};

struct AttentionTable {
  /// Numbers of scratch for one head: at most `rows` queries at once.
  int64_t (*forwardScratch)(const Attention& a);
  int64_t (*backwardScratch)(const Attention& a);
  /// Queries [begin, end) of head `index` (batch · heads + head).
  void (*forward)(const Attention& a, int64_t index, int64_t begin, int64_t end, float* scratch);
  /// The three gradients of one head.
  void (*backward)(const Attention& a, const Heads& dq, const Heads& dk, const Heads& dv, int64_t index, float* scratch);
};

void attention(const Attention& a);
void attentionGrad(const Attention& a, const Heads& dq, const Heads& dk, const Heads& dv);

}  // namespace rsdix

RSDIX_TABLE(AttentionTable, attentionTable)
