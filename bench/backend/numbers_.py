"""Numbers that JavaScript makes too (numbers.mjs): both sides get the same weights."""
import numpy as np

INPUTS = 2**30


class Numbers:
    """Weights in the order in which they are asked for."""

    def __init__(self, start=0):
        self.next = start

    def _raw(self, count):
        i = np.arange(self.next + 1, self.next + 1 + count, dtype=np.uint64).astype(np.uint32)
        self.next += count
        t = i * np.uint32(0x6D2B79F5)
        t = (t ^ (t >> np.uint32(15))) * (t | np.uint32(1))
        t = (t + (t ^ (t >> np.uint32(7))) * (t | np.uint32(61))) ^ t
        return t ^ (t >> np.uint32(14))

    def floats(self, shape, scale):
        count = int(np.prod(shape))
        values = np.empty(count, np.float32)
        for begin in range(0, count, 1 << 22):  # in pieces: eight bytes a number would double the memory that is measured
            size = min(1 << 22, count - begin)
            values[begin : begin + size] = (self._raw(size) / 2147483648.0 - 1.0) * scale
        return values.reshape(shape)

    def ids(self, shape, below):
        count = int(np.prod(shape))
        return np.floor(self._raw(count) / 2147483648.0 * 0.5 * below).astype(np.int64).reshape(shape)
