"""TIFF files of one or several pages, 8 or 16 bits, with alpha, EXIF, XMP, ICC profile.

Pillow has no colour of 16 bits, and through libtiff, which compresses, it loses the camera's
part of EXIF: so the strips are written here, and Pillow's directories around them. Deflate with
horizontal differencing, as any reader of TIFF knows it. Source: TIFF revision 6.0 (Adobe 1992)
and its Technical Notes of 2002 (deflate).
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from numpy.typing import NDArray
from PIL import Image, TiffTags
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from colorize_cli.core.errors import CannotCreateError
from colorize_cli.core.exif import PARTS, exact
from colorize_cli.core.image_samples import Codes
from colorize_cli.core.metadata import Metadata
from colorize_cli.core.sizes import pieces
from colorize_cli.core.threads import in_threads

HEADER: Final = b"II*\0"
OFFSET: Final = struct.Struct("<I")
GREATEST_FILE: Final = 2**32 - 2**16
"""Offsets have 32 bits; the rest is for the last directory."""

STRIP_BYTES: Final = 2**20
COMPRESSION_LEVEL: Final = 2
"""As for PNG: a quarter of the time of the usual 6 for some more bytes."""

DEFLATE, DIFFERENCING, RGB, CONTIGUOUS, UNASSOCIATED_ALPHA, INCH = 8, 2, 2, 1, 2, 2

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
STRIP_OFFSETS, SAMPLES, ROWS_PER_STRIP, STRIP_LENGTHS = 273, 277, 278, 279
X_RESOLUTION, Y_RESOLUTION, PLANES, RESOLUTION_UNIT = 282, 283, 284, 296
PREDICTOR, EXTRA_SAMPLES, XMP, IPTC, ICC_PROFILE = 317, 338, 700, 33723, 34675


@dataclass(frozen=True, kw_only=True)
class Page:
    """RGB codes `(H, W, 3)` or with alpha `(H, W, 4)`, uint8 or uint16, and what is said of them.

    They are sRGB unless the profile says otherwise.
    """

    codes: Codes
    metadata: Metadata
    profile: bytes | None = None


def encode_tiff(pages: Iterable[Page], *, threads: int | None = None) -> bytes:
    """Write pages, taken one by one, as one file; the same pages give the same bytes.

    They do not depend on the threads, of which None is one for each processor.

    Raises CannotCreateError if it would be longer than TIFF's offsets reach, 4 GiB.
    """
    parts = [HEADER, b""]
    link, place = 1, len(HEADER) + OFFSET.size
    for page in pages:
        strips = [strip + bytes(len(strip) % 2) for strip in _strips(page.codes, threads)]
        directory = _directory(page, [len(strip) for strip in strips]).tobytes(place)
        _check_length(place + len(directory))
        parts[link] = OFFSET.pack(place)
        entries, rest = _split_at_link(directory)
        parts += [entries, b"", rest, *strips]
        link = len(parts) - len(strips) - 2
        place += len(directory) + sum(map(len, strips))
    parts[link] = OFFSET.pack(0)
    _check_length(place)
    return b"".join(parts)


def _split_at_link(directory: bytes) -> tuple[bytes, bytes]:
    """Cut a directory where it says the place of the next one."""
    (count,) = struct.unpack_from("<H", directory)
    end = 2 + 12 * count
    return directory[:end], directory[end + OFFSET.size :]


def _check_length(length: int) -> None:
    if length > GREATEST_FILE:
        raise CannotCreateError("tiff holds at most 4 GiB; use --format png, one file a page")


def _strips(codes: Codes, threads: int | None) -> Iterator[bytes]:
    def deflated(rows: slice) -> bytes:
        return zlib.compress(_differences(codes[rows]).data, COMPRESSION_LEVEL)

    with in_threads(1 if codes.nbytes <= STRIP_BYTES else threads) as each:
        yield from each(deflated, pieces(len(codes), _rows_per_strip(codes)))


def _rows_per_strip(codes: Codes) -> int:
    return max(1, STRIP_BYTES // int(codes[0].nbytes))


def _differences(codes: Codes) -> NDArray[Any]:
    """Return each pixel less its left neighbour, in the file's order of bytes (section 14)."""
    differences: NDArray[Any] = codes.astype(codes.dtype.newbyteorder("<"))
    differences[:, 1:] = codes[:, 1:] - codes[:, :-1]
    return differences


def _directory(page: Page, lengths: list[int]) -> ImageFileDirectory_v2:
    directory = ImageFileDirectory_v2(HEADER + OFFSET.pack(8))
    _add_exif(directory, page.metadata.exif)
    for tag, value in (_layout(page.codes) | _descriptions(page)).items():
        directory[tag] = value
    directory.tagtype[STRIP_OFFSETS] = directory.tagtype[STRIP_LENGTHS] = TiffTags.LONG
    # Pillow adds the place where the directory ends: there the strips follow.
    directory[STRIP_OFFSETS] = tuple(accumulate(lengths[:-1], initial=0))
    directory[STRIP_LENGTHS] = tuple(lengths)
    return directory


def _layout(codes: Codes) -> dict[int, Any]:
    height, width, channels = codes.shape
    layout = {
        WIDTH: width,
        HEIGHT: height,
        BITS: (codes.itemsize * 8,) * channels,
        COMPRESSION: DEFLATE,
        PHOTOMETRIC: RGB,
        SAMPLES: channels,
        ROWS_PER_STRIP: _rows_per_strip(codes),
        PLANES: CONTIGUOUS,
        PREDICTOR: DIFFERENCING,
    }
    return layout | ({EXTRA_SAMPLES: UNASSOCIATED_ALPHA} if channels == 4 else {})


def _descriptions(page: Page) -> dict[int, Any]:
    found: dict[int, Any] = {}
    if page.metadata.dpi:
        found[X_RESOLUTION], found[Y_RESOLUTION] = page.metadata.dpi
        found[RESOLUTION_UNIT] = INCH
    if page.metadata.xmp:
        found[XMP] = page.metadata.xmp
    if page.metadata.iptc:
        found[IPTC] = page.metadata.iptc
    if page.profile:
        found[ICC_PROFILE] = page.profile
    return found


def _add_exif(directory: ImageFileDirectory_v2, block: bytes | None) -> None:
    exif = Image.Exif()
    exif.load(block or b"")
    for tag in exif:
        if tag not in PARTS:
            directory[tag] = exact(exif[tag])
    for part in PARTS:
        entries = {tag: exact(value) for tag, value in exif.get_ifd(part).items()}
        if entries:
            directory.tagtype[part] = TiffTags.LONG
            directory[part] = entries
