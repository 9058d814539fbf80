"""Parts of PNG files that no library writes. Needs Python alone. Imported by golden/image_decode.py and image_known_pixels.py."""
import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
