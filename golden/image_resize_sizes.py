"""Golden values of Image.resize on 50 sizes. Pinned: pillow 10.4.0, numpy 1.26.4.

python golden/image_resize_sizes.py   (from the repository root)
writes packages/image/src/fixtures/resize-sizes.json: for each size and filter the SHA-256 of the resized noise followed by the resized
gradient, and two whole results to look at where a hash differs.
"""
import hashlib
import json
from pathlib import Path

import PIL
from image_noise import gradient, noise
from PIL import Image

assert PIL.__version__ == "10.4.0", PIL.__version__
ROOT = Path(__file__).resolve().parent.parent
FILTERS = {name: Image.Resampling[name.upper()] for name in ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")}
SIZES = [
    # one pixel, one line
    (1, 1, 1, 1), (1, 1, 224, 224), (2, 2, 1, 1), (1, 500, 224, 224), (500, 1, 224, 224), (1, 500, 1, 37), (3, 700, 224, 224), (700, 3, 31, 224),
    (2, 511, 64, 63), (511, 2, 5, 64), (1, 7, 7, 1), (999, 1, 1, 1),
    # to what models see
    (256, 256, 224, 224), (224, 224, 256, 256), (600, 600, 224, 224), (400, 300, 298, 224), (300, 400, 224, 298), (640, 480, 384, 384),
    (227, 227, 224, 224), (225, 224, 224, 223), (128, 128, 224, 224), (64, 64, 336, 336), (333, 500, 224, 336), (500, 375, 256, 256),
    # whole multiples and what is next to them
    (64, 64, 32, 32), (65, 65, 32, 32), (63, 63, 32, 32), (96, 96, 32, 32), (97, 95, 32, 32), (32, 32, 96, 96), (32, 32, 95, 97), (120, 90, 40, 30),
    (48, 48, 47, 49), (100, 100, 100, 99), (100, 100, 101, 100), (31, 31, 30, 32),
    # odd, prime, far apart
    (13, 17, 19, 23), (127, 131, 61, 59), (61, 59, 127, 131), (251, 7, 11, 241), (7, 251, 241, 11), (199, 211, 3, 5), (3, 5, 199, 211), (400, 9, 9, 400),
    (1, 2, 3, 4), (5, 4, 3, 2), (17, 16, 15, 14), (300, 200, 7, 200), (300, 200, 300, 7), (150, 149, 2, 300),
]


assert len(SIZES) == len(set(SIZES)) == 50
cases = []
for from_width, from_height, width, height in SIZES:
    images = [noise(from_width, from_height), gradient(from_width, from_height)]
    hashes = {}
    for name, resample in FILTERS.items():
        results = [image.resize((width, height), resample).tobytes() for image in images]
        hashes[name] = hashlib.sha256(b"".join(results)).hexdigest()
    cases.append({"from": [from_width, from_height], "to": [width, height], "sha256": hashes})
whole = [
    {"from": list(size), "to": list(to), "filter": "bicubic", "data": list(gradient(*size).resize(to, Image.Resampling.BICUBIC).tobytes())}
    for size, to in (((13, 17), (19, 23)), ((17, 16), (15, 14)))
]
target = ROOT / "packages/image/src/fixtures/resize-sizes.json"
target.write_text(json.dumps({"cases": cases, "whole": whole}, separators=(",", ":")) + "\n")
