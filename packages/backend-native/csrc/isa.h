// The kernels are compiled once for each instruction set, and chosen when the addon loads.
#pragma once

namespace rsdix {

enum class Isa { baseline, avx2, avx512 };

/// The widest instruction set that this processor has and that RSDIX_ISA (baseline, avx2, avx512) allows.
Isa isa();
const char* isaName();

}  // namespace rsdix

// Declares a table of functions of one topic, defined by csrc/isa/<topic>.cc in each instruction set's namespace, and the function that
// picks the running processor's: RSDIX_TABLE(ReduceTable, reduceTable) makes `const ReduceTable& reduceTable()`.
#if defined(__x86_64__) || defined(_M_X64)
#define RSDIX_TABLE(Type, name)                                   \
  namespace rsdix {                                               \
  namespace baseline { extern const Type name; }                  \
  namespace avx2 { extern const Type name; }                      \
  namespace avx512 { extern const Type name; }                    \
  inline const Type& name() {                                     \
    return isa() == Isa::avx512 ? avx512::name : isa() == Isa::avx2 ? avx2::name : baseline::name; \
  }                                                               \
  }
#else
#define RSDIX_TABLE(Type, name)                  \
  namespace rsdix {                              \
  namespace baseline { extern const Type name; } \
  inline const Type& name() { return baseline::name; } \
  }
#endif
