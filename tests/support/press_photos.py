"""Files that hold IPTC-IIM, wherever programs have kept it."""

import struct

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from pictures import saved

PICTURE = Image.new("L", (4, 3), 90)


def dataset(number: int, value: bytes, record: int = 2) -> bytes:
    return struct.pack(">BBBH", 0x1C, record, number, len(value)) + value


def block_of(**fields: bytes) -> bytes:
    return b"".join(dataset(int(name[1:]), value) for name, value in fields.items())


# IIM 4.2: object name, by-line, caption, city, keywords.
BLOCK = (
    dataset(90, b"\x1b%G", record=1)
    + block_of(d5="Brücke".encode(), d80=b"M. Wolcott", d120="Eine Brücke".encode(), d90=b"Bonn")
    + dataset(25, b"bridge")
    + dataset(25, b"river & <boat>")
)


def resources(block: bytes) -> bytes:
    """Return Photoshop's resources: a named one, then the block."""
    other = struct.pack(">4sH", b"8BIM", 0x03ED) + b"\3abc" + struct.pack(">I", 3) + b"xyz\0"
    mine = struct.pack(">4sHHI", b"8BIM", 0x0404, 0, len(block)) + block
    return other + mine + bytes(len(block) % 2)


def in_jpeg(block: bytes) -> bytes:
    content = b"Photoshop 3.0\0" + resources(block)
    segment = b"\xff\xed" + struct.pack(">H", len(content) + 2) + content
    return saved(PICTURE, "JPEG", extra=segment)


def in_tiff(block: bytes, tag: int = 33723, kind: int = 7) -> bytes:
    """Return a TIFF file that holds a block in a tag of a type: 7 of bytes, 4 of numbers."""
    plain = saved(PICTURE, "TIFF")
    size = (1, 1, 1, 2, 4, 8, 1, 1)[kind]
    padded = block + bytes(-len(block) % size)
    (place,) = struct.unpack_from("<I", plain, 4)
    (count,) = struct.unpack_from("<H", plain, place)
    entries = [plain[place + 2 + 12 * index :][:12] for index in range(count)]
    entries.append(struct.pack("<HHII", tag, kind, len(padded) // size, len(plain)))
    entries.sort(key=lambda entry: struct.unpack_from("<H", entry))
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    start = struct.pack("<I", len(plain) + len(padded))
    return plain[:4] + start + plain[8:] + padded + directory


def in_png(block: bytes, kind: str = "iptc") -> bytes:
    content = resources(block) if kind == "8bim" else block
    info = PngInfo()
    text = f"\n{kind}\n{len(content):8}\n{content.hex()}\n"
    info.add_text(f"Raw profile type {kind}", text, zip=True)
    return saved(PICTURE, pnginfo=info)
