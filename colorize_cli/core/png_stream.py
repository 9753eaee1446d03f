"""PNG files written from rows of samples, whoever has these; NumPy is not needed.

Source: the PNG specification, third edition (W3C 2025). All chunks of metadata are Pillow's; a
picture of one pixel carries them, whose header and data are replaced.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial, reduce
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from colorize_cli.core import iptc
from colorize_cli.core.deflate import raw_compressor
from colorize_cli.core.metadata import Metadata
from colorize_cli.core.png_chunks import SIGNATURE, chunk, chunks
from colorize_cli.core.sizes import pieces
from colorize_cli.core.threads import in_threads

if TYPE_CHECKING:
    from colorize_cli.core.threads import Each

METADATA_LEVEL: Final = 3
"""Of zlib, for a single pixel and whatever stands beside it."""

STRIP_BYTES: Final = 2**18
"""What is deflated at once, by one thread: half of this would cost another 0.4 % of bytes."""

ALONE_BYTES: Final = 2**21
"""Up to here one thread is done before others are begun."""

ZLIB_HEADER: Final = b"\x78\x5e"
"""Deflate with a window of 32 KiB, fast (RFC 1950, 2.2)."""

DEFLATE_END: Final = b"\x03\x00"
"""An empty last block (RFC 1951, 3.2.3)."""

ADLER_BASE: Final = 65521
PAETH: Final = 4
TRUECOLOR, TRUECOLOR_WITH_ALPHA = 2, 6


Filtered: TypeAlias = Callable[[slice], Any]
"""Rows to bytes-like rows, each behind PAETH and less what that filter expects (9.4). Of Up,
Average and Paeth it gave the fewest bytes on 23 pictures: 0.97 of Up's with ISA-L, with zlib as
many."""


class Rows(NamedTuple):
    """The samples of a picture of `depth` bits and 3 or, with alpha, 4 channels."""

    width: int
    height: int
    channels: int
    depth: int
    filtered: Filtered

    @property
    def length(self) -> int:
        """Bytes of a row."""
        return self.width * self.channels * self.depth // 8


def png_file(
    rows: Rows, metadata: Metadata, *, profile: bytes | None = None, threads: int | None = None
) -> bytes:
    """Write rows as PNG. They are sRGB unless a profile says otherwise.

    The bytes do not depend on the threads, of which None is one for each processor.
    """
    head, tail = metadata_chunks(metadata, profile)
    is_short = rows.height * rows.length <= ALONE_BYTES
    with in_threads(1 if is_short else threads) as each:
        data = [chunk(b"IDAT", part) for part in compressed(rows, each)]
    return b"".join([SIGNATURE, chunk(b"IHDR", header(rows)), head, *data, tail])


def header(rows: Rows) -> bytes:
    """Return the content of IHDR."""
    color = TRUECOLOR if rows.channels == 3 else TRUECOLOR_WITH_ALPHA
    return struct.pack(">IIBBBBB", rows.width, rows.height, rows.depth, color, 0, 0, 0)


def metadata_chunks(metadata: Metadata, profile: bytes | None) -> tuple[bytes, bytes]:
    """Return the chunks before and behind the data, without the header."""
    png = _pillow_png(Image.new("RGB", (1, 1)), metadata, profile)
    head, tail = b"", b""
    is_before = True
    for kind, content, _ in chunks(png):
        if kind == b"IDAT":
            is_before = False
        elif kind != b"IHDR" and is_before:
            head += chunk(kind, bytes(content))
        elif kind != b"IHDR":
            tail += chunk(kind, bytes(content))
    return head, tail


def _pillow_png(image: Image.Image, metadata: Metadata, profile: bytes | None) -> bytes:
    options: dict[str, Any] = {
        "pnginfo": _info(metadata, has_profile=bool(profile)),
        "compress_level": METADATA_LEVEL,
    }
    if profile:
        options["icc_profile"] = profile
    if metadata.dpi:
        options["dpi"] = metadata.dpi
    if metadata.exif:
        options["exif"] = metadata.exif
    buffer = _NamedBuffer()
    image.save(buffer, **options)
    return buffer.getvalue()


class _NamedBuffer(BytesIO):
    """By its name Pillow knows the format without loading the writers of several others."""

    name = "picture.png"


def _info(metadata: Metadata, *, has_profile: bool) -> PngInfo:
    info = PngInfo()
    if not has_profile:
        info.add(b"sRGB", b"\0")
    for key, value in metadata.texts.items():
        info.add_text(key, value)
    if metadata.iptc:
        info.add_text(iptc.PNG_PROFILE, iptc.png_profile(metadata.iptc), zip=True)
    if metadata.xmp:
        info.add_itxt("XML:com.adobe.xmp", metadata.xmp.decode("utf-8", "replace"))
    return info


class _Deflated(NamedTuple):
    """A part of a deflate stream, and checksum (Adler-32) and length of what it stands for."""

    data: bytes
    checksum: int
    length: int


def compressed(rows: Rows, each: "Each") -> list[bytes]:
    """Return a zlib stream (RFC 1950) in parts of whole rows, deflated each for itself."""
    parts = list(each(partial(_deflated, rows.filtered), _strips(rows)))
    checksum = reduce(_joined_checksum, parts, zlib.adler32(b""))
    data = [part.data for part in parts]
    data[0] = ZLIB_HEADER + data[0]
    data[-1] += DEFLATE_END + struct.pack(">I", checksum)
    return data


def _strips(rows: Rows) -> Iterator[slice]:
    """Yield strips that depend on the picture alone, so that its bytes do."""
    return pieces(rows.height, STRIP_BYTES // rows.length)


def _deflated(filtered: Filtered, rows: slice) -> _Deflated:
    lines = memoryview(filtered(rows))
    compressor = raw_compressor()
    data = compressor.compress(lines) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return _Deflated(data=data, checksum=zlib.adler32(lines), length=lines.nbytes)


def _joined_checksum(checksum: int, part: _Deflated) -> int:
    """Return the Adler-32 of two texts one behind the other, as zlib's adler32_combine."""
    low = (checksum & 0xFFFF) + (part.checksum & 0xFFFF) - 1
    high = (checksum >> 16) + (part.checksum >> 16) + part.length * ((checksum & 0xFFFF) - 1)
    return high % ADLER_BASE << 16 | low % ADLER_BASE
