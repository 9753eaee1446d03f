"""The hooks by which a plug-in offers a backend: one for each thing it can do.

A plug-in is a module named by an entry point of the group `colorize.backends`. It implements
one or both hooks with `hookimpl`; importing it must not import its framework.
"""

from typing import TYPE_CHECKING, Final

import pluggy

if TYPE_CHECKING:
    from colorize_cli.core.backend import Backend, TrainingBackend

PROJECT: Final = "colorize"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec(firstresult=True)
def colorize_inference() -> "Backend | None":
    """Return a backend that colours."""
    return None


@hookspec(firstresult=True)
def colorize_training() -> "TrainingBackend | None":
    """Return a backend that trains; the same object as `colorize_inference` may give."""
    return None
