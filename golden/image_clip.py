"""Golden values of CLIP's image preprocessing. Pinned: transformers 4.36.2, pillow 10.4.0, numpy 1.26.4.

python golden/image_clip.py   (from the repository root)
writes packages/image/src/fixtures/clip-preprocess.json: float32 values in full precision for small images, and the SHA-256 of the
little-endian float32 bytes for larger ones.
"""
import hashlib
import json
from pathlib import Path

import numpy as np
import PIL
import transformers
from image_noise import noise
from transformers import CLIPImageProcessor

assert (PIL.__version__, transformers.__version__) == ("10.4.0", "4.36.2")
ROOT = Path(__file__).resolve().parent.parent

cases = []
for width, height, size, custom in [
    (9, 6, 4, False), (5, 11, 4, False), (7, 7, 3, True), (3, 2, 5, False),
    (256, 256, 224, False), (224, 224, 224, False), (333, 211, 224, False), (100, 177, 224, True), (61, 60, 32, False),
]:
    statistics = {"image_mean": [0.5, 0.25, 0.1], "image_std": [0.5, 0.3, 0.7]} if custom else {}
    processor = CLIPImageProcessor(size={"shortest_edge": size}, crop_size={"height": size, "width": size}, **statistics)
    values = processor(noise(width, height), return_tensors="np")["pixel_values"][0]
    assert values.dtype == np.float32 and values.shape == (3, size, size)
    case = {"from": [width, height], "size": size}
    if custom:
        case |= {"mean": statistics["image_mean"], "std": statistics["image_std"]}
    if size < 10:
        case["values"] = [float(value) for value in values.ravel()]
    else:
        case["sha256"] = hashlib.sha256(values.astype("<f4").tobytes()).hexdigest()
    cases.append(case)
target = ROOT / "packages/image/src/fixtures/clip-preprocess.json"
target.write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")
