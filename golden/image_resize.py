"""Golden values of Image.resize. Pinned: pillow 10.4.0, numpy 1.26.4.

python golden/image_resize.py   (from the repository root)
writes packages/image/src/fixtures/resize.json: whole results for small images, SHA-256 of the result for larger ones.
The source pixels come from a formula that the test repeats, so that the fixture holds results only.
"""
import hashlib
import json
from pathlib import Path

import PIL
from image_noise import noise
from PIL import Image

assert PIL.__version__ == "10.4.0", PIL.__version__
ROOT = Path(__file__).resolve().parent.parent
FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "hamming": Image.Resampling.HAMMING,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


small = [(1, 1, 3, 2), (4, 3, 1, 1), (5, 4, 7, 9), (7, 9, 5, 4), (6, 5, 6, 3), (6, 5, 9, 5), (1, 8, 4, 3), (8, 1, 3, 4), (3, 3, 3, 3)]
large = [
    (256, 256, 224, 224), (224, 224, 336, 336), (101, 67, 32, 32), (67, 101, 224, 224), (300, 20, 31, 17), (31, 17, 300, 20),
    (64, 64, 32, 32), (32, 32, 64, 64), (97, 89, 10, 3), (13, 11, 97, 89), (500, 333, 224, 149), (3, 500, 2, 7), (640, 7, 213, 101),
]
cases = []
for filter_name, resample in FILTERS.items():
    for sizes, whole in ((small, True), (large, False)):
        for from_width, from_height, width, height in sizes:
            data = noise(from_width, from_height).resize((width, height), resample).tobytes()
            case = {"filter": filter_name, "from": [from_width, from_height], "to": [width, height]}
            cases.append({**case, "data": list(data)} if whole else {**case, "sha256": hashlib.sha256(data).hexdigest()})
target = ROOT / "packages/image/src/fixtures/resize.json"
target.parent.mkdir(parents=True, exist_ok=True)
target.write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")
