"""JPEG files like aerial photographs, as far as a decoder can tell: coloured noise whose power falls with frequency. 256 x 256 pixels take
about 30 kB (PatternNet's have 43, RESISC45's 13), 600 x 600 about 145 kB (AID's have 240).

    python images.py FOLDER COUNT SIDE...
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image


def field(rng, side, slope):
    frequency = np.fft.fftfreq(side)[:, None] ** 2 + np.fft.rfftfreq(side)[None] ** 2
    frequency[0, 0] = 1
    spectrum = (rng.normal(size=frequency.shape) + 1j * rng.normal(size=frequency.shape)) * frequency ** (-slope / 2)
    values = np.fft.irfft2(spectrum, s=(side, side))
    return (values - values.mean()) / values.std()


def picture(rng, side):
    shared = field(rng, side, 1.2)
    channels = [128 + 38 * shared + 14 * field(rng, side, 1.6) for _ in range(3)]
    return np.clip(np.stack(channels, -1), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    top, count, *sides = sys.argv[1:]
    for side in map(int, sides):
        folder = Path(top) / f"jpeg-{side}"
        if (folder / "made").exists():
            continue
        folder.mkdir(exist_ok=True)
        rng = np.random.default_rng(side)
        for i in range(int(count)):
            Image.fromarray(picture(rng, side)).save(folder / f"{i:04d}.jpg", quality=90)
        (folder / "made").touch()
