#include "scratch.h"

#include <memory>
#include <new>

namespace rsdix {
namespace {

constexpr std::align_val_t LINE{64};

struct Free {
  void operator()(float* memory) const { ::operator delete(memory, LINE); }
};

struct Buffer {
  std::unique_ptr<float, Free> memory;
  int64_t length = 0;
};

}  // namespace

float* scratch(int64_t floats) {
  thread_local Buffer buffer;
  if (buffer.length < floats || !buffer.memory) {
    buffer.memory.reset();
    buffer.length = 0;
    buffer.memory.reset(static_cast<float*>(::operator new(static_cast<size_t>(floats) * sizeof(float), LINE)));
    buffer.length = floats;
  }
  return buffer.memory.get();
}

}  // namespace rsdix
