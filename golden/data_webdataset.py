"""WebDataset shards as Python writes them, and what Python's webdataset reads from them. Pinned: webdataset 1.0.2, pillow 10.4.0.

python golden/data_webdataset.py   (from the repository root)
writes packages/data/src/fixtures/webdataset.json: each shard (its tar archive in gzip, in base64), and its samples (key, and the files by
their endings, in base64) as webdataset.WebDataset gives them.
"""
import base64
import gzip
import io
import json
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

import PIL
import webdataset
from image_noise import noise

assert version("webdataset") == "1.0.2" and PIL.__version__ == "10.4.0"
ROOT = Path(__file__).resolve().parent.parent


def image(kind, width, height):
    buffer = io.BytesIO()
    noise(width, height).save(buffer, kind)
    return buffer.getvalue()


JPEG, PNG, WEBP, TIFF = (image(kind, 3 + i, 2 + i) for i, kind in enumerate(["JPEG", "PNG", "WEBP", "TIFF"]))


def written_by_webdataset(path):
    with webdataset.TarWriter(str(path), mtime=0, user="", group="") as writer:
        writer.write({"__key__": "000", "jpg": JPEG, "txt": "a lake ."})
        writer.write({"__key__": "001", "png": PNG, "json": {"caption": "a park", "width": 4, "url": "https://example.org/é"}})
        writer.write({"__key__": "002", "webp": WEBP, "json": {"captions": ["two", "captions"], "label": "lake"}, "txt": "not this one"})
        writer.write({"__key__": "folder/003", "tif": TIFF, "cls": 1, "other.npy": b"\x93NUMPY"})


def written_by_tarfile(path, kind):
    long = "long/" + "x" * 120 + "/" + "y" * 90
    with tarfile.open(path, "w", format=kind) as tar:
        folder = tarfile.TarInfo("long")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        link = tarfile.TarInfo("link.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "../../etc/passwd"
        tar.addfile(link)
        names = {"__meta__": b"{}", "README": b"no dot", "000.JPG": JPEG, "000.txt": "une forêt\nein Wald\n".encode()}
        if kind != tarfile.USTAR_FORMAT:
            long = "long/" + "x" * 300
            names["größe.jpg"], names["größe.txt"] = JPEG, b"size"
        names[f"{long}.png"], names[f"{long}.json"] = PNG, json.dumps({"caption": "a long name"}).encode()
        for name, content in names.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            if kind == tarfile.PAX_FORMAT:
                entry.pax_headers = {"comment": "a record of pax", "mtime": "1.5"}
            tar.addfile(entry, io.BytesIO(content))


def samples(path):
    encode = lambda value: base64.b64encode(value).decode()
    return [
        {"key": sample["__key__"], "files": {end: encode(value) for end, value in sample.items() if isinstance(value, bytes)}}
        for sample in webdataset.WebDataset(str(path), shardshuffle=False)
    ]


shards = {}
with tempfile.TemporaryDirectory() as folder:
    for name, write in {
        "webdataset": written_by_webdataset,
        "ustar": lambda path: written_by_tarfile(path, tarfile.USTAR_FORMAT),
        "gnu": lambda path: written_by_tarfile(path, tarfile.GNU_FORMAT),
        "pax": lambda path: written_by_tarfile(path, tarfile.PAX_FORMAT),
    }.items():
        path = Path(folder) / f"{name}.tar"
        write(path)
        packed = base64.b64encode(gzip.compress(path.read_bytes(), mtime=0)).decode()
        shards[name] = {"gzip": packed, "samples": samples(path)}

out = ROOT / "packages/data/src/fixtures/webdataset.json"
out.parent.mkdir(exist_ok=True)
out.write_text(json.dumps(shards, indent=1, ensure_ascii=False) + "\n")
