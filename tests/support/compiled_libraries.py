"""The compiled loops of this very tree, and functions done with them and without."""

import shutil
from pathlib import Path

import pytest

from build_hook import hatch_build
from built_distributions import ROOT

needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no compiler")


def compile_into(tree: Path) -> Path:
    """Compile the sources of this tree within another one; return the library."""
    sources = ROOT / hatch_build.FOLDER
    shutil.copytree(sources, tree / hatch_build.FOLDER, ignore=shutil.ignore_patterns("*.so"))
    assert hatch_build.reason_not_compiled(tree) is None
    return tree / hatch_build.RESULT
