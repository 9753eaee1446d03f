"""Every console line of the documentation is run as it stands; training is scaled down."""

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from manual_pages import (
    INDEX,
    PAGES,
    ROOT,
    broken_links,
    console_lines,
    links,
    unknown_words,
    write_files,
)

pytest.importorskip("torch")

README = ROOT / "README.md"
NOT_RUN = ("design", "distributed", "paper", "natural")
"""Pages whose console lines take hours, several processes or photos that are not here."""

RUN = [
    page for page in PAGES if page.parent.name == "docs" and page.stem not in ("README", *NOT_RUN)
]
"""Pages of `docs` that take for granted that there is a dataset and a run."""

TOOLS = ("jq", "make", "parallel")
"""Programs that not every machine has: without them, lines that call them are only read."""

PIP_INSTALL = (
    "python -m pip install --quiet --disable-pip-version-check --no-index --no-deps"
    " --no-build-isolation --target site "
)
SCALED_DOWN = " --epochs 1 --limit 2 --device cpu"


@pytest.fixture(scope="module")
def taken_for_granted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder that holds what the README takes for granted."""
    home = tmp_path_factory.mktemp("taken") / "home"
    random = np.random.default_rng(0)
    for folder in ("birds/finch", "birds/owl", "photos", "scans", "incoming"):
        (home / folder).mkdir(parents=True)
        for number in range(3):
            coarse = random.integers(0, 256, (9, 9, 3), dtype=np.uint8)
            photo = Image.fromarray(coarse).resize((160, 160), Image.Resampling.BICUBIC)
            is_old = folder in ("scans", "incoming")
            (photo.convert("L") if is_old else photo).save(home / folder / f"{number}.jpg")
    photo.convert("L").save(home / "gray.png")
    photo.convert("L").save(home / "gray.jpg")
    photo.save(home / "reference.jpg")
    strokes = Image.new("RGBA", photo.size)
    strokes.paste((90, 110, 180, 255), (40, 40, 80, 50))
    strokes.save(home / "strokes.png")
    return home


@pytest.fixture(scope="module")
def home(taken_for_granted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder for the lines of the README."""
    place = tmp_path_factory.mktemp("readme") / "home"
    return Path(shutil.copytree(taken_for_granted, place))


