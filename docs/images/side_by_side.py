"""Make the README's pictures: gray, coloured by the program, original, side by side.

    python side_by_side.py GRAY ORIGINAL mountains.jpg
    python side_by_side.py GRAY ORIGINAL strokes.jpg STROKES

With strokes there are four: gray with the strokes on it, coloured without and with them, original.
Run it again when the bundled model changes.
"""

import io
import subprocess
import sys
from pathlib import Path

from PIL import Image

WIDTH_PX = 480
GAP_PX = 6


def main(gray: Path, original: Path, target: Path, strokes: Path | None = None) -> None:
    """Colour the gray photo with the installed program and write all in one row as JPEG."""
    photos = [Image.open(gray), _colored(gray), Image.open(original)]
    if strokes:
        photos[0] = photos[0].convert("RGBA")
        photos[0].alpha_composite(Image.open(strokes).convert("RGBA"))
        photos.insert(2, _colored(gray, "--hints", str(strokes)))
    # A JPEG that pages show in full width needs no more pixels for four photos than for three.
    each = WIDTH_PX * 3 // len(photos)
    scaled = [_scaled(photo.convert("RGB"), each) for photo in photos]
    width = len(scaled) * (each + GAP_PX) - GAP_PX
    row = Image.new("RGB", (width, scaled[0].height), "white")
    for place, photo in enumerate(scaled):
        row.paste(photo, (place * (each + GAP_PX), 0))
    row.save(target, quality=90)


def _colored(gray: Path, *options: str) -> Image.Image:
    command = [sys.executable, "-P", "-m", "colorize_cli", "run", *options]
    ended = subprocess.run(command, input=gray.read_bytes(), stdout=subprocess.PIPE, check=True)
    return Image.open(io.BytesIO(ended.stdout))


def _scaled(photo: Image.Image, width: int) -> Image.Image:
    height = round(photo.height * width / photo.width)
    return photo.resize((width, height), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
