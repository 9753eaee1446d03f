"""How soon one picture is there: a filter that starts like a filter.

Claims, as medians of rounds in turn:

- `colorize --version` takes at most 1.5 times `python -c pass`;
- `colorize --help` takes at most 1.3 times `python -c 'import typer'`;
- `colorize run` of a gray PNG of 512 pixels, from stdin to stdout with the bundled model, takes at
  most 1.3 times `python -c 'import onnxruntime'`, and less than 150 MB of memory.

Beside it stand a plain script of Pillow and onnxruntime over the same network, such as people write
(and which keeps neither lightness nor metadata), and the import of rembg where that is installed.

    python benchmarks/cold_start.py [ROUNDS]

Install without -e and with bytecode, as pip does: an editable install looks for its modules longer.
"""

import argparse
import subprocess
import sys
import sysconfig
import tempfile
from importlib.util import find_spec
from pathlib import Path

from interleaved import Way, machine, process, timed

MOST_MEMORY = 150e6
LIMITS = {"colorize --version": 1.5, "colorize --help": 1.3, "colorize run": 1.3}
PREPARATION = """
import sys
from pathlib import Path
import numpy as np
from PIL import Image
from colorize_cli.core.model_choice import find_model
from colorize_cli.core.onnx_graph import write_onnx
folder = Path(sys.argv[1])
rows, columns = np.mgrid[:512, :512] / 512
shapes = 60 * np.sign(np.sin(12 * columns) * np.cos(9 * rows)) + 90 * rows
grain = np.random.default_rng(0).normal(0, 6, (512, 512))
gray = np.clip(80 + shapes + grain, 0, 255).astype(np.uint8)
Image.fromarray(gray).save(folder / "gray.png")
write_onnx(folder / "model.onnx", find_model("natural"))
"""
"""A gray picture with shapes, shades and grain, as photographs have, and the exported network."""
PLAIN_SCRIPT = """
import sys
from io import BytesIO
import numpy as np
import onnxruntime
from PIL import Image
image = Image.open(BytesIO(sys.stdin.buffer.read())).convert("L")
small = np.asarray(image.resize((128, 128)), np.float32) / 127.5 - 1
session = onnxruntime.InferenceSession(sys.argv[1])
ab = session.run(None, {"gray": small[None, None]})[0][0] * 110
chroma = [Image.fromarray(np.clip(c + 128, 0, 255).astype(np.uint8)) for c in ab]
channels = [image, *(c.resize(image.size, Image.Resampling.BICUBIC) for c in chroma)]
Image.merge("YCbCr", channels).convert("RGB").save(sys.stdout.buffer, "PNG")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("rounds", nargs="?", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Elsewhere, as the system counts the memory of whoever starts a process as its own.
        subprocess.run([sys.executable, "-c", PREPARATION, folder], check=True)
        compare("python -c pass", starts(folder, "pass", "--version"), rounds)
        compare("python -c 'import typer'", starts(folder, "import typer", "--help"), rounds)
        found = compare("python -c 'import onnxruntime'", pictures(folder), rounds)
        memory = found.peak_memory("colorize run")
        verdict = "below" if memory < MOST_MEMORY else "NOT BELOW"
        print(f"\ncolorize run: {memory / 1e6:.0f} MB, {verdict} {MOST_MEMORY / 1e6:.0f} MB")
    print(machine("colorize-gan", "onnxruntime", "numpy", "pillow", "typer"))


def compare(base, ways, rounds):
    """Time some ways in turn, and print them as a table."""
    found = timed(ways, rounds=rounds)
    print(f"\n{found.table(base, limits=LIMITS)}")
    return found


def starts(folder: Path, code: str, option: str) -> dict[str, Way]:
    """Return the ways of a short answer, and of what it is compared with."""
    return {
        f"python -c {code}" if " " not in code else f"python -c '{code}'": python("-c", code),
        f"colorize {option}": process([program(), option], environment=quiet(folder), cwd=folder),
    }


def pictures(folder: Path) -> dict[str, Way]:
    """Return the ways of one picture, and of what they are compared with."""
    files = {"stdin": folder / "gray.png", "stdout": folder / "color.png", "cwd": folder}
    plain = [sys.executable, "-c", PLAIN_SCRIPT, folder / "model.onnx"]
    ways = {
        "python -c 'import onnxruntime'": python("-c", "import onnxruntime"),
        "colorize run": process([program(), "run"], environment=quiet(folder), **files),
        "a plain script": process(plain, **files),
    }
    if find_spec("rembg"):
        ways["import rembg"] = python("-c", "import rembg")
    else:
        print("\nrembg is not installed: its start is missing")
    return ways


def python(*arguments: str) -> Way:
    return process([sys.executable, *arguments])


def program() -> Path:
    return Path(sysconfig.get_path("scripts")) / "colorize"


def quiet(folder: Path) -> dict[str, str]:
    """Return the variables with which nobody's settings are found."""
    return {"XDG_CONFIG_HOME": str(folder / "none")}


if __name__ == "__main__":
    main()
