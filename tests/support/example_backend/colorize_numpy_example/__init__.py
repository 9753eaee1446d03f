"""The hooks of the example backend. Importing this imports no framework."""

from typing import TYPE_CHECKING

from colorize_cli.hookspecs import hookimpl

if TYPE_CHECKING:
    from .backend import NumpyBackend


@hookimpl
def colorize_inference() -> "NumpyBackend":
    """Offer NumPy for colouring."""
    from .backend import NumpyBackend

    return NumpyBackend()
