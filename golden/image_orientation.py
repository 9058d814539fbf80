"""Image files in each of EXIF's orientations, and what Pillow makes of them: as they lie in the file, and upright. Pinned: pillow 10.4.0, numpy 1.26.4.

python golden/image_orientation.py   (from the repository root)
writes packages/image/src/fixtures/orientation.json: files in base64, and for each the picture of Image.open().convert("RGB") and that of
ImageOps.exif_transpose, by their numbers in a list. Pillow turns a TIFF as it opens it.
"""
import base64
import io
import json
from pathlib import Path

import PIL
from image_noise import noise
from PIL import Image, ImageOps

assert PIL.__version__ == "10.4.0", PIL.__version__
ROOT = Path(__file__).resolve().parent.parent

picture = noise(5, 3).resize((11, 7), Image.Resampling.BICUBIC)
formats = {
    "jpeg": {"quality": 90, "subsampling": 0},
    "png": {},
    "webp": {"lossless": True},
    "tiff": {},
}
pictures, cases = [], []


def number(image):
    entry = {"size": list(image.size), "rgb": base64.b64encode(image.tobytes()).decode()}
    if entry not in pictures:
        pictures.append(entry)
    return pictures.index(entry)


for kind, options in formats.items():
    for orientation in range(0, 10):  # 0 and 9 mean nothing
        if kind == "tiff":
            options = {"tiffinfo": {0x0112: orientation}}
        else:
            exif = Image.Exif()
            exif[0x010F] = "Camera"
            exif[0x0112] = orientation
            options = {**options, "exif": exif}
        buffer = io.BytesIO()
        picture.save(buffer, kind.upper(), **options)
        data = buffer.getvalue()
        plain = number(Image.open(io.BytesIO(data)).convert("RGB"))
        upright = number(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))
        cases.append({"name": f"{kind} {orientation}", "file": base64.b64encode(data).decode(), "ignore": plain, "exif": upright})
target = ROOT / "packages/image/src/fixtures/orientation.json"
lines = ",\n".join(json.dumps(case) for case in cases)
target.write_text('{"pictures": [\n' + ",\n".join(map(json.dumps, pictures)) + '],\n"files": [\n' + lines + "\n]}\n")
