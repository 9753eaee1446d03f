import io
import subprocess
import sys

import pytest
from PIL import Image

from colorize_cli.core.compiled_library import compiled_loops
from colorize_cli.core.photo_loops import photo_loops
from command_line import clean_environment
from photos import make_photo

HEAVY = {
    "numpy",
    "PIL",
    "onnx",
    "onnxruntime",
    "torch",
    "tensorflow",
    "safetensors",
    "rich",
    "pluggy",
    "watchdog",
    "openvino",
    "colorize_onnx",
    "colorize_openvino",
    "colorize_torch",
    "colorize_trainers",
}
COMMANDS = (
    "prep", "train", "report", "eval", "export", "run", "watch", "backends", "info", "doctor",
)  # fmt: skip


def modules_after(folder, *arguments, **settings):
    """Return the names of all modules that a command line has imported."""
    code = (
        "import sys\n"
        f"sys.argv = ['colorize', *{arguments!r}]\n"
        "from colorize_cli import __main__ as program\n"
        # What it leaves at once, nobody could look at.
        "program._leave_at_once = sys.exit\n"
        "try:\n    program.main()\nexcept SystemExit: pass\n"
        "sys.stderr.write(' '.join(sys.modules))\n"
    )
    return _modules_of(folder, code, **settings)


def _modules_of(folder, code, **settings):
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=clean_environment(folder),
        capture_output=True,
        timeout=60,
        **settings,
    )
    return set(result.stderr.decode().split())


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"], []])
def test_neither_help_nor_version_imports_anything_heavy(tmp_path, arguments):
    assert not HEAVY & modules_after(tmp_path, *arguments)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_imports_nothing_heavy(tmp_path, command):
    assert not HEAVY & modules_after(tmp_path, command, "--help")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_slip_in_a_command_imports_nothing_heavy(tmp_path, command):
    loaded = modules_after(tmp_path, command, "--zzz")
    assert "typer" in loaded
    assert not HEAVY & loaded


HELP = [["--help"], ["-h"], ["help"], ["run", "--help"], ["backends", "check", "-h"]]


@pytest.mark.parametrize("arguments", [*HELP, ["help", "train"]])
def test_help_imports_neither_the_parser_nor_any_command(tmp_path, arguments):
    bare = _modules_of(tmp_path, "import sys; sys.stderr.write(' '.join(sys.modules))")
    loaded = modules_after(tmp_path, *arguments) - bare
    assert "colorize_cli.manual.help_pages" in loaded
    parser = {"typer", "click", "colorize_cli.main", "colorize_cli.commands"}
    assert not {*parser, "pathlib", "tempfile", "subprocess", "importlib.metadata"} & loaded


def test_version_imports_no_more_than_the_package_and_its_front_door(tmp_path):
    bare = _modules_of(tmp_path, "import sys; sys.stderr.write(' '.join(sys.modules))")
    assert modules_after(tmp_path, "--version") - bare <= {"colorize_cli", "colorize_cli.__main__"}


def test_listing_backends_imports_no_framework(tmp_path):
    loaded = modules_after(tmp_path, "backends")
    assert not {"torch", "tensorflow", "onnxruntime"} & loaded


def test_an_ordinary_picture_imports_nothing_of_animations_pages_and_profiles(tmp_path):
    Image.new("L", (8, 8), 99).save(tmp_path / "gray.png")
    core = "colorize_cli.core."
    loaded = modules_after(tmp_path, "run", "gray.png", "-o", "color.png")
    assert f"{core}image_encoding" in loaded
    rare = ("animated_png", "animation_encoding", "gif_encoding", "tiff_encoding")
    assert not {core + name for name in (*rare, "color_profiles", "own_color")} & loaded


UNNEEDED = {
    "numpy", "dataclasses", "inspect", "concurrent.futures",
    "onnx", "onnxruntime", "google.protobuf", "torch", "tensorflow", "safetensors",
    "typer", "click", "rich", "pluggy", "watchdog", "importlib.metadata", "pkg_resources",
    "PIL.JpegImagePlugin", "PIL.GifImagePlugin", "PIL.ImageCms",
    "subprocess", "email", "argparse", "difflib", "unittest", "tomllib",
    "colorize_cli.main", "colorize_cli.plugins", "colorize_cli.hookspecs",
    "colorize_cli.commands.run", "colorize_cli.commands.settings",
    "colorize_cli.core.stroke_spreading", "colorize_cli.core.color_profiles",
    "colorize_cli.core.pipeline", "colorize_cli.core.image_io", "colorize_cli.core.onnx_graph",
    "colorize_cli.commands.run_many", "colorize_onnx.graph",
    "colorize_onnx.inference",
}  # fmt: skip
"""What takes longer to import than to do without."""


@pytest.mark.parametrize("arguments", [[], ["-"], ["-", "-o", "out.png"], ["-m", "natural", "-q"]])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_filter_imports_pillow_and_little_else(tmp_path, arguments, mode):
    if compiled_loops() is None:
        pytest.skip("no loops are compiled here: NumPy does their work")
    stream = io.BytesIO()
    Image.new(mode, (8, 8), 0).save(stream, "PNG")
    loaded = modules_after(tmp_path, "run", *arguments, input=stream.getvalue())
    assert {"PIL", "colorize_onnx.session", "colorize_cli.core.gray_coloring"} <= loaded
    assert not UNNEEDED & loaded


def test_a_picture_that_needs_numpy_imports_it_without_its_threads(tmp_path):
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(stream, "PNG")
    loaded = modules_after(tmp_path, "run", input=stream.getvalue())
    assert {"numpy", "colorize_cli.core.pipeline", "colorize_cli.core.numpy_import"} <= loaded


def test_photos_are_prepared_without_numpy(tmp_path):
    if photo_loops() is None:
        pytest.skip("no loops are compiled here: NumPy does their work")
    (tmp_path / "photos").mkdir()
    for number in range(2):
        make_photo(number, 64, 64).save(tmp_path / f"photos/{number}.jpg")
    loaded = modules_after(tmp_path, "prep", "photos", "--size", "16")
    assert "colorize_cli.core.photo_loops" in loaded
    assert not {"numpy", "rich", "colorize_cli.core.image_io"} & loaded
