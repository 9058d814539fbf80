"""Small image files of many kinds, and what Pillow's open().convert("RGB") makes of them. Pinned: pillow 10.4.0, numpy 1.26.4.

python golden/image_decode.py   (from the repository root)
writes packages/image/src/fixtures/decode.json: each file in base64, its size, and the RGB bytes (base64 too).
The 16-bit grey image is our one difference: Pillow clips its values at 255, we keep the high byte, as Pillow does for 16-bit RGB.
"""
import base64
import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import PIL
from image_noise import noise
from image_png import SIGNATURE, chunk
from PIL import Image

assert PIL.__version__ == "10.4.0", PIL.__version__
ROOT = Path(__file__).resolve().parent.parent

rgb = noise(5, 4)
alpha = noise(8, 9).convert("L").resize((5, 4))
smooth = noise(4, 3).resize((24, 17), Image.Resampling.BICUBIC)


def save(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png16(channels, rows):
    """A PNG of 16 bits a channel, which Pillow can read but not write."""
    height, width = rows.shape[:2]
    body = b"".join(b"\0" + row.astype(">u2").tobytes() for row in rows)
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


deep = (np.arange(60, dtype=np.int64).reshape(4, 5, 3) * 40503 % 65536).astype(np.uint16)
deep_alpha = np.concatenate([deep, deep[:, :, :1] // 3], axis=2)
rgba = rgb.copy()
rgba.putalpha(alpha)
exif = Image.Exif()
exif[0x0112] = 6  # orientation: Pillow's open() leaves the pixels as they lie in the file
inks = Image.merge("CMYK", [noise(4 + i, 3).convert("L").resize((24, 17), Image.Resampling.BICUBIC) for i in range(4)])
cmyk = save(inks, "JPEG", quality=90)
adobe = cmyk.index(b"\xff\xee")
smooth_alpha = smooth.copy()
smooth_alpha.putalpha(noise(3, 4).convert("L").resize((24, 17), Image.Resampling.BICUBIC))
files = {
    "png rgb": save(rgb, "PNG"),
    "png rgba": save(rgba, "PNG"),
    "png grey": save(rgb.convert("L"), "PNG"),
    "png grey with alpha": save(rgba.convert("LA"), "PNG"),
    "png 1 bit": save(rgb.convert("1"), "PNG"),
    "png palette": save(rgb.quantize(7), "PNG"),
    "png palette with transparency": save(rgb.quantize(7), "PNG", transparency=2),
    "png 16-bit rgb": png16(3, deep),
    "png 16-bit rgba": png16(4, deep_alpha),
    "png 16-bit grey": png16(1, deep[:, :, 0]),
    "jpeg 4:4:4": save(smooth, "JPEG", quality=90, subsampling=0),
    "jpeg 4:2:0": save(smooth, "JPEG", quality=75, subsampling=2),
    "jpeg progressive": save(smooth, "JPEG", quality=80, progressive=True),
    "jpeg grey": save(smooth.convert("L"), "JPEG", quality=80),
    "jpeg turned by EXIF": save(smooth, "JPEG", quality=90, exif=exif),
    "webp lossless": save(rgb, "WEBP", lossless=True),
    "gif": save(rgb.quantize(8), "GIF"),
    "tiff": save(rgb, "TIFF"),
    "tiff deflate": save(rgb, "TIFF", compression="tiff_deflate"),
    "tiff jpeg": save(rgb, "TIFF", compression="jpeg", quality=90),
    "png 16-bit grey with alpha": png16(2, deep[:, :, :2]),
    "png grey with a transparent level": save(rgb.convert("L"), "PNG", transparency=rgb.convert("L").getpixel((0, 0))),
    "png rgb with a transparent colour": save(rgb, "PNG", transparency=rgb.getpixel((1, 1))),
    "jpeg 4:2:2": save(smooth, "JPEG", quality=85, subsampling=1),
    "jpeg cmyk": cmyk,
    "jpeg cmyk without Adobe's marker": cmyk[:adobe] + cmyk[adobe + 2 + int.from_bytes(cmyk[adobe + 2 : adobe + 4], "big") :],
    "webp lossless with alpha": save(rgba, "WEBP", lossless=True, exact=True),
    "webp lossy": save(smooth, "WEBP", quality=80),
    "webp lossy with alpha": save(smooth_alpha, "WEBP", quality=80, exact=True),
    "gif with a transparent colour": save(rgb.quantize(8), "GIF", transparency=3),
}
cases = []
for name, data in files.items():
    image = Image.open(io.BytesIO(data))
    pixels = image.convert("RGB").tobytes()
    if name == "png 16-bit grey":
        pixels = np.repeat((deep[:, :, :1] >> 8).astype(np.uint8), 3, axis=2).tobytes()
    encoded = {"file": base64.b64encode(data).decode(), "rgb": base64.b64encode(pixels).decode()}
    cases.append({"name": name, "size": list(image.size), **encoded})
target = ROOT / "packages/image/src/fixtures/decode.json"
target.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
