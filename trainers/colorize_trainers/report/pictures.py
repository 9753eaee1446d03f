"""Pictures of a report: sheets of labelled photos as PNG, and single ones for its page."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import zip_longest
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from colorize_cli.core.batches import Photos
from colorize_cli.core.outputs import replacing

GAP_PX: Final = 8
FONT_PX: Final = 13
LINE_PX: Final = 18
LABEL_PX: Final = 120
"""Width of the labels left of the rows, enough for LABEL_LETTERS."""
LABEL_LETTERS: Final = 15
PAGE_QUALITY: Final = 82
"""JPEG quality on the page, where chroma is kept in full; the PNG files are exact."""
WHITE, INK = (255, 255, 255), (40, 44, 48)


@dataclass(frozen=True, kw_only=True)
class SheetRow:
    """Pictures `(H, W, 3)`, uint8 sRGB, side by side, with lines of text to their left."""

    label: Sequence[str]
    pictures: Sequence[Photos]


def write_sheet(path: Path, headings: Sequence[str], rows: Sequence[SheetRow]) -> None:
    """Write rows of pictures under headings as a PNG, every picture pixel for pixel.

    Columns are as wide as their heading and their widest picture. A row may have fewer pictures
    than there are headings; a heading without any picture is left out.
    """
    font = ImageFont.load_default(FONT_PX)
    columns = zip_longest(*(row.pictures for row in rows))
    widths = [
        max(
            round(font.getlength(heading)),
            *(0 if cell is None else cell.shape[1] for cell in cells),
        )
        for heading, cells in zip(headings, columns, strict=False)
    ]
    heights = [max(_row_height(row), 1) for row in rows]
    lefts = np.cumsum([LABEL_PX + GAP_PX, *(width + GAP_PX for width in widths)]).tolist()
    tops = np.cumsum([LINE_PX + GAP_PX, *(height + GAP_PX for height in heights)]).tolist()
    sheet = Image.new("RGB", (lefts[-1], tops[-1]), WHITE)
    draw = ImageDraw.Draw(sheet)
    for heading, left, width in zip(headings, lefts, widths, strict=False):
        _write_lines(draw, (left + width // 2, GAP_PX // 2), [heading], anchor="ma")
    for row, top in zip(rows, tops, strict=False):
        _write_lines(draw, (GAP_PX, top), row.label, anchor="la")
        for picture, left in zip(row.pictures, lefts, strict=False):
            sheet.paste(Image.fromarray(picture), (left, top))
    save_png(path, sheet)


def write_side_by_side(path: Path, pictures: Sequence[Photos]) -> None:
    """Write pictures of one height side by side as a PNG, at their own size."""
    height = pictures[0].shape[0]
    gap = np.full((height, GAP_PX, 3), 255, np.uint8)
    parts = [part for picture in pictures for part in (picture, gap)][:-1]
    save_png(path, Image.fromarray(np.concatenate(parts, axis=1)))


def save_png(path: Path, image: Image.Image) -> None:
    """Write a PNG, atomically."""
    with replacing(path) as temporary:
        image.save(temporary, format="PNG")


def within(picture: Photos, long_side: int) -> Photos:
    """Return a picture reduced so that no side is longer; smaller ones stay as they are."""
    image = Image.fromarray(picture)
    image.thumbnail((long_side, long_side), Image.Resampling.LANCZOS)
    return np.asarray(image)


def data_uri(picture: Photos) -> str:
    """Return a picture as a data URI of a JPEG with full chroma: colour is what matters here."""
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=PAGE_QUALITY, subsampling=0)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def _row_height(row: SheetRow) -> int:
    return max([len(row.label) * LINE_PX, *(len(picture) for picture in row.pictures)])


def _write_lines(
    draw: ImageDraw.ImageDraw, place: tuple[int, int], lines: Sequence[str], *, anchor: str
) -> None:
    font = ImageFont.load_default(FONT_PX)
    for index, line in enumerate(lines):
        spot = place[0], place[1] + index * LINE_PX
        draw.text(spot, line, fill=INK, font=font, anchor=anchor)
