"""The source distribution is all that is needed to build, test and read the project."""

import os
import tarfile
import time
import tomllib

import pytest

from built_distributions import ROOT, built, copied_tree

RESULTS = (
    ".pyc",
    ".pt",
    ".pth",
    ".ckpt",
    ".onnx",
    ".npy",
    ".npz",
    ".sqlite",
    ".log",
    ".tmp",
    ".so",
)
"""Ends of names of what programs leave behind."""


@pytest.fixture(scope="module")
def distributions(tmp_path_factory):
    """Return a wheel built from the sdist, and the sdist."""
    folder = tmp_path_factory.mktemp("distributions")
    wheel, sdist = built(copied_tree(folder / "tree"), folder / "out")
    return wheel, sdist


@pytest.fixture(scope="module")
def names(distributions):
    """Return the paths of the files within the sdist's one folder."""
    with tarfile.open(distributions[1]) as archive:
        assert all(entry.isfile() for entry in archive)
        return {entry.name.partition("/")[2] for entry in archive}


def test_it_holds_every_file_of_the_project_but_what_serves_the_repository(names):
    copied = {
        str(path.relative_to(ROOT))
        for folder in _listed()
        for path in ([ROOT / folder] if (ROOT / folder).is_file() else (ROOT / folder).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".so"
    }
    # The build adds these by itself.
    assert copied | {"pyproject.toml", "PKG-INFO", ".gitignore"} >= names
    assert copied <= names


def test_every_folder_and_page_at_the_top_of_the_project_is_listed():
    results = {"__pycache__", "dist", "build", "runs", "colorize-data"}
    tops = (path for path in ROOT.iterdir() if not path.name.startswith("."))
    found = {path.name for path in tops if path.is_dir() or path.suffix in ("", ".md", ".py")}
    assert found - results == set(_listed())


def test_nothing_is_in_it_that_a_program_has_left_behind(names):
    assert not [name for name in names if name.endswith(RESULTS)]


def test_two_builds_in_different_places_and_times_give_the_same_bytes(
    distributions, tmp_path, monkeypatch
):
    """One from the tree, of other modes and times, and one by way of the sdist."""
    before = os.umask(0o077)
    try:
        tree = copied_tree(tmp_path / "elsewhere" / "tree")
    finally:
        os.umask(before)
    past = time.time() - 1_000_000
    for path in tree.rglob("*"):
        os.utime(path, (past, past))
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    (wheel,) = built(tree, tmp_path / "out", "--wheel")
    assert wheel.name == distributions[0].name
    assert wheel.read_bytes() == distributions[0].read_bytes()


def _listed():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return settings["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"]
