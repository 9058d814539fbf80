"""Zip files as Python writes them, with their contents: stored and deflated, zip64, written to a pipe, names in UTF-8 and from Windows.

python golden/data_zip.py   (from the repository root; Python's own zipfile)
writes packages/data/src/fixtures/zip.json: each zip file in base64, and its files (name, bytes in base64) as a data set has them.
"""
import base64
import io
import json
import random
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATE = (2020, 1, 1, 0, 0, 0)
NOISE = random.Random(1).randbytes(700)
FILES = {"a.txt": b"a lake", "images/noise.bin": NOISE, "images/long.txt": b"0123456789" * 3000, "images/empty.jpg": b"", "é/größe.txt": b"size"}


class Pipe(io.RawIOBase):
    """What can't seek: sizes come after the contents then."""

    def __init__(self):
        self.parts = []

    def writable(self):
        return True

    def write(self, data):
        self.parts.append(bytes(data))
        return len(data)


def packed(files, method=zipfile.ZIP_DEFLATED, zip64=False, pipe=False, comment=b"", rename=lambda name: name):
    buffer = Pipe() if pipe else io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo("placeholder", DATE)
            entry.filename = rename(name)  # the constructor would turn its separators
            entry.compress_type = method
            with archive.open(entry, "w", force_zip64=zip64) as out:
                out.write(content)
        archive.comment = comment
    return b"".join(buffer.parts) if pipe else buffer.getvalue()


def with_litter():
    buffer = io.BytesIO(packed(FILES))
    with zipfile.ZipFile(buffer, "a") as archive:
        link = zipfile.ZipInfo("link.txt", DATE)
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "../../etc/passwd")
        for name in ["folder/", "__MACOSX/._a.txt", "images/.DS_Store", "images/Thumbs.db"]:
            archive.writestr(zipfile.ZipInfo(name, DATE), b"" if name.endswith("/") else b"litter")
    return buffer.getvalue()


encode = lambda value: base64.b64encode(value).decode()
archives = {
    "deflated": packed(FILES),
    "stored": packed(FILES, zipfile.ZIP_STORED, comment=b"a comment PK\x05\x06 of the zip file"),
    "zip64": packed(FILES, zip64=True),
    "written to a pipe": packed(FILES, pipe=True),
    "named by Windows": packed(FILES, rename=lambda name: name.replace("/", "\\")),
    "with litter": with_litter(),
    "after a program": b"#!/bin/sh\nexit\n" + packed(FILES),
}
out = ROOT / "packages/data/src/fixtures/zip.json"
out.parent.mkdir(exist_ok=True)
fixture = {"files": {name: encode(content) for name, content in FILES.items()}, "archives": {name: encode(zip) for name, zip in archives.items()}}
out.write_text(json.dumps(fixture, indent=1, ensure_ascii=False) + "\n")
