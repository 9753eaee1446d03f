import subprocess
import sys

import pytest
from PIL import Image

from command_line import clean_environment

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
    "colorize_onnx",
    "colorize_torch",
    "colorize_trainers",
}
COMMANDS = (
    "prep", "train", "report", "eval", "export", "run", "watch", "backends", "info", "doctor",
)  # fmt: skip


def modules_after(folder, *arguments):
    """Return the names of all modules that a command line has imported."""
    code = (
        "import sys\n"
        f"sys.argv = ['colorize', *{arguments!r}]\n"
        "from colorize_cli.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit: pass\n"
        "sys.stderr.write(' '.join(sys.modules))\n"
    )
    return _modules_of(folder, code)


def _modules_of(folder, code):
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=clean_environment(folder),
        capture_output=True,
        text=True,
        timeout=60,
    )
    return set(result.stderr.split())


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"], []])
def test_neither_help_nor_version_imports_anything_heavy(tmp_path, arguments):
    assert not HEAVY & modules_after(tmp_path, *arguments)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_imports_nothing_heavy(tmp_path, command):
    assert not HEAVY & modules_after(tmp_path, command, "--help")


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
