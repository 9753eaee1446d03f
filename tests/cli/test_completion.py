"""Completions in the shells that are here, each started once, in a folder with awkward names."""

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from command_line import clean_environment, run_colorize
from shells import Offers, bash_offers, fish_offers, zsh_offers

ROOT = Path(__file__).parents[2]
SHELLS: dict[str, tuple[str, Callable[..., Offers]]] = {
    "bash": ("colorize.bash", bash_offers),
    "zsh": ("_colorize", zsh_offers),
    "fish": ("colorize.fish", fish_offers),
}
FOLDERS = ["colored", "my photos", "runs"]
PHOTOS = ["my gray.PNG", "photo.jpg"]
RUNS = ["runs/a", "runs/b"]
COMMANDS = [
    *("backends", "completion", "doctor", "eval", "export", "help", "info"),
    *("prep", "report", "run", "train", "watch"),
]

ALIKE: dict[str, list[str]] = {
    "colorize ": COMMANDS,
    "colorize --v": ["--version"],
    "colorize run --max": ["--max-pixels"],
    "colorize train --warm": ["--warm-up-epochs"],
    "colorize backends ": ["check"],
    "colorize backends --j": ["--json"],
    "colorize backends check --j": ["--json"],
    "colorize help tr": ["train"],
    "colorize completion ": ["bash", "fish", "zsh"],
    "colorize run --precision ": ["auto", "bfloat16", "float32"],
    "colorize train --loss h": ["hinge"],
    "colorize run --format ": ["gif", "jpeg", "png", "tiff", "webp"],
    "colorize run --strength ": [],
    "colorize run ": sorted([*FOLDERS, *PHOTOS]),
    "colorize run -o result.png ph": ["photo.jpg"],
    "colorize run --strength 1 ph": ["photo.jpg"],
    "colorize run my": ["my gray.PNG", "my photos"],
    "colorize run my\\ g": ["my gray.PNG"],
    "colorize run photo.jpg --only-g": ["--only-gray"],
    "colorize run -- --only-g": [],
    "colorize run -- ph": ["photo.jpg"],
    "colorize run --output-dir ": FOLDERS,
    "colorize run --model ": sorted([*FOLDERS, "m.safetensors", "natural", "runs/b", "x.onnx"]),
    "colorize run -m na": ["natural"],
    "colorize train --recipe paper-s": ["paper-skip"],
    "colorize train --resume --ep": ["--epochs"],
    "colorize prep ": FOLDERS,
}
"""Lines for which all shells offer the same."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("place") / "here"
    for folder in (*FOLDERS, *RUNS):
        (place / folder).mkdir(parents=True, exist_ok=True)
    for name in (*PHOTOS, "notes.txt", "m.safetensors", "x.onnx", "runs/a/config.json"):
        (place / name).touch()
    for name in ("config.json", "model.safetensors"):
        (place / "runs/b" / name).touch()
    return place


@pytest.fixture(scope="module", params=SHELLS)
def offers(request: pytest.FixtureRequest, place: Path) -> Offers:
    shell = request.param
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell} here")
    script, ask = SHELLS[shell]
    traps = place.with_name(f"{shell}-traps")
    set_traps(traps)
    found = ask(ROOT / "completions" / script, place, list(ALIKE), PATH=f"{traps}:/usr/bin:/bin")
    # What all shells offer alike is known to their scripts.
    assert not (traps / "sprung").exists()
    return found


def set_traps(folder: Path) -> None:
    """Make programs that leave a sign if somebody starts the program or Python."""
    folder.mkdir()
    for name in ("colorize", "python", "python3"):
        (folder / name).write_text(f"#!/bin/sh\ntouch {folder}/sprung\n", "utf-8")
        (folder / name).chmod(0o755)


@pytest.mark.parametrize("line", ALIKE)
def test_tab_offers(line: str, offers: Offers) -> None:
    found = offers[line]
    # A bundled model may have been added; what belongs to the folder and the options may not.
    assert set(found) >= set(ALIKE[line])
    assert set(found) - set(ALIKE[line]) <= bundled_models()


def bundled_models() -> set[str]:
    return {path.stem for path in (ROOT / "colorize_cli/models").glob("*.safetensors")}


@pytest.mark.parametrize("shell", SHELLS)
def test_names_of_backends_are_asked_of_the_program_and_runs_of_the_disk(
    shell: str, place: Path
) -> None:
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell} here")
    script, ask = SHELLS[shell]
    lines = ["colorize backends check ", "colorize run --backend t", "colorize report runs/"]
    path = f"{sysconfig.get_path('scripts')}:/usr/bin:/bin"
    found = ask(ROOT / "completions" / script, place, lines, PATH=path)
    assert {"onnx", "openvino", "tensorflow", "torch"} <= set(found[lines[0]])
    assert found[lines[1]] == ["tensorflow", "torch"]
    # Some shells give the whole path, some what comes after the part that is there.
    assert {name.removeprefix("runs/") for name in found[lines[2]]} == {"a", "b"}


def test_bash_completes_a_value_after_an_equals_sign(place: Path) -> None:
    line = "colorize run --quality=b"
    assert bash_offers(ROOT / "completions/colorize.bash", place, [line])[line] == ["best"]


@pytest.mark.parametrize("shell", SHELLS)
def test_nothing_is_complained_of_where_there_are_no_runs(shell: str, tmp_path: Path) -> None:
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell} here")
    script, ask = SHELLS[shell]
    empty = tmp_path / "empty"
    empty.mkdir()
    lines = ["colorize run --model ", "colorize report "]
    found = ask(ROOT / "completions" / script, empty, lines)
    assert (set(found[lines[0]]), found[lines[1]]) == (bundled_models(), [])


@pytest.mark.parametrize("shell", SHELLS)
def test_the_command_prints_what_is_committed(shell: str, tmp_path: Path) -> None:
    result = run_colorize(tmp_path, "completion", shell)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == (ROOT / "completions" / SHELLS[shell][0]).read_bytes()


def test_another_shell_is_refused_with_those_there_are(tmp_path: Path) -> None:
    result = run_colorize(tmp_path, "completion", "tcsh")
    assert result.returncode == 2
    assert b"'bash', 'zsh', 'fish'" in result.stderr


def test_names_of_backends_come_before_anything_else_is_loaded(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['colorize', 'completion', '--backends']\n"
        "from colorize_cli import __main__ as program\n"
        "program._leave_at_once = sys.exit\n"
        "try: program.main()\n"
        "except SystemExit as end: sys.stderr.write(f'{end.code} ' + ' '.join(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=clean_environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    status, *modules = result.stderr.split()
    assert status == "0"
    assert {"onnx", "openvino", "tensorflow", "torch"} <= set(result.stdout.split())
    assert not {"typer", "numpy", "pluggy", "colorize_cli.main", "colorize_cli.plugins"} & {
        *modules
    }
