"""Golden values of the augmentations: torchvision's functions on Pillow images. Pinned: torchvision 0.15.2, pillow 10.4.0, numpy 1.26.4.

python golden/image_augment.py   (from the repository root)
writes packages/image/src/fixtures/augment.json: whole results for small images, SHA-256 of the result for larger ones. The source pixels
come from formulas that the tests repeat. `chain` is all six after one another with the original's ranges, for given numbers of a generator.
"""
import hashlib
import json
import math
from pathlib import Path

import PIL
import torchvision
from image_noise import gradient, noise
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

assert PIL.__version__ == "10.4.0", PIL.__version__
assert torchvision.__version__.startswith("0.15.2"), torchvision.__version__
ROOT = Path(__file__).resolve().parent.parent
FILTERS = {name: InterpolationMode[name.upper()] for name in ("nearest", "bilinear", "bicubic")}
SOURCES = {"noise": noise, "gradient": gradient}


def golden(source, size, image, **parameters):
    data = image.tobytes()
    result = {"data": list(data)} if len(data) <= 60 else {"sha256": hashlib.sha256(data).hexdigest()}
    return {"source": source, "size": list(size), **parameters, **result}


angles = [0, 1, 17.25, 30, 33.333, 45, 60, 89.9, 90, 90.1, 123.456, 135, 179.5, 180, 200, 270, 359.99, -45, 400]
sizes = [(1, 1), (1, 9), (2, 2), (6, 5), (7, 7), (97, 131), (224, 224)]
cases = {"rotate": [], "sharpness": [], "brightness": [], "saturation": [], "jitter": [], "crop": [], "chain": []}
for size in sizes:
    for source, make in SOURCES.items():
        for angle in angles:
            for name in ("nearest", "bilinear"):
                image = F.rotate(make(*size), angle, FILTERS[name])
                cases["rotate"].append(golden(source, size, image, angle=angle, filter=name))
# Beyond 32,767 pixels Pillow leaves fixed point.
cases["rotate"].append(golden("noise", (33000, 2), F.rotate(noise(33000, 2), 0.003, FILTERS["nearest"]), angle=0.003, filter="nearest"))

factors = [0, 0.3, 0.5, 0.65, 0.75, 0.9137, 1, 1.1, 1.5, 2, 7.7]
for size in [(1, 1), (2, 5), (5, 2), (3, 3), (7, 5), (64, 48), (224, 224)]:
    for source, make in SOURCES.items():
        for factor in factors:
            image = make(*size)
            cases["sharpness"].append(golden(source, size, F.adjust_sharpness(image, factor), factor=factor))
            cases["brightness"].append(golden(source, size, F.adjust_brightness(image, factor), factor=factor))
            cases["saturation"].append(golden(source, size, F.adjust_saturation(image, factor), factor=factor))
        for brightness, saturation in [(0.5, 0.65), (1.1, 1.1), (2, 0.5), (1.3, 1.9)]:
            image = make(*size)
            orders = {
                "brightness": F.adjust_saturation(F.adjust_brightness(image, brightness), saturation),
                "saturation": F.adjust_brightness(F.adjust_saturation(image, saturation), brightness),
            }
            for first, jittered in orders.items():
                cases["jitter"].append(golden(source, size, jittered, brightness=brightness, saturation=saturation, first=first))

for size, (left, top, width, height), side in [
    ((5, 4), (1, 0, 3, 3), 4), ((5, 4), (1, 1, 1, 2), 6), ((64, 48), (3, 5, 40, 40), 40), ((256, 256), (17, 29, 199, 199), 224),
    ((256, 256), (0, 0, 256, 256), 224), ((97, 131), (10, 40, 80, 60), 96),
]:
    for source, make in SOURCES.items():
        for name in ("bilinear", "bicubic", "nearest"):
            image = F.resized_crop(make(*size), top, left, height, width, [side, side], FILTERS[name])
            cases["crop"].append(golden(source, size, image, box={"left": left, "top": top, "width": width, "height": height}, side=side, filter=name))


def chain(image, u):
    """All six, with what `augment` draws: whether, angle, flips, sharpness, order, brightness, saturation, area, top, left."""
    assert next(u) < 0.5
    width, height = image.size
    image = F.rotate(image, 0 + 180 * next(u))
    next(u), next(u)
    image = F.vflip(F.hflip(image))
    image = F.adjust_sharpness(image, 0.75 + 1.25 * next(u))
    brightness_first = next(u) < 0.5
    brightness, saturation = 0.5 + (1.1 - 0.5) * next(u), 0.65 + (1.1 - 0.65) * next(u)
    if brightness_first:
        image = F.adjust_saturation(F.adjust_brightness(image, brightness), saturation)
    else:
        image = F.adjust_brightness(F.adjust_saturation(image, saturation), brightness)
    for _ in range(10):
        side = round(math.sqrt(width * height * (0.6 + (1 - 0.6) * next(u))))
        if side <= min(width, height):
            top, left = int(next(u) * (height - side + 1)), int(next(u) * (width - side + 1))
            break
    else:
        side = min(width, height)
        top, left = (height - side) // 2, (width - side) // 2
    return F.resized_crop(image, top, left, side, side, [224, 224])


def numbers(seed):
    """A generator that the test repeats; the first number is below 0.5, so that the image is augmented."""
    state = seed
    first = True
    while True:
        state = (state * 1664525 + 1013904223) % 2**32
        yield state / 2**32 / (2 if first else 1)
        first = False


for size, seed in [((256, 256), seed) for seed in range(20)] + [
    ((256, 200), 3), ((300, 97), 4), ((1, 1), 5), ((2, 3), 6), ((600, 600), 7), ((37, 41), 8),
]:
    for source, make in SOURCES.items():
        cases["chain"].append(golden(source, size, chain(make(*size), numbers(seed)), seed=seed))
target = ROOT / "packages/image/src/fixtures/augment.json"
lines = [f'"{name}":[\n' + ",\n".join(json.dumps(case, separators=(",", ":")) for case in group) + "\n]" for name, group in cases.items()]
target.write_text("{\n" + ",\n".join(lines) + "\n}\n")
print({name: len(group) for name, group in cases.items()}, target.stat().st_size)
