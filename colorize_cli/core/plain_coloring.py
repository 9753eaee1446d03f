"""Plain pictures coloured and written without NumPy: `pipeline.colorize`, then `image_encoding`."""

import mmap
from ctypes import addressof, c_uint8
from functools import partial
from typing import Any, Final, cast

from PIL import Image

from colorize_cli.core.compiled_library import CompiledLoops, compiled_loops
from colorize_cli.core.gray_coloring import GrayCodes, Predict, Way, colored, tables_of_8_bits
from colorize_cli.core.image_encoding import Format, saved_by_pillow
from colorize_cli.core.picture import PlainPicture
from colorize_cli.core.png_stream import Rows, png_file
from colorize_cli.core.threads import in_threads

ALONE_PIXELS: Final = 2**19
"""Up to here one thread is done before others are begun."""


def colorize_plain(
    loops: CompiledLoops,
    picture: PlainPicture,
    predict: Predict,
    way: Way,
    *,
    workers: int | None = None,
) -> mmap.mmap:
    """Return codes of colour, `way.step` bytes a pixel; the arguments are `gray_coloring`'s.

    `workers` is the number of threads for all but the network; None is one for each processor.
    """
    codes = GrayCodes(
        place=picture.codes,
        width=picture.width,
        height=picture.height,
        row_length=picture.width,
        depth=8,
    )
    is_short = picture.width * picture.height <= ALONE_PIXELS
    with in_threads(1 if is_short else workers) as each:
        return colored(loops, codes, tables_of_8_bits(loops), predict, way, each=each)


def encode_plain(
    colors: mmap.mmap, picture: PlainPicture, form: Format, *, threads: int | None = None
) -> bytes:
    """Write colours with a picture's metadata, as one of `picture_file.PLAIN_FORMATS`.

    `threads` None is one for each processor.
    """
    if form.name == "png":
        filtered = partial(_filtered, compiled_loops(), colors, 3 * picture.width)
        rows = Rows(picture.width, picture.height, channels=3, depth=8, filtered=filtered)
        return png_file(rows, picture.metadata, threads=threads)
    image = Image.frombuffer("RGBX", picture.size, cast("bytearray", colors), "raw", "RGBX", 0, 1)
    # Else Pillow would copy it before it is written: the memory is ours, and nobody else's.
    image.readonly = 0
    return saved_by_pillow(image, form, picture)


def _filtered(loops: Any, colors: mmap.mmap, length: int, rows: slice) -> Any:
    count = rows.stop - rows.start
    lines = (c_uint8 * (count * (length + 1)))()
    first = addressof(c_uint8.from_buffer(colors)) + rows.start * length
    if loops.filter_rows(first, length, count, 3, rows.start > 0, addressof(lines)):
        raise MemoryError
    return lines
