"""What several tests of the compiled loops need."""

from pathlib import Path

import pytest

from colorize_cli.core import compiled_library
from compiled_libraries import compile_into


@pytest.fixture(scope="session")
def library(tmp_path_factory) -> Path:
    """Compile the loops of this very tree, elsewhere."""
    return compile_into(tmp_path_factory.mktemp("tree"))


@pytest.fixture
def in_both_ways(library, monkeypatch):
    """Return what a function gives with the compiled loops, and what it gives without them."""

    def call(function):
        results = []
        for place in (library, library.with_name("nothing")):
            monkeypatch.setattr(compiled_library, "PLACE", place)
            assert (compiled_library.compiled_loops() is None) == (place != library)
            results.append(function())
        return results

    return call