@pytest.fixture(scope="module")
def workplace(taken_for_granted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder that holds a dataset of six photos, half of them to test, and a run as well."""
    place = tmp_path_factory.mktemp("workplace") / "home"
    shutil.copytree(taken_for_granted, place)
    made = np.random.default_rng(0).normal(size=(2, 3, 4))
    np.savez(place / "mine.npz", model=made[0], truth=made[1])
    for line in ("colorize prep birds --test-share 0.5", "colorize train"):
        ended = run_line(line, place)
        assert ended.returncode == 0, ended.stderr
    return place


def test_every_line_works_in_the_order_of_the_page(home: Path) -> None:
    lines = [line for line in console_lines(README) if not line.startswith("python3 -m venv")]
    assert len(lines) >= 10
    run_lines(lines, home)


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_every_line_of_the_other_pages_works(page: Path, workplace: Path, tmp_path: Path) -> None:
    lines = console_lines(page)
    assert lines
    # Some lines move files away that the next page takes for granted.
    home = Path(shutil.copytree(workplace, tmp_path / "home"))
    write_files(page, home)
    run_lines(lines, home)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    assert broken_links(page) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_no_command_or_option_that_is_not_there(page: Path) -> None:
    assert unknown_words(page) == []


def test_every_page_is_reached_from_the_index_and_the_index_from_the_readme() -> None:
    reached = {(INDEX.parent / link.partition("#")[0]).resolve() for link in links(INDEX)}
    assert {page for page in PAGES if "docs" in page.parts} <= {*reached, INDEX}
    assert "docs/README.md" in links(README)


def test_what_is_wrong_on_a_page_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One `run`\n`colorize paint x`, `colorize run --sepia`, `--no-such`, `--strength 2`\n"
        "[a](#one-run) [b](#two) [c](no.md)\n```\ncolorize run -qr scans | colorize run -Z\n```\n"
    )
    assert unknown_words(page) == ["paint x", "run --sepia", "run -Z", "--no-such"]
    assert broken_links(page) == ["#two", "no.md"]


def run_lines(lines: list[str], home: Path) -> None:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    for number, line in enumerate(lines):
        if any(re.search(rf"\b{tool} ", f"{line} ") for tool in missing):
            continue
        ended = run_line(line, home)
        assert ended.returncode == 0, f"{line}\n{ended.stderr}"
        if " run " in line or line.startswith("colorize export"):
            for written in re.findall(r"(?:-o|--output-dir|>) (\S+)", line):
                is_read = re.compile(rf"(?<!-o )(?<!-dir )(?<!> )(?<!\S){re.escape(written)}(?!\S)")
                if not any(is_read.search(later) for later in lines[number + 1 :]):
                    clear(home / written)


def run_line(line: str, home: Path) -> subprocess.CompletedProcess[str]:
    if line.startswith("colorize train") and "--resume" not in line:
        line += SCALED_DOWN
        # A model to begin with is as wide as it is.
        line += "" if "--from" in line else " --base-width 2"
    if line.startswith("colorize watch ") and "--once" not in line:
        line = line.replace("colorize watch ", "colorize watch --once ")
    # No test installs into the environment that it runs in, nor asks a registry.
    line = line.replace("pip install ", PIP_INSTALL)
    runs = sorted((home / "runs").glob("*"), key=lambda path: path.stat().st_mtime)
    if runs:
        line = line.replace("runs/RUN", f"runs/{runs[-1].name}")
    scripts = sysconfig.get_path("scripts")
    environment = {"PATH": f"{scripts}:/usr/bin:/bin", "PYTHONPATH": str(home / "site")}
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=home,
        env={**environment, "HOME": str(home), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=400,
    )


def clear(path: Path) -> None:
    """Take a result away once it was seen, so that the next line may write it anew."""
    assert path.exists(), path
    if path.is_dir():
        assert {mode_of(file) for file in path.iterdir()} == {"RGB"}
        shutil.rmtree(path)
        return
    if path.suffix == ".png":
        assert mode_of(path) == "RGB"
    path.unlink()


def mode_of(path: Path) -> str:
    with Image.open(path) as picture:
        return picture.mode


def test_the_page_opens_with_a_picture_and_two_commands_that_set_all_up() -> None:
    text = README.read_text("utf-8")
    picture = re.search(r"!\[[^]]+\]\(([^)]+)\)", text)
    assert picture is not None
    assert (README.parent / picture[1]).is_file()
    first, second = [line for line in console_lines(README) if line.startswith("python3 -m venv")]
    assert text.index(picture[0]) < text.index(first) < text.index(second)
    assert "< examples/nuthatch-gray.jpg" in first
    assert (README.parent / "examples/nuthatch-gray.jpg").is_file()
    assert second.endswith(".venv/bin/pytest")


def test_the_table_of_exit_statuses_is_the_programs_own() -> None:
    from colorize_cli.core.errors import ExitStatus

    text = (ROOT / "docs" / "batch.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| ", text, re.MULTILINE)
    assert [int(row) for row in rows] == sorted(ExitStatus)


def test_the_recipes_of_the_page_are_the_programs_own() -> None:
    from colorize_trainers.recipes import RECIPES

    text = (ROOT / "docs" / "train.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z][\w-]+)` \|(.*batch .*)$", text, re.MULTILINE))
    assert list(rows) == list(RECIPES)
    for name, recipe in RECIPES.items():
        assert f"batch {recipe.batch_size}, {recipe.epochs} epochs" in rows[name]


def test_help_lists_every_command_that_the_page_shows() -> None:
    shown = {line.split()[1] for line in console_lines(README) if line.startswith("colorize ")}
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "colorize_cli", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown <= set(re.findall(r"^  (\w+)", ended.stdout, re.MULTILINE))
