// Strides that come from JavaScript, checked, and the walk over the rows that they describe.
#pragma once
#include "args.h"

namespace rsdix {

constexpr int64_t MAX_RANK = 16;  // of shapes whose neighbouring axes are merged already

/// How one array is walked along the axes of a shape.
struct Strides {
  int64_t of[MAX_RANK];
};

/// A whole number that JavaScript put into a list of sizes or strides.
inline int64_t whole(const Args& args, double value) {
  if (!(value >= -281474976710656.0 && value <= 281474976710656.0) || value != static_cast<double>(static_cast<int64_t>(value)))
    args.raise("a size or stride must be a whole number, got " + std::to_string(value));
  return static_cast<int64_t>(value);
}

struct Walk {
  int64_t rank = 0;
  int64_t sizes[MAX_RANK];

  /// Reads `rank` sizes; an empty shape is one number.
  Walk(const Args& args, const double* list, int64_t rank) : rank(rank) {
    for (int64_t i = 0; i < rank; i++) {
      sizes[i] = whole(args, list[i]);
      if (sizes[i] < 0) args.raise("a size must not be negative");
    }
  }

  int64_t numbers(const Args& args) const {
    int64_t product = 1;
    for (int64_t i = 0; i < rank; i++) product = area(args, {product, sizes[i]});
    return product;
  }

  /// Reads the strides of an array of `length` numbers that starts at `offset`, and checks that no walk leaves it.
  Strides strides(const Args& args, const double* list, int64_t offset, int64_t length) const {
    Strides strides;
    int64_t least = offset, most = offset;
    bool empty = false;
    for (int64_t i = 0; i < rank; i++) {
      strides.of[i] = whole(args, list[i]);
      empty = empty || sizes[i] == 0;
      int64_t reach;
      if (__builtin_mul_overflow(sizes[i] - 1, strides.of[i], &reach) || __builtin_add_overflow(reach < 0 ? least : most, reach, reach < 0 ? &least : &most))
        args.raise("strides are too large");
    }
    if (!empty && (least < 0 || most >= length)) args.raise("strides lead out of an array of " + std::to_string(length) + " numbers");
    return strides;
  }
};

/// Where the row `row` of a walk over all axes but the last starts in an array.
inline int64_t rowOffset(const Walk& walk, const Strides& strides, int64_t row) {
  int64_t offset = 0;
  for (int64_t i = walk.rank - 2; i >= 0; i--) {
    offset += row % walk.sizes[i] * strides.of[i];
    row /= walk.sizes[i];
  }
  return offset;
}

}  // namespace rsdix
