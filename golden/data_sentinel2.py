"""Small Sentinel-2 scenes as GeoTIFFs by GDAL, with the patches, coordinates and fractions that numpy and PROJ give.

pip install rasterio==1.3.11 pyproj==3.6.1 numpy==1.26.4; writes packages/data/src/sentinel2/fixtures/.
"""

import json
from pathlib import Path

import numpy as np
import pyproj
import rasterio
from rasterio.transform import from_origin

OUT = Path(__file__).parent.parent / "packages/data/src/sentinel2/fixtures"
OUT.mkdir(parents=True, exist_ok=True)
WIDTH, HEIGHT, SIZE, STRIDE = 70, 52, 16, 12
rng = np.random.default_rng(7)

# Smooth ground with some noise, so that files are small; the upper left corner was not seen, and a cloud lies at the right.
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
bands = {}
for i, name in enumerate(["B04", "B03", "B02"]):
    ground = 600 + 300 * i + 20 * x + 8 * y + rng.integers(0, 40, (HEIGHT, WIDTH))
    ground[10:14, 40:44] = 9000 + i  # a roof that shines: beyond the stretch
    bands[name] = ground.astype(np.uint16)
    bands[name][:9, :7] = 0
scl = np.full((HEIGHT // 2, WIDTH // 2), 4, np.uint8)
scl[5:12, 27:32] = 9
scl[20:22, 3:5] = 3
scl[25, 34] = 10
scl[:4, :3] = 0


def write(name, layers, west, north, resolution, epsg, **options):
    with rasterio.open(
        OUT / name, "w", driver="GTiff", width=layers[0].shape[1], height=layers[0].shape[0], count=len(layers),
        dtype=layers[0].dtype, crs=f"EPSG:{epsg}", transform=from_origin(west, north, resolution, resolution), **options,
    ) as file:
        for i, layer in enumerate(layers):
            file.write(layer, i + 1)


WEST, NORTH = 399960, 5000040
tiles = dict(tiled=True, blockxsize=16, blockysize=16, compress="deflate", predictor=2, nodata=0)
for name, band in bands.items():
    write(f"T32TMR_20240610_{name}_10m.tif", [band], WEST, NORTH, 10, 32632, **tiles)
write("T32TMR_20240610_SCL_20m.tif", [scl], WEST, NORTH, 20, 32632, compress="lzw")
write("stack.tif", list(bands.values()) + [scl.repeat(2, 0).repeat(2, 1).astype(np.uint16)], WEST, NORTH, 10, 32733, compress="lzw", blockysize=7)
write("stack-big-endian.tif", list(bands.values()), WEST, NORTH, 10, 32632, compress="deflate", predictor=2, interleave="band", endianness="big")
write("reflectance.tif", [(band / 10000).astype(np.float32) for band in bands.values()], 9.5, 45.25, 0.0001, 4326, compress="deflate", predictor=3)


def stretch(layers, low, high, gamma=1.0):
    """Bytes of the three bands: rounded half up, as numbers from 0 (low) to 255 (high)."""
    out = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    missing = np.any([layer == 0 for layer in layers], axis=0)
    for c, layer in enumerate(layers):
        lo, hi = (low[c], high[c]) if isinstance(low, list) else (low, high)
        unit = np.clip((layer.astype(np.float64) - lo) / (hi - lo), 0, 1) ** (1 / gamma)
        out[..., c] = np.floor(unit * 255 + 0.5)
    out[missing] = 0
    return out, missing


def cut(image, missing, epsg, west, north, resolution):
    to_lonlat = pyproj.Transformer.from_crs(f"EPSG:{epsg}", "EPSG:4326", always_xy=True)
    cloudy = np.isin(scl, [8, 9, 10]).repeat(2, 0).repeat(2, 1)
    unseen = missing | (scl == 0).repeat(2, 0).repeat(2, 1)
    patches = []
    for top in range(0, HEIGHT - SIZE + 1, STRIDE):
        for left in range(0, WIDTH - SIZE + 1, STRIDE):
            window = np.s_[top : top + SIZE, left : left + SIZE]
            x0, y1 = west + left * resolution, north - top * resolution
            x1, y0 = x0 + SIZE * resolution, y1 - SIZE * resolution
            longitude, latitude = to_lonlat.transform((x0 + x1) / 2, (y0 + y1) / 2)
            patches.append(dict(
                x=left, y=top, bounds=[x0, y0, x1, y1], longitude=longitude, latitude=latitude,
                noData=float(unseen[window].mean()), cloud=float(cloudy[window].mean()),
                rgb=image[window].tobytes().hex(),
            ))
    return patches


layers = list(bands.values())
plain, missing = stretch(layers, 0, 3000)
bright, _ = stretch(layers, 500, 2500, 1.8)
seen = [layer[~missing] for layer in layers]
low, high = [[float(np.percentile(band, p)) for band in seen] for p in (2, 98)]
percent, _ = stretch(layers, low, high)
north = cut(plain, missing, 32632, WEST, NORTH, 10)
south = cut(plain, missing, 32733, WEST, NORTH, 10)
degrees = cut(plain, missing, 4326, 9.5, 45.25, 0.0001)
place = lambda patch: {key: patch[key] for key in ("bounds", "longitude", "latitude")}
golden = dict(
    width=WIDTH, height=HEIGHT, size=SIZE, stride=STRIDE, patches=north,
    south=[place(patch) for patch in south], degrees=[place(patch) for patch in degrees],
    bright=bright[16:32, 24:40].tobytes().hex(), percentiles=dict(low=low, high=high, rgb=percent[16:32, 24:40].tobytes().hex()),
)
(OUT / "sentinel2.json").write_text(json.dumps(golden) + "\n")
