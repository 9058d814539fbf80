// Arguments of a call from JavaScript: every type and every length is checked here, so that no kernel reads past an array.
#pragma once
#define NODE_ADDON_API_CPP_EXCEPTIONS
#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

namespace rsdix {

template <class T>
struct Span {
  T* data = nullptr;
  int64_t length = 0;
};

class Args {
 public:
  explicit Args(const Napi::CallbackInfo& info) : info_(info) {}

  /// A Float32Array of at least `length` numbers.
  float* floats(size_t i, int64_t length) const { return static_cast<float*>(array(i, napi_float32_array, length, "Float32Array").data); }
  int32_t* ints(size_t i, int64_t length) const { return static_cast<int32_t*>(array(i, napi_int32_array, length, "Int32Array").data); }
  /// An Int32Array of `count` indices in [0, limit), as a copy: JavaScript may change the array, or hand in one that overlaps the output.
  std::vector<int32_t> indices(size_t i, int64_t count, int64_t limit, const char* what) const {
    const int32_t* given = ints(i, count);
    const std::vector<int32_t> copy(given, given + count);
    for (int64_t k = 0; k < count; k++)
      if (copy[k] < 0 || copy[k] >= limit)
        raise(std::string(what) + " " + std::to_string(copy[k]) + " at " + std::to_string(k) + " is not in [0, " + std::to_string(limit) + ")");
    return copy;
  }
  /// Like `floats`, or nullptr where JavaScript passed null.
  float* optionalFloats(size_t i, int64_t length) const { return absent(i) ? nullptr : floats(i, length); }
  uint8_t* bytes(size_t i, int64_t length) const { return static_cast<uint8_t*>(array(i, napi_uint8_array, length, "Uint8Array").data); }
  /// Float32Array or Int32Array: for kernels that move numbers without looking at them.
  uint32_t* words(size_t i, int64_t length) const {
    return static_cast<uint32_t*>(array(i, isInts(i) ? napi_int32_array : napi_float32_array, length, "Float32Array or Int32Array").data);
  }
  Span<uint32_t> wordSpan(size_t i) const {
    const auto found = array(i, isInts(i) ? napi_int32_array : napi_float32_array, 0, "Float32Array or Int32Array");
    return {static_cast<uint32_t*>(found.data), found.length};
  }
  /// A Float64Array of at least `length` numbers: sizes and strides, which may be beyond 32 bits.
  const double* doubles(size_t i, int64_t length) const {
    return static_cast<const double*>(array(i, napi_float64_array, length, "Float64Array").data);
  }

  /// A whole number in [0, 2^48]: sizes, offsets.
  int64_t size(size_t i) const {
    const double value = number(i);
    if (!(value >= 0 && value <= 281474976710656.0) || value != static_cast<double>(static_cast<int64_t>(value)))
      raise("argument " + std::to_string(i) + " must be a size, got " + std::to_string(value));
    return static_cast<int64_t>(value);
  }
  /// A whole number in [0, limit): the number of an operation.
  int choice(size_t i, int limit) const {
    const int64_t value = size(i);
    if (value >= limit) raise("argument " + std::to_string(i) + " must be below " + std::to_string(limit) + ", got " + std::to_string(value));
    return static_cast<int>(value);
  }
  double number(size_t i) const {
    double value = 0;
    if (napi_get_value_double(info_.Env(), info_[i], &value) != napi_ok) raise("argument " + std::to_string(i) + " must be a number");
    return value;
  }
  bool flag(size_t i) const {
    bool value = false;
    if (napi_get_value_bool(info_.Env(), info_[i], &value) != napi_ok) raise("argument " + std::to_string(i) + " must be true or false");
    return value;
  }
  [[noreturn]] void raise(const std::string& what) const { throw Napi::TypeError::New(info_.Env(), "rsdix native: " + what); }

 private:
  struct Found {
    void* data;
    int64_t length;
  };

  bool absent(size_t i) const {
    const Napi::Value value = info_[i];
    return value.IsNull() || value.IsUndefined();
  }

  bool isInts(size_t i) const {
    napi_typedarray_type type = napi_typedarray_type(-1);  // left alone by a Node whose newer types this one does not know
    return napi_get_typedarray_info(info_.Env(), info_[i], &type, nullptr, nullptr, nullptr, nullptr) == napi_ok && type == napi_int32_array;
  }

  Found array(size_t i, napi_typedarray_type type, int64_t length, const char* name) const {
    napi_typedarray_type actual = napi_typedarray_type(-1);
    size_t actualLength = 0;
    void* data = nullptr;
    if (napi_get_typedarray_info(info_.Env(), info_[i], &actual, &actualLength, &data, nullptr, nullptr) != napi_ok || actual != type)
      raise("argument " + std::to_string(i) + " must be a " + name);
    if (static_cast<int64_t>(actualLength) < length)
      raise("argument " + std::to_string(i) + " must hold " + std::to_string(length) + " numbers, it holds " + std::to_string(actualLength));
    return {data, static_cast<int64_t>(actualLength)};
  }

  const Napi::CallbackInfo& info_;
};

/// The product of sizes, or an error when it doesn't fit: a wrapped product would pass the length check of a small array.
inline int64_t area(const Args& args, std::initializer_list<int64_t> sizes) {
  int64_t product = 1;
  for (const int64_t size : sizes)
    if (__builtin_mul_overflow(product, size, &product) || product > (int64_t(1) << 48)) args.raise("sizes are too large");
  return product;
}

/// Exports one function; C++ exceptions become JavaScript errors.
template <void (*run)(const Args&)>
void expose(Napi::Env env, Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New(
                        env,
                        [](const Napi::CallbackInfo& info) {
                          try {
                            run(Args(info));
                          } catch (const std::bad_alloc&) {
                            throw Napi::Error::New(info.Env(), "rsdix native: out of memory");
                          } catch (const Napi::Error&) {
                            throw;
                          } catch (const std::exception& error) {
                            throw Napi::Error::New(info.Env(), std::string("rsdix native: ") + error.what());
                          }
                        },
                        name));
}

}  // namespace rsdix
