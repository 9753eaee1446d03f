"""The constraints keep to pyproject.toml: its lower bounds, and versions within its bounds."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
REQUIRED = [Requirement(line) for line in PROJECT["dependencies"]]
EXTRAS = [
    Requirement(line) for lines in PROJECT["optional-dependencies"].values() for line in lines
]


def pinned(name):
    """Return the version of each distribution that a file of constraints names."""
    lines = (ROOT / "constraints" / name).read_text("utf-8").splitlines()
    entries = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert all(len(entry.specifier) == 1 for entry in entries)
    return {canonicalize_name(entry.name): next(iter(entry.specifier)).version for entry in entries}


def test_the_lowest_versions_are_the_lower_bounds_of_what_is_always_installed():
    bounds = {
        canonicalize_name(entry.name): Version(part.version)
        for entry in REQUIRED
        for part in entry.specifier
        if part.operator == ">="
    }
    lowest = {name: Version(version) for name, version in pinned("lowest.txt").items()}
    assert lowest == bounds
    assert len(bounds) == len(REQUIRED)


@pytest.mark.parametrize("entry", [*REQUIRED, *EXTRAS], ids=str)
def test_the_tested_versions_are_within_the_bounds(entry):
    assert entry.specifier.contains(pinned("tested.txt")[canonicalize_name(entry.name)])
