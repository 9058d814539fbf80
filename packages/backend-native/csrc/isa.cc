#include "isa.h"

#include <cstdlib>
#include <cstring>

namespace rsdix {

static Isa detect() {
#if defined(__x86_64__) || defined(_M_X64)
  __builtin_cpu_init();
  Isa widest = Isa::baseline;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) widest = Isa::avx2;
  if (widest == Isa::avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    widest = Isa::avx512;
  const char* limit = std::getenv("RSDIX_ISA");
  if (limit && !std::strcmp(limit, "baseline")) return Isa::baseline;
  if (limit && !std::strcmp(limit, "avx2") && widest == Isa::avx512) return Isa::avx2;
  return widest;
#else
  return Isa::baseline;
#endif
}

Isa isa() {
  static const Isa chosen = detect();
  return chosen;
}

const char* isaName() {
  switch (isa()) {
    case Isa::avx512: return "avx512";
    case Isa::avx2: return "avx2";
    default: return "baseline";
  }
}

}  // namespace rsdix
