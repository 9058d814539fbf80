"""Golden values of flips and quarter turns. Pinned: pillow 10.4.0, numpy 1.26.4.

python golden/image_dihedral.py   (from the repository root)
writes packages/image/src/fixtures/dihedral.json.
"""
import json
from pathlib import Path

import PIL
from image_noise import noise
from PIL import Image

assert PIL.__version__ == "10.4.0", PIL.__version__
ROOT = Path(__file__).resolve().parent.parent

source = noise(4, 3)
mirrored = source.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
symmetries = [image.rotate(90 * turns, expand=True) for image in (source, mirrored) for turns in range(4)]
flipped = source.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
golden = {
    "flipHorizontal": list(mirrored.tobytes()),
    "flipVertical": list(flipped.tobytes()),
    "dihedral": [{"size": list(image.size), "data": list(image.tobytes())} for image in symmetries],
}
target = ROOT / "packages/image/src/fixtures/dihedral.json"
target.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
