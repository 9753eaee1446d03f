"""Show named photos on one sheet: gray, as each model colours them, and as they are.

    python benchmarks/quality/gallery.py holiday/*.jpg --model natural --model runs/mine -o out.png

A column for each photo, a row for each model. Photos are coloured by `colorize run` from their
own gray, at their own size up to 1024 pixels, and brought to the sheet's afterwards. Photos
without colour of their own have no truth to show.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from colorize_cli.core.image_io import decode
from colorize_cli.core.own_color import has_own_color

GAP_PX: Final = 4
LABEL_PX: Final = 14
MOST_PX: Final = 1024
"""The longer side that photos are coloured at: more would not be seen on the sheet."""


def main() -> None:
    """Parse the command line, colour the photos and write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--model", action="append", default=[], help="model file, name or run")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the sheet, as PNG")
    parser.add_argument("--height", type=int, default=160, help="of each picture, in pixels")
    parser.add_argument("--option", action="append", default=[], metavar="OPTION[=VALUE]",
                        help="an option of colorize run, as quality=best")  # fmt: skip
    options = parser.parse_args()
    pictures = [decode(path.read_bytes(), path=path) for path in options.photos]
    photos = [_at_most(Image.fromarray(picture.srgb8()), MOST_PX) for picture in pictures]
    grays = [photo.convert("L") for photo in photos]
    rows: dict[str, list[Image.Image | None]] = {"gray": [*grays]}
    for model in options.model:
        rows[model] = [*colored(grays, model, options.option)]
    truths = [
        photo if has_own_color(picture) else None
        for photo, picture in zip(photos, pictures, strict=True)
    ]
    if any(truths):
        rows["truth"] = truths
    sheet(rows, options.height).save(options.output)


def colored(grays: Sequence[Image.Image], model: str, settings: Sequence[str]) -> list[Image.Image]:
    """Let `colorize run` colour gray pictures. Leaves the program as it does if it fails."""
    with TemporaryDirectory() as folder:
        source, made = Path(folder, "gray"), Path(folder, "made")
        source.mkdir()
        for number, gray in enumerate(grays):
            gray.save(source / f"{number}.png")
        given = ["-qr", "--model", model, *(f"--{text}" for text in settings)]
        command = [sys.executable, "-m", "colorize_cli", "run", *given, str(source)]
        ended = subprocess.run([*command, f"--output-dir={made}"], check=False)
        if ended.returncode:
            sys.exit(ended.returncode)
        return [Image.open(made / f"{number}.png").convert("RGB") for number in range(len(grays))]


def sheet(rows: dict[str, list[Image.Image | None]], height: int) -> Image.Image:
    """Lay out rows of pictures, each row's name above it; a place without a picture stays white."""
    places, width = [], 0
    for picture in next(iter(rows.values())):
        places.append(width)
        width += _of_height(picture, height).width + GAP_PX if picture else 0
    pitch = LABEL_PX + height + GAP_PX
    page = Image.new("RGB", (width - GAP_PX, pitch * len(rows) - GAP_PX), "white")
    draw = ImageDraw.Draw(page)
    for line, (name, row) in enumerate(rows.items()):
        top = line * pitch
        draw.text((2, top), name, "black", font=ImageFont.load_default(LABEL_PX - 4))
        for left, picture in zip(places, row, strict=True):
            if picture is not None:
                page.paste(_of_height(picture, height), (left, top + LABEL_PX))
    return page


def _of_height(picture: Image.Image, height: int) -> Image.Image:
    width = max(1, round(picture.width * height / picture.height))
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _at_most(picture: Image.Image, side: int) -> Image.Image:
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return small


if __name__ == "__main__":
    main()
