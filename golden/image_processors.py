"""Golden values of whole image processors. Pinned: transformers 4.37.2, pillow 10.4.0, numpy 1.26.4.

python golden/image_processors.py   (from the repository root)
writes packages/image/src/fixtures/image-processors.json: configurations as preprocessor_config.json has them, source sizes, and the SHA-256
of the little-endian float32 results; whole values where the result is small.
"""
import hashlib
import json
from pathlib import Path

import numpy as np
import PIL
import transformers
from image_noise import noise
from transformers import CLIPImageProcessor, SiglipImageProcessor

assert (PIL.__version__, transformers.__version__) == ("10.4.0", "4.37.2")
ROOT = Path(__file__).resolve().parent.parent
CLIP = {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}}
OLD = {
    "feature_extractor_type": "CLIPFeatureExtractor", "crop_size": 224, "do_center_crop": True, "do_normalize": True, "do_resize": True,
    "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711], "resample": 3, "size": 224,
}
SIGLIP = {
    "do_normalize": True, "do_rescale": True, "do_resize": True, "image_mean": [0.5, 0.5, 0.5], "image_processor_type": "SiglipImageProcessor",
    "image_std": [0.5, 0.5, 0.5], "processor_class": "SiglipProcessor", "resample": 3, "rescale_factor": 0.00392156862745098,
    "size": {"height": 224, "width": 224},
}
SMALL = {"size": {"shortest_edge": 6}, "crop_size": {"height": 4, "width": 5}}
CONFIGS = {
    "clip": CLIP, "old clip": OLD, "siglip": SIGLIP,
    "clip 336": {**CLIP, "size": {"shortest_edge": 336}, "crop_size": {"height": 336, "width": 336}},
    "siglip 384x256": {**SIGLIP, "size": {"height": 384, "width": 256}},
    "clip small": {**CLIP, **SMALL},
    "clip squash": {**CLIP, **SMALL, "size": {"height": 7, "width": 9}, "resample": 2},
    "clip lanczos": {**CLIP, **SMALL, "resample": 1}, "clip nearest": {**CLIP, **SMALL, "resample": 0},
    "clip box": {**CLIP, **SMALL, "resample": 4}, "clip hamming": {**CLIP, **SMALL, "resample": 5},
    "clip without crop": {**CLIP, **SMALL, "do_center_crop": False}, "clip without resize": {**CLIP, **SMALL, "do_resize": False},
    "clip padded": {**CLIP, "size": {"shortest_edge": 4}, "crop_size": {"height": 10, "width": 12}},
    "clip bytes": {**CLIP, **SMALL, "do_rescale": False, "do_normalize": False}, "clip scaled": {**CLIP, **SMALL, "do_normalize": False},
    "clip unscaled": {**CLIP, **SMALL, "do_rescale": False, "image_mean": [120, 110, 100], "image_std": [70, 60, 50]},
    "siglip half": {**SIGLIP, "size": {"height": 3, "width": 5}, "rescale_factor": 0.0078431372549, "image_mean": 1, "image_std": 0.25},
}
SOURCES = {"clip padded": [(4, 4), (4, 6), (4, 10), (8, 4)], "clip without resize": [(9, 8), (5, 4), (6, 7)]}
# Resized, the longer side is beyond the 65,535 pixels that an image can have: only what is cut out is ever computed.
LONG = {"clip": [(1, 300), (999, 1), (3, 900), (4000, 13)], "clip padded": [(1, 17000), (17000, 1)]}
LONG |= {f"clip {name}": [(1, 11000), (11000, 1)] for name in ("small", "lanczos", "nearest", "box", "hamming")}


def processor_of(config):
    kind = config.get("image_processor_type") or config["feature_extractor_type"]
    cls = SiglipImageProcessor if kind.startswith("Siglip") else CLIPImageProcessor
    settings = {key: value for key, value in config.items() if not key.endswith("_type") and key != "processor_class"}
    if isinstance(settings.get("image_mean"), int):
        settings |= {"image_mean": [settings["image_mean"]] * 3, "image_std": [settings["image_std"]] * 3}
    return cls(**settings)


cases = []
for name, config in CONFIGS.items():
    processor = processor_of(config)
    big = name in ("clip", "old clip", "siglip", "clip 336", "siglip 384x256")
    sources = SOURCES.get(name) or ([(333, 211), (224, 224), (3, 200), (61, 300)] if big else [(9, 6), (5, 11), (6, 6), (1, 2)])
    sources = sources + LONG.get(name, [])
    results = []
    for width, height in sources:
        # Told where the channels are: of images 1 or 3 pixels high transformers guesses wrong.
        values = processor(noise(width, height), return_tensors="np", input_data_format="channels_last")["pixel_values"][0].astype("<f4")
        result = {"from": [width, height], "shape": list(values.shape), "sha256": hashlib.sha256(values.tobytes()).hexdigest()}
        if (width, height) == (9, 6):
            result["values"] = [float(value) for value in values.ravel()]
        results.append(result)
    cases.append({"name": name, "config": config, "results": results})
target = ROOT / "packages/image/src/fixtures/image-processors.json"
target.write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")
