"""What happens before each picture is coloured, with NumPy or without."""

from collections.abc import Callable

import pytest

from colorize_cli.core import pipeline, plain_coloring


def before_coloring(monkeypatch: pytest.MonkeyPatch, happen: Callable[[], object]) -> None:
    """Let something happen, or be raised, before each picture of this process is coloured."""
    for module, name in ((pipeline, "colorize"), (plain_coloring, "colorize_plain")):
        color = getattr(module, name)

        def happening(*arguments, _color=color, **settings):
            happen()
            return _color(*arguments, **settings)

        monkeypatch.setattr(module, name, happening)
