"""Two tiny PNGs by which a browser is checked before its pixels are trusted: opaque, and with every kind of alpha. Both say that their values are
linear light (gAMA 1.0), which a browser that was told to convert nothing must not apply. Needs Python alone.

python golden/image_known_pixels.py   (from the repository root)
writes packages/image/src/known-pixels.ts.
"""
import base64
import struct
import zlib
from pathlib import Path

from image_png import SIGNATURE, chunk

ROOT = Path(__file__).resolve().parent.parent
WIDTH, HEIGHT = 8, 4


def png(channels):
    rows, colours = b"", []
    for y in range(HEIGHT):
        rows += b"\0"
        for x in range(WIDTH):
            i = y * WIDTH + x
            colour = [(i * 37 + 5) % 256, (i * 91 + 130) % 256, (i * 151 + 250) % 256]
            alpha = [0, 1, 2, 60, 127, 128, 254, 255][x]
            rows += bytes(colour + [alpha])[:channels]
            colours += colour
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, {3: 2, 4: 6}[channels], 0, 0, 0)
    gamma = chunk(b"gAMA", struct.pack(">I", 100_000))
    file = SIGNATURE + chunk(b"IHDR", header) + gamma + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return base64.b64encode(file).decode(), colours


opaque, colours = png(3)
transparent, same = png(4)
assert colours == same
text = f"""// Written by golden/image_known_pixels.py: PNGs of {WIDTH} x {HEIGHT} pixels in base64, without and with alpha, and the colours of both.
export const OPAQUE_PNG =
  "{opaque}";
export const TRANSPARENT_PNG =
  "{transparent}";
export const KNOWN_PIXELS =
  "{base64.b64encode(bytes(colours)).decode()}";
"""
(ROOT / "packages/image/src/known-pixels.ts").write_text(text)
