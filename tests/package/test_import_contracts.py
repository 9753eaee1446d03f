"""The import contracts hold, and each of them is able to fail."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("colorize_cli", "backends", "trainers")
PLANTED = {
    "core": ("colorize_cli/core/errors.py", "import colorize_cli.console"),
    "layers": ("colorize_cli/hookspecs.py", "import colorize_cli.plugins"),
    "apart": ("trainers/colorize_trainers/__init__.py", "import colorize_torch"),
    "plugged": ("colorize_cli/commands/backends.py", "import colorize_onnx"),
    "contract-only": ("backends/colorize_onnx/backend.py", "import colorize_cli.plugins"),
    "trainers": ("trainers/colorize_trainers/__init__.py", "import colorize_cli.hookspecs"),
    "frameworks": ("trainers/colorize_trainers/__init__.py", "import torch"),
    "rich": ("colorize_cli/commands/backends.py", "import rich"),
}
"""For each contract, by its id, a file and an import that breaks it."""


def read_contracts():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    return {contract["id"]: contract["name"] for contract in contracts}


def lint(folder):
    """Run the linter on a tree; its packages come before installed ones."""
    packages = os.pathsep.join(str(folder / name) for name in ("", "backends", "trainers"))
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": packages, "COLUMNS": "300"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    colours = r"\x1b\[\d*m"
    return result.returncode, re.sub(colours, "", result.stdout) + result.stderr


@pytest.fixture
def tree(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__", "*.safetensors")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    return tmp_path


def test_every_contract_holds(tree):
    status, report = lint(tree)
    assert status == 0, report
    for name in read_contracts().values():
        assert f"{name} KEPT" in report


def test_every_contract_has_its_planted_fault():
    assert PLANTED.keys() == read_contracts().keys()


@pytest.mark.parametrize("identifier", PLANTED)
def test_a_contract_fails_where_it_is_broken(tree, identifier):
    name, line = PLANTED[identifier]
    with (tree / name).open("a") as file:
        file.write(f"\n{line}\n")
    status, report = lint(tree)
    assert status == 1
    assert f"{read_contracts()[identifier]} BROKEN" in report
