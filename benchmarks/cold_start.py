"""How soon one picture is there: a filter that starts like a filter.

Claims, as medians of rounds in turn:

- `colorize --version` takes at most 1.5 times `python -c pass`;
- `colorize --help` takes at most 1.3 times `python -c 'import typer'`, as does that of a command;
- `colorize run` of a gray PNG of 512 pixels, from stdin to stdout with the bundled model, takes at
  most 1.3 times `python -c 'import onnxruntime'`, and less than 150 MB of memory.

Beside them stand the script that the installer wrote, but calling nothing, which is the least that
`--version` can take; and plain scripts of Pillow and onnxruntime or OpenCV's dnn over the same
network, such as people write (and which keep neither lightness nor metadata), and the import of
rembg. What is not installed is named and left out.

    python benchmarks/cold_start.py [ROUNDS]

Install without -e and with bytecode, as pip does: an editable install looks for its modules longer.
The scripts of pip before 26 import `re`, which takes half as long as Python itself.
"""

import argparse
import subprocess
import sys
import sysconfig
import tempfile
from importlib.util import find_spec
from pathlib import Path

from interleaved import Way, machine, process, timed
from peers import ENGINES, tell_missing

MOST_MEMORY = 150e6
LIMITS = {
    "colorize --version": 1.5,
    "colorize --help": 1.3,
    "colorize train --help": 1.3,
    "colorize run": 1.3,
}
CALL = "from colorize_cli.__main__ import main"
"""What an installer's script calls."""
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
from PIL import Image
image = Image.open(BytesIO(sys.stdin.buffer.read())).convert("L")
small = np.asarray(image.resize((128, 128)), np.float32) / 127.5 - 1
{engine}
ab = network(small[None, None])[0] * 110
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
        compare("python -c pass", versions(folder), rounds)
        compare("python -c 'import typer'", helps(folder), rounds)
        found = compare("python -c 'import onnxruntime'", pictures(folder), rounds)
        memory = found.peak_memory("colorize run")
        verdict = "below" if memory < MOST_MEMORY else "NOT BELOW"
        print(f"\ncolorize run: {memory / 1e6:.0f} MB, {verdict} {MOST_MEMORY / 1e6:.0f} MB")
    if "import re\n" in program().read_text():
        print("The installer's script imports re: pip 26 writes one that does not.")
    packages = ("onnxruntime", "numpy", "pillow", "typer", "opencv-python-headless", "rembg")
    print(machine("colorize-gan", "pip", *packages))


def compare(base, ways, rounds):
    """Time some ways in turn, and print them as a table."""
    found = timed(ways, rounds=rounds)
    print(f"\n{found.table(base, limits=LIMITS)}")
    return found


def versions(folder: Path) -> dict[str, Way]:
    """Return the ways of the shortest answer, and of what it is compared with."""
    empty = folder / "empty"
    # int returns 0, the status of success.
    empty.write_text(program().read_text().replace(CALL, "main = int"))
    empty.chmod(0o755)
    return {
        "python -c pass": python("-c", "pass"),
        "colorize --version": ours(folder, "--version"),
        "the installer's script, empty": process([empty]),
    }


def helps(folder: Path) -> dict[str, Way]:
    """Return the ways of help, and of what it is compared with."""
    return {
        "python -c 'import typer'": python("-c", "import typer"),
        "colorize --help": ours(folder, "--help"),
        "colorize train --help": ours(folder, "train", "--help"),
    }


def pictures(folder: Path) -> dict[str, Way]:
    """Return the ways of one picture, and of what they are compared with."""
    files = {"stdin": folder / "gray.png", "stdout": folder / "color.png"}
    ways = {
        "python -c 'import onnxruntime'": python("-c", "import onnxruntime"),
        "colorize run": ours(folder, "run", **files),
    }
    for package, engine in ENGINES.items():
        if find_spec(package):
            script = PLAIN_SCRIPT.replace("{engine}", engine)
            command = [sys.executable, "-c", script, folder / "model.onnx"]
            ways[f"a plain script, {package}"] = process(command, cwd=folder, **files)
    if find_spec("rembg"):
        ways["import rembg"] = python("-c", "import rembg")
    print()
    tell_missing()
    return ways


def ours(folder: Path, *arguments: str, **files: Path) -> Way:
    """Return the way of the installed program, with nobody's settings."""
    environment = {"XDG_CONFIG_HOME": str(folder / "none")}
    return process([program(), *arguments], environment=environment, cwd=folder, **files)


def python(*arguments: str) -> Way:
    return process([sys.executable, *arguments])


def program() -> Path:
    return Path(sysconfig.get_path("scripts")) / "colorize"


if __name__ == "__main__":
    main()
