"""Picture files with faults: in their structure, with checksums that are right, or in any bytes."""

import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from random import Random
from typing import Final

import numpy as np
from blocks import odd_exif, odd_iptc, odd_profile, odd_xmp, photoshop, still
from mutation import ODD_NUMBERS, damaged, odd_text

from colorize_cli.core.animation_encoding import encode_animation
from colorize_cli.core.frames import Frame
from colorize_cli.core.image_encoding import FORMATS
from colorize_cli.core.metadata import Metadata
from colorize_cli.core.picture import Picture
from colorize_cli.core.png_chunks import SIGNATURE, chunk, chunks
from colorize_cli.core.png_encoding import encode_png
from colorize_cli.core.tiff_encoding import Page, encode_tiff

SIDES: Final = (0, 1, 2, 11, 13, 1000, 65535, 2**31 - 1, 2**32 - 1)


def odd_picture(random: Random) -> bytes:
    """Return a file of some format with faults of some kind; a few have none."""
    data = random.choice(MAKERS)(random)
    return damaged(random, data) if random.random() < 0.4 else data


def _png(random: Random) -> bytes:
    """Change, repeat, move or add chunks; their checksums are right."""
    found = [(kind, bytes(content)) for kind, content, _ in chunks(random.choice(_pngs()))]
    for _ in range(random.choice((1, 1, 2, 3))):
        place = random.randrange(len(found) + 1)
        kind = random.randrange(5)
        if kind <= 2:
            found.insert(min(place, len(found) - 1), _odd_chunk(random))
        elif kind == 3 and place < len(found):
            name, content = found[place]
            found[place] = name, damaged(random, content)
        elif place < len(found):
            found.insert(random.randrange(len(found)), found.pop(place))
    return SIGNATURE + b"".join(chunk(name, content) for name, content in found)


def _odd_chunk(random: Random) -> tuple[bytes, bytes]:
    number = random.choice(ODD_NUMBERS) % 2**32
    text = odd_text(random).encode("utf-8", "replace")[:3000]
    many = struct.pack(">8I", *(random.choice(ODD_NUMBERS) % 2**32 for _ in range(8)))
    found = {
        b"gAMA": struct.pack(">I", number),
        b"cHRM": many,
        b"cICP": random.randbytes(random.choice((4, 4, 4, 3))),
        b"sRGB": bytes([random.randrange(8)]),
        b"iCCP": b"name\0\0" + _deflated(random, odd_profile(random)),
        b"eXIf": odd_exif(random),
        b"iTXt": _international(random),
        b"tEXt": random.choice((b"Comment", b"Creation Time", b"Title", text[:90])) + b"\0" + text,
        b"zTXt": b"Author\0\0" + _deflated(random, text),
        b"pHYs": struct.pack(">IIB", number, number, random.randrange(3)),
        b"tRNS": random.randbytes(random.choice((1, 2, 6, 300))),
        b"PLTE": random.randbytes(random.choice((0, 3, 768, 769))),
        b"IHDR": _odd_header(random),
        b"acTL": struct.pack(">II", random.choice((0, 1, 2, 3, 9, number)), random.randrange(3)),
        b"fcTL": _odd_control(random),
        b"fdAT": struct.pack(">I", random.randrange(9)) + _deflated(random, bytes(400)),
        b"bKGD": many[:6],
        random.randbytes(4): many,
    }
    return random.choice([*found.items()])


def _deflated(random: Random, content: bytes) -> bytes:
    import zlib

    # A bomb now and then: a few thousand bytes that become many millions.
    is_bomb = random.random() < 0.03
    data = zlib.compress(bytes(2**26) if is_bomb else content, 9)
    return damaged(random, data) if random.random() < 0.2 else data


def _international(random: Random) -> bytes:
    keyword = random.choice((b"XML:com.adobe.xmp", b"Title", b"Raw profile type iptc", b""))
    packet = odd_xmp(random)
    is_compressed = random.random() < 0.4
    text = _deflated(random, packet) if is_compressed else packet
    return keyword + b"\0" + bytes([is_compressed, random.choice((0, 0, 1))]) + b"en\0x\0" + text


