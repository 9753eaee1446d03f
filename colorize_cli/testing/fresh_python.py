"""Another Python process that finds the same modules as this one and has imported none of them."""

import os
import sys
from collections.abc import Mapping


def command(program: str, *arguments: str) -> list[str]:
    """Return the command line that runs a program's text."""
    # -P: what lies in the working folder is not part of the program.
    return [sys.executable, "-P", "-c", program, *arguments]


def environment() -> Mapping[str, str]:
    """Return this process's environment, with the places where it looks for modules."""
    # An empty entry is the working folder.
    places = (entry or os.getcwd() for entry in sys.path)  # noqa: PTH109
    return {**os.environ, "PYTHONPATH": os.pathsep.join(places)}
