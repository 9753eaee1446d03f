"""The backend that comes with colorize, known without a look at all that is installed.

To look takes 50 ms, as long as a picture, and the most common answer is this one.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from colorize_cli.core.config import read_config

if TYPE_CHECKING:
    from colorize_cli.core.backend import Backend

VARIABLE: Final = "COLORIZE_BACKEND"
PACKAGE: Final = "colorize_onnx"


def wanted_backend(requested: str | None = None) -> str | None:
    """Return the name that was requested or is set, None if that is left to colorize."""
    return requested or os.environ.get(VARIABLE) or read_config().backend


def embedded_backend(requested: str | None = None) -> "Backend | None":
    """Return the embedded backend if no name is wanted and its framework is installed.

    A package that offers another backend under its name counts only where that name is wanted.
    """
    if wanted_backend(requested):
        return None
    try:
        backend: Any = import_module(PACKAGE).colorize_inference()
    except ModuleNotFoundError:
        return None
    found: Backend | None = backend if backend.is_installed else None
    return found
