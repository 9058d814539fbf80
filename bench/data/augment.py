"""torchvision's side of augment.mjs: the six augmentations of a Pillow image, and each alone. The versions that rows name are in peers.mjs.

Reads lines `NAME SIZE COUNT`; answers each with a line: milliseconds an image, and the SHA-256 of the last result.
"""
import hashlib
import math
import sys
import time
import warnings

import numpy as np
from PIL import Image

warnings.simplefilter("ignore")  # of libraries for video that aren't there
from torchvision.transforms import functional as F  # noqa: E402

U = 0.3  # every draw, on both sides


def source(size):
    """Shapes with soft edges and some noise, as imagery has them; the same formula as augment.mjs."""
    y, x = np.mgrid[0:size, 0:size]
    noise = (x * 1103515245 + y * 12345 + x * y * 2654435761) % 16
    planes = [(x // 7 * 11 + y // 5 * 3) % 160 + noise + 20 * channel for channel in range(3)]
    return Image.fromarray(np.stack(planes, -1).astype(np.uint8))


def between(low, high):
    return low + (high - low) * U


def rotate(image):
    return F.rotate(image, between(0, 180))


def flips(image):
    return F.vflip(F.hflip(image))


def sharpness(image):
    return F.adjust_sharpness(image, between(0.75, 2))


def jitter(image):
    return F.adjust_saturation(F.adjust_brightness(image, between(0.5, 1.1)), between(0.65, 1.1))


def crop(image):
    side = round(math.sqrt(image.size[0] * image.size[1] * between(0.6, 1)))
    corner = int(U * (image.size[0] - side + 1))
    return F.resized_crop(image, corner, corner, side, side, [224, 224])


WORK = {
    "rotation": rotate, "flips": flips, "sharpness": sharpness, "colorJitter": jitter, "resizedCrop": crop,
    "all six": lambda image: crop(jitter(sharpness(flips(rotate(image))))),
}
images = {}
for line in sys.stdin:
    name, size, count = line.rsplit(" ", 2)
    size, count = int(size), int(count)
    if size not in images:
        images[size] = source(size)
    started = time.perf_counter()
    for _ in range(count):
        result = WORK[name](images[size])
    milliseconds = (time.perf_counter() - started) / count * 1000
    print(milliseconds, hashlib.sha256(result.tobytes()).hexdigest(), flush=True)
