"""Small TIFF files of every kind that we read, and what Pillow's open().convert("RGB") makes of them.
Pinned: pillow 10.4.0, numpy 1.26.4, tifffile 2024.8.30 and imagecodecs 2024.6.1 (which write what Pillow cannot: tiles, planes, 16 bits).

python golden/image_decode_tiff.py   (from the repository root)
writes packages/image/src/fixtures/decode-tiff.json: the RGB bytes of a few pictures, and files in base64 that hold one of them each.
Of 16-bit grey Pillow clips the values at 255; we keep the high byte, as it does for 16-bit RGB. Two kinds it does not read (BigTIFF and 16-bit CMYK
with the most significant byte first), and their reference is what it makes of the same pixels with the least significant byte first.
"""
import base64
import io
import json
from pathlib import Path

import numpy as np
import PIL
import tifffile
from image_noise import noise
from PIL import Image

assert PIL.__version__ == "10.4.0", PIL.__version__
assert tifffile.__version__ == "2024.8.30", tifffile.__version__
ROOT = Path(__file__).resolve().parent.parent
WIDTH, HEIGHT = 20, 18

rgb = noise(WIDTH, HEIGHT)
grey = rgb.convert("L")
alpha = np.asarray(noise(HEIGHT, WIDTH).convert("L").resize((WIDTH, HEIGHT)))[:, :, None]
palette = rgb.quantize(200)
few = rgb.quantize(13)
cmyk = np.stack([np.asarray(noise(WIDTH, HEIGHT + 1 + i).convert("L"))[:HEIGHT] for i in range(4)], axis=2)
rgb8, grey8 = np.asarray(rgb), np.asarray(grey)
low = np.asarray(noise(WIDTH + 1, HEIGHT).convert("L"))[:, :WIDTH, None]


def deep(values):
    """16 bits: the high byte is the picture, the low byte is anything."""
    return values.astype(np.uint16) * 256 + np.broadcast_to(low.reshape(HEIGHT, WIDTH, *[1] * (values.ndim - 2)), values.shape)


def tiff(values, photometric="rgb", planar=False, order="<", rows=7, **options):
    """`rows` a strip: uneven, so that the last strip is shorter."""
    buffer = io.BytesIO()
    if planar:
        values, options = np.moveaxis(values, 2, 0), {**options, "planarconfig": "separate"}
    elif values.ndim == 3:
        options = {**options, "planarconfig": "contig"}
    if "tile" not in options:
        options["rowsperstrip"] = rows
    tifffile.imwrite(buffer, values, photometric=photometric, byteorder=order, metadata=None, software=False, **options)
    return buffer.getvalue()


def pillow(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "TIFF", **options)
    return buffer.getvalue()


def colours(image):
    """A palette as TIFF stores it: 16 bits, reds first."""
    table = np.zeros((256, 3), np.uint16)
    entries = np.array(image.getpalette(), np.uint16).reshape(-1, 3)
    table[: len(entries)] = entries
    return table.T * 257


def narrow(image, photometric, colours=None, **options):
    """Two pixels a byte: written as bytes, with the width and the depth put right afterwards."""
    values = np.asarray(image)
    if colours is not None:
        options["colormap"] = colours
    data = bytearray(tiff(values[:, ::2] * 16 + values[:, 1::2], photometric, **options))
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        tags = file.pages[0].tags
        for tag, value in (("ImageWidth", WIDTH), ("BitsPerSample", 4)):
            at = tags[tag].valueoffset
            data[at : at + 2] = value.to_bytes(2, "little")
        if colours is not None:
            data[tags["ColorMap"].offset + 4 : tags["ColorMap"].offset + 8] = (48).to_bytes(4, "little")
            data[tags["ColorMap"].valueoffset : tags["ColorMap"].valueoffset + 96] = colours[:, :16].astype("<u2").tobytes()
    return bytes(data)


