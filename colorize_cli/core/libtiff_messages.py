"""Keep libtiff from printing lines of its own on stderr; what fails is raised by Pillow anyway."""

import ctypes
import logging
from functools import cache
from types import ModuleType
from typing import Final

HANDLERS: Final = (
    "TIFFSetErrorHandler",
    "TIFFSetErrorHandlerExt",
    "TIFFSetWarningHandler",
    "TIFFSetWarningHandlerExt",
)
"""Each takes a function or NULL for none, for the whole process (libtiff, TIFFError(3))."""


@cache
def silence_libtiff() -> None:
    """Let the libtiff that Pillow is linked with print nothing, in this process, from now on.

    Where it cannot be reached, as in a Pillow that contains it without its names, it prints.
    """
    from PIL import _imaging

    library = _library_of(_imaging)
    for name in HANDLERS:
        setter = getattr(library, name, None)
        if setter is not None:
            setter.argtypes, setter.restype = [ctypes.c_void_p], ctypes.c_void_p
            setter(None)


def _library_of(module: ModuleType) -> ctypes.CDLL | None:
    """Open an extension module again: names are looked up in all that it is linked with."""
    try:
        return ctypes.CDLL(str(module.__file__))
    except OSError as error:
        logging.getLogger(__name__).debug("libtiff keeps its messages: %s", error)
        return None
