"""Make the README's picture: gray, coloured by the program, original, side by side.

    python side_by_side.py GRAY ORIGINAL mountains.jpg

Run it again when the bundled model changes.
"""

import io
import subprocess
import sys
from pathlib import Path

from PIL import Image

WIDTH_PX = 480
GAP_PX = 6


def main(gray: Path, original: Path, target: Path) -> None:
    """Colour the gray photo with the installed program and write the three as one JPEG."""
    command = [sys.executable, "-P", "-m", "colorize_cli", "run"]
    colored = subprocess.run(command, input=gray.read_bytes(), stdout=subprocess.PIPE, check=True)
    files = [gray, io.BytesIO(colored.stdout), original]
    photos = [_scaled(Image.open(file).convert("RGB")) for file in files]
    width = len(photos) * (WIDTH_PX + GAP_PX) - GAP_PX
    row = Image.new("RGB", (width, photos[0].height), "white")
    for place, photo in enumerate(photos):
        row.paste(photo, (place * (WIDTH_PX + GAP_PX), 0))
    row.save(target, quality=90)


def _scaled(photo: Image.Image) -> Image.Image:
    height = round(photo.height * WIDTH_PX / photo.width)
    return photo.resize((WIDTH_PX, height), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