def _odd_header(random: Random) -> bytes:
    sides = random.choice(SIDES), random.choice(SIDES)
    depth, color = random.choice((1, 2, 4, 8, 16, 3)), random.choice((0, 2, 3, 4, 6, 1))
    return struct.pack(">IIBBBBB", *sides, depth, color, 0, 0, random.randrange(2))


def _odd_control(random: Random) -> bytes:
    numbers = [random.choice((0, 1, 2, 5, 12, 2**31, 2**32 - 1)) for _ in range(4)]
    times = random.choice((0, 1, 65535)), random.choice((0, 1, 100, 65535))
    return struct.pack(
        ">IIIIIHHBB",
        random.randrange(9),
        *numbers,
        *times,
        random.randrange(4),
        random.randrange(3),
    )


@cache
def _pngs() -> tuple[bytes, ...]:
    deep = np.frombuffer(Random(1).randbytes(12 * 10 * 4 * 2), "<u2").reshape(10, 12, 4)
    modes = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
    exact = [encode_png(deep.copy(), Metadata()), encode_png(deep[..., :3].copy(), Metadata())]
    return (*(still(mode) for mode in modes), *exact, *(_animated("png") for _ in range(2)))


@cache
def _animated(name: str) -> bytes:
    random = np.random.default_rng(7)
    frames = [
        Frame(
            picture=Picture(codes=random.integers(0, 256, (10, 12, 3), dtype=np.uint8)),
            duration=Fraction(index + 1, 10),
        )
        for index in range(3)
    ]
    return encode_animation(frames, name, count=3, plays=2, options=dict(FORMATS[name].options))


def _jpeg(random: Random) -> bytes:
    """Add segments of EXIF, XMP, IPTC, ICC and others, whose lengths may lie, behind the start."""
    mode = random.choice(("L", "RGB", "CMYK"))
    data = still(mode, form="JPEG", progressive=random.random() < 0.3)
    segments = b"".join(_segment(random) for _ in range(random.randrange(4)))
    return data[:2] + segments + data[2:]


def _segment(random: Random) -> bytes:
    profile, packet = odd_profile(random), odd_xmp(random)
    number, count = random.choice(((1, 1), (1, 2), (0, 0), (2, 1)))
    contents = (
        (0xE1, b"Exif\0\0" + odd_exif(random)),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet),
        (0xE1, b"http://ns.adobe.com/xmp/extension/\0" + random.randbytes(40)),
        (0xE2, b"ICC_PROFILE\0" + bytes([number, count]) + profile),
        (0xE2, b"MPF\0" + odd_exif(random)),
        (0xED, b"Photoshop 3.0\0" + photoshop(random, odd_iptc(random))),
        (0xEE, b"Adobe" + random.randbytes(7)),
        (0xFE, odd_text(random).encode("utf-8", "replace")),
        (random.randrange(0xC0, 0x100), random.randbytes(20)),
    )
    marker, content = random.choice(contents)
    content = content[:65533]
    length = len(content) + 2
    if random.random() < 0.1:
        length = random.choice((0, 1, 2, length - 1, length + 1, 65535)) % 65536
    return bytes([0xFF, marker]) + struct.pack(">H", length) + content


def _tiff(random: Random) -> bytes:
    """Change entries of directories: tags, types, counts, values, the link to the next."""
    data = bytearray(random.choice(_tiffs()))
    order = "<" if data[:2] == b"II" else ">"
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        (place,) = struct.unpack_from(f"{order}I", data, 4)
        if random.random() < 0.2:
            (count,) = struct.unpack_from(f"{order}H", data, place)
            targets = (place, 0, 4, 8, len(data) - 1, 2**32 - 1)
            struct.pack_into(f"{order}I", data, place + 2 + 12 * count, random.choice(targets))
        else:
            _change_tiff_entry(random, data, place, order)
    return bytes(data)


def _change_tiff_entry(random: Random, data: bytearray, place: int, order: str) -> None:
    (count,) = struct.unpack_from(f"{order}H", data, place)
    entry = place + 2 + 12 * random.randrange(count)
    tags = (254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 317, 320, 322, 324)
    further = (325, 330, 338, 339, 347, 513, 529, 530, 532, 700, 33723, 34377, 34675, 34665, 33550)
    field, layout, numbers = random.choice(
        (
            (0, "H", (*tags, *further)),
            (2, "H", tuple(range(19))),
            (4, "I", (*ODD_NUMBERS[:-2], 12, 100)),
            (8, "I", (*ODD_NUMBERS[:-2], 12, 32773, 34712, 50000, 8, place, len(data) - 1)),
            (8, "H", (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 32, 32773, 34676, 50001)),
        )
    )
    size = 65536 if layout == "H" else 2**32
    struct.pack_into(f"{order}{layout}", data, entry + field, random.choice(numbers) % size)


