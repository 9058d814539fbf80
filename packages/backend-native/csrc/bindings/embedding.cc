#include <algorithm>
#include <cstring>

#include "../args.h"
#include "../threads.h"

namespace rsdix {
namespace {

int64_t grain(int64_t d) { return std::max<int64_t>(1, 16384 / std::max<int64_t>(1, d)); }

/// embedding(table, ids, out, vocabulary, d, count)
void embedding(const Args& args) {
  const int64_t vocabulary = args.size(3), d = args.size(4), count = args.size(5);
  const float* table = args.floats(0, area(args, {vocabulary, d}));
  const std::vector<int32_t> ids = args.indices(1, count, vocabulary, "embedding: id");
  float* out = args.floats(2, area(args, {count, d}));
  if (d == 0) return;
  parallelFor(count, grain(d), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) std::memcpy(out + i * d, table + ids[i] * d, static_cast<size_t>(d) * sizeof(float));
  });
}

/// embeddingGrad(dy, ids, dtable, vocabulary, d, count): each thread has rows of the table to itself and adds in the order of the ids.
void embeddingGrad(const Args& args) {
  const int64_t vocabulary = args.size(3), d = args.size(4), count = args.size(5);
  const float* dy = args.floats(0, area(args, {count, d}));
  const std::vector<int32_t> ids = args.indices(1, count, vocabulary, "embedding: id");
  float* dtable = args.floats(2, area(args, {vocabulary, d}));
  if (d == 0) return;
  parallelFor(vocabulary, grain(d), [&](int64_t begin, int64_t end) {
    std::memset(dtable + begin * d, 0, static_cast<size_t>((end - begin) * d) * sizeof(float));
    for (int64_t i = 0; i < count; i++) {
      if (ids[i] < begin || ids[i] >= end) continue;
      float* to = dtable + ids[i] * d;
      const float* from = dy + i * d;
#pragma omp simd
      for (int64_t j = 0; j < d; j++) to[j] += from[j];
    }
  });
}

}  // namespace

void registerEmbedding(Napi::Env env, Napi::Object exports) {
  expose<embedding>(env, exports, "embedding");
  expose<embeddingGrad>(env, exports, "embeddingGrad");
}

}  // namespace rsdix
