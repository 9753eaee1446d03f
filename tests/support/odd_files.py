"""Files that picture programs stumble over, made up from a seed; each has a name of its own."""

import struct
import warnings
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Final

import numpy as np
from PIL import Image

MODES: Final = (
    *("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB"),
    *("HSV", "I", "F", "I;16", "I;16B", "I;16L"),
)
FORMATS: Final = (
    *("PNG", "TIFF", "JPEG", "GIF", "WEBP", "BMP", "PPM", "TGA", "PCX", "SGI", "ICO", "ICNS"),
    *("DDS", "IM", "MSP", "XBM", "SPIDER", "JPEG2000", "BLP", "DIB", "AVIF"),
)
SLOW: Final = frozenset({"AVIF", "ICNS"})
WIDTH, HEIGHT = 22, 17


def odd_files() -> Iterator[tuple[str, bytes]]:
    """Yield names and contents."""
    whole = dict(_every_mode())
    yield from whole.items()
    cut = [name for name in whole if name.startswith(("RGB-", "P-", "L-"))]
    for name in cut:
        yield from _truncated(name, whole[name])
        yield from _flipped(name, whole[name])
    yield from _hostile()
    yield from _misnamed(whole["RGB-PNG.png"])


def _every_mode() -> Iterator[tuple[str, bytes]]:
    """Every mode in every format that takes it."""
    for mode in MODES:
        for form in FORMATS:
            if form in SLOW and mode != "RGB":
                continue
            if data := _saved(_image(mode), form):
                yield f"{mode.replace(';', '')}-{form}.{form.lower()}", data
    yield from _transparent_palettes()


def _saved(image: Image.Image, form: str) -> bytes:
    """Return an image as a file, or nothing where Pillow cannot, or was not built to."""
    buffer = BytesIO()
    with warnings.catch_warnings():
        # Formats that it will drop some day.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            image.save(buffer, form)
        except (OSError, KeyError, ValueError, TypeError, NotImplementedError):
            return b""
    return buffer.getvalue()


def _image(mode: str) -> Image.Image:
    random = np.random.default_rng(sum(mode.encode()))
    if mode.startswith(("I", "F")):
        codes = random.integers(0, 65536, (HEIGHT, WIDTH))
        kinds = {"I": np.int32, "F": np.float32, "I;16B": ">u2"}
        return Image.fromarray(codes.astype(kinds.get(mode, np.uint16)))
    patches = Image.fromarray(random.integers(0, 256, (4, 5, 4), dtype=np.uint8), "RGBA")
    image = patches.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    if mode in {"RGBa", "La"}:
        return image.convert("RGBA" if mode == "RGBa" else "LA").convert(mode)
    if mode == "LAB":
        return Image.frombytes("LAB", image.size, image.convert("RGB").tobytes())
    return image.convert("RGB").convert(mode) if mode in {"CMYK", "HSV"} else image.convert(mode)


def _transparent_palettes() -> Iterator[tuple[str, bytes]]:
    palette = _image("P")
    for name, transparency in (("one", 3), ("many", bytes(range(0, 250, 5)))):
        buffer = BytesIO()
        palette.save(buffer, "PNG", transparency=transparency)
        yield f"palette-{name}.png", buffer.getvalue()


def _truncated(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    for length in sorted({1, 4, 9, 30, len(data) // 3, len(data) * 2 // 3, len(data) - 1}):
        if length < len(data):
            yield f"cut-{length}-{name}", data[:length]


def _flipped(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Change one bit, mostly in what comes first: sizes, depths, offsets, counts."""
    random = np.random.default_rng(len(data))
    for index in range(4):
        place = int(random.integers(2, min(len(data), 64 if index < 3 else len(data))))
        changed = bytearray(data)
        changed[place] ^= 1 << int(random.integers(0, 8))
        yield f"flipped-{index}-{name}", bytes(changed)


def _hostile() -> Iterator[tuple[str, bytes]]:
    """Sizes of nothing, and of far more than there is."""
    for width, height in ((0, 0), (0, 9), (9, 0), (60000, 60000), (2**31 - 1, 1), (1, 2**31 - 1)):
        yield f"png-{width}x{height}.png", _png(width, height)
        yield f"pgm-{width}x{height}.pgm", b"P5 %d %d 255\n123" % (width, height)
        short = struct.pack("<HH", width % 65536, height % 65536)
        yield f"gif-{width}x{height}.gif", b"GIF89a" + short + b"\0\0\0,\0\0\0\0" + short + b"\0\2;"
        header = struct.pack("<IIIHH6I", 40, width, height, 1, 8, 0, 0, 0, 0, 0, 0)
        yield f"bmp-{width}x{height}.bmp", b"BM" + struct.pack("<IHHI", 60, 0, 0, 54) + header
    yield "png-1x2000.png", _png(1, 2000, whole=True)
    yield "png-2000x1.png", _png(2000, 1, whole=True)


def _png(width: int, height: int, *, whole: bool = False) -> bytes:
    pixels = (b"\0" + b"\x77" * width) * height if whole else bytes(100)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(pixels)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def _misnamed(png: bytes) -> Iterator[tuple[str, bytes]]:
    yield "a png in truth.jpg", png
    yield "without a suffix", png
    yield ".hidden.png", png
    yield "a letter.png", b"Dear reader,\n"
    yield "empty.png", b""
    yield "zeros.png", bytes(4096)
    yield "two\nlines.png", png
    yield "bytes after it.png", png + b"P5 0 0 255\n" + bytes(999)