@cache
def _tiffs() -> tuple[bytes, ...]:
    random = np.random.default_rng(3)
    codes = random.integers(0, 65536, (10, 12, 4), dtype=np.uint16)
    pages = [codes, (codes[:9, :7, :3] >> 8).astype(np.uint8)]
    own = encode_tiff(
        Page(codes=page, metadata=Metadata(iptc=b"\x1c\x02\x05\0\1a")) for page in pages
    )
    modes = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "LAB", "YCbCr", "I;16", "F", "I")
    plain = [still(mode, form="TIFF") for mode in modes]
    packed = [
        still("RGB", form="TIFF", compression=name)
        for name in ("tiff_lzw", "jpeg", "packbits", "tiff_adobe_deflate")
    ]
    return (own, *plain, *packed, still("1", form="TIFF", compression="group4"))


def _gif(random: Random) -> bytes:
    """Put odd extensions before the frames."""
    data = random.choice((_animated("gif"), still("P", form="GIF"), still("L", form="GIF")))
    start = 13 + (3 * 2 ** ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    return (
        data[:start]
        + b"".join(_extension(random) for _ in range(random.randrange(3)))
        + data[start:]
    )


def _extension(random: Random) -> bytes:
    packet = odd_xmp(random)
    text = odd_text(random).encode("utf-8", "replace")[:200]
    return random.choice(
        (
            b"!\xff\x0bXMP DataXMP" + packet + bytes([1, *range(255, -1, -1), 0]),
            b"!\xff\x0bNETSCAPE2.0\x03\x01" + random.randbytes(2) + b"\0",
            b"!\xfe" + bytes([len(text)]) + text + b"\0",
            b"!\xf9\x04" + random.randbytes(4) + b"\0",
            b"!" + random.randbytes(9),
        )
    )


def _webp(random: Random) -> bytes:
    """Build a RIFF file anew from its chunks and odd ones."""
    options = {"exif": odd_exif(random), "xmp": odd_xmp(random), "icc_profile": odd_profile(random)}
    kept = {name: options[name] for name in random.sample(sorted(options), random.randrange(4))}
    whole = still(random.choice(("RGB", "RGBA")), form="WEBP", lossless=True, **kept)
    data = _animated("webp") if random.random() < 0.4 else whole
    if random.random() < 0.5:
        flags = random.randrange(256)
        data = data[:20] + bytes([flags]) + data[21:] if data[12:16] == b"VP8X" else data
    extra = random.choice((b"XMP ", b"EXIF", b"ICCP", b"ANMF", b"ANIM", b"ALPH"))
    content = damaged(random, odd_xmp(random))[:5000]
    data += extra + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]


def _others(random: Random) -> bytes:
    forms = (
        "BMP",
        "PPM",
        "TGA",
        "PCX",
        "SGI",
        "ICO",
        "DDS",
        "IM",
        "MSP",
        "XBM",
        "JPEG2000",
        "ICNS",
    )
    form = random.choice(forms)
    mode = {"MSP": "1", "XBM": "1", "ICNS": "RGBA"}.get(form, random.choice(("L", "RGB")))
    return damaged(random, still(mode, form=form))


def _noise(random: Random) -> bytes:
    starts = (
        *(b"", SIGNATURE, b"\xff\xd8\xff", b"GIF89a", b"II*\0", b"MM\0*", b"II+\0", b"8BPS\0\x01"),
        *(b"RIFF\0\0\0\0WEBP", b"P5 ", b"BM", b"\0\0\0\x0cjP  \r\n\x87\n", b"%PDF", b"qoif"),
    )
    return random.choice(starts) + random.randbytes(random.choice((0, 3, 40, 400)))


MAKERS: Final[Sequence[Callable[[Random], bytes]]] = (
    *(_png, _png, _png, _jpeg, _jpeg, _tiff, _tiff, _tiff, _gif, _webp, _others, _noise),
)
