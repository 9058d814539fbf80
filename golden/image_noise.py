"""The source images of the image goldens. Pinned: pillow 10.4.0, numpy 1.26.4. Imported by the other golden/image_*.py."""
import numpy as np
from PIL import Image


def noise(width, height):
    """Bytes of a 32-bit linear congruential generator (Numerical Recipes), seeded by the size: hard edges everywhere."""
    state = width * 65537 + height
    values = []
    for _ in range(width * height * 3):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append(state >> 24)
    return Image.fromarray(np.array(values, np.uint8).reshape(height, width, 3))


def gradient(width, height):
    """A smooth image."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return Image.fromarray(np.stack([x * 256 // width, y * 256 // height, (x * 7 + y * 13) % 256], -1).astype(np.uint8))