rgba8 = np.concatenate([rgb8, alpha], axis=2)
tile = {"tile": (16, 16)}
straight = {"extrasamples": ["unassalpha"]}
pal = {"colormap": colours(palette)}
LZW, ZIP, BITS = {"compression": "lzw"}, {"compression": "zlib"}, {"compression": "packbits"}
PREDICT = {"predictor": True}
large = noise(80, 70)
files = {
    "rgb": {
        "uncompressed": tiff(rgb8),
        "most significant byte first": tiff(rgb8, order=">"),
        "one strip": tiff(rgb8, rows=HEIGHT),
        "LZW": tiff(rgb8, **LZW),
        "LZW with predictor": tiff(rgb8, **LZW, **PREDICT),
        "deflate": tiff(rgb8, **ZIP),
        "deflate with predictor": tiff(rgb8, **ZIP, **PREDICT),
        "PackBits": tiff(rgb8, **BITS),
        "tiles": tiff(rgb8, **tile),
        "tiles, LZW with predictor": tiff(rgb8, **tile, **LZW, **PREDICT),
        "planes": tiff(rgb8, planar=True),
        "planes, deflate with predictor": tiff(rgb8, planar=True, **ZIP, **PREDICT),
        "planes, tiles, LZW": tiff(rgb8, planar=True, **tile, **LZW),
        "alpha": tiff(rgba8, **straight),
        "alpha, LZW with predictor": tiff(rgba8, **straight, **LZW, **PREDICT),
        "alpha, planes": tiff(rgba8, planar=True, **straight),
        "BigTIFF": tiff(rgb8, bigtiff=True),
        "BigTIFF, most significant byte first, tiles": tiff(rgb8, order=">", bigtiff=True, **tile),
        "16 bits": tiff(deep(rgb8)),
        "16 bits, most significant byte first": tiff(deep(rgb8), order=">"),
        "16 bits, LZW with predictor": tiff(deep(rgb8), **LZW, **PREDICT),
        "16 bits, most significant byte first, deflate with predictor": tiff(deep(rgb8), order=">", **ZIP, **PREDICT),
        "16 bits, tiles": tiff(deep(rgb8), **tile),
        "16 bits, planes, deflate": tiff(deep(rgb8), planar=True, **ZIP),
        "16 bits, alpha": tiff(deep(rgba8), **straight),
    },
    "grey": {
        "grey": tiff(grey8, "minisblack"),
        "grey, tiles, PackBits": tiff(grey8, "minisblack", **tile, **BITS),
        "grey, white is zero": tiff(255 - grey8, "miniswhite"),
        "grey with alpha": tiff(np.concatenate([grey8[:, :, None], alpha], axis=2), "minisblack", **straight),
        "grey, 16 bits": tiff(deep(grey8), "minisblack"),
        "grey, 16 bits, most significant byte first, LZW with predictor": tiff(deep(grey8), "minisblack", order=">", **LZW, **PREDICT),
    },
    "bilevel": {"1 bit": pillow(rgb.convert("1")), "1 bit, PackBits": pillow(rgb.convert("1"), compression="packbits")},
    "palette": {
        "palette": tiff(np.asarray(palette), "palette", **pal),
        "palette, tiles, LZW": tiff(np.asarray(palette), "palette", **tile, **LZW, **pal),
    },
    "few colours": {"palette, 4 bits": narrow(few, "palette", colours=colours(few)), "palette of few colours": tiff(np.asarray(few), "palette", colormap=colours(few))},
    "few greys": {"grey, 4 bits": narrow(grey8 >> 4, "minisblack"), "grey, 4 bits, white is zero": narrow(15 - (grey8 >> 4), "miniswhite", **LZW)},
    "cmyk": {
        "CMYK": tiff(cmyk, "separated"),
        "CMYK, LZW with predictor": tiff(cmyk, "separated", **LZW, **PREDICT),
        "CMYK, planes, deflate": tiff(cmyk, "separated", planar=True, **ZIP),
        "CMYK, 16 bits": tiff(deep(cmyk), "separated"),
        "CMYK, 16 bits, most significant byte first": tiff(deep(cmyk), "separated", order=">"),
    },
    "large": {"LZW with a full table": tiff(np.asarray(large), rows=70, **LZW)},
}
pictures = {
    "rgb": rgb,
    "grey": grey.convert("RGB"),
    "bilevel": rgb.convert("1").convert("RGB"),
    "palette": palette.convert("RGB"),
    "few colours": few.convert("RGB"),
    "few greys": Image.fromarray((grey8 >> 4) * 17).convert("RGB"),
    "cmyk": Image.fromarray(cmyk, "CMYK").convert("RGB"),
    "large": large,
}
cases = []
for picture, kinds in files.items():
    for name, data in kinds.items():
        try:
            image = Image.open(io.BytesIO(data))
            same = image.convert("RGB").tobytes() == pictures[picture].tobytes()
            if not same:
                assert image.mode in ("I;16", "I;16B"), (name, image.mode)
        except (OSError, SyntaxError) as error:
            print(f"{name}: Pillow reads nothing ({error})")
        cases.append({"name": name, "picture": picture, "file": base64.b64encode(data).decode()})
target = ROOT / "packages/image/src/fixtures/decode-tiff.json"
head = {name: {"size": list(image.size), "rgb": base64.b64encode(image.tobytes()).decode()} for name, image in pictures.items()}
lines = ",\n".join(json.dumps(case) for case in cases)
target.write_text('{"pictures": ' + json.dumps(head) + ',\n"files": [\n' + lines + "\n]}\n")
