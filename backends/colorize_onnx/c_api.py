"""The C library of ONNX Runtime, which its Python package brings, without that package.

The package needs NumPy and takes as long again to import; the library is loaded, and makes a
session, in a thread of its own while Python is busy elsewhere. The functions are those of
`OrtApi` in `onnxruntime_c_api.h`, whose places in that table never change.
"""

import ctypes
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

API_VERSION: Final = 21
"""The first whose sessions look for weights in a folder that they are told."""
OLDEST: Final = (1, API_VERSION)
FUNCTIONS: Final = {
    "GetErrorMessage": 2,
    "CreateEnv": 3,
    "CreateSessionFromArray": 8,
    "Run": 9,
    "CreateSessionOptions": 10,
    "SetSessionLogSeverityLevel": 22,
    "SetSessionGraphOptimizationLevel": 23,
    "SetIntraOpNumThreads": 24,
    "CreateTensorWithDataAsOrtValue": 49,
    "GetTensorMutableData": 51,
    "GetDimensionsCount": 61,
    "GetDimensions": 62,
    "GetTensorTypeAndShape": 65,
    "CreateCpuMemoryInfo": 69,
    "ReleaseStatus": 93,
    "ReleaseMemoryInfo": 94,
    "ReleaseSession": 95,
    "ReleaseValue": 96,
    "ReleaseTensorTypeAndShapeInfo": 99,
    "ReleaseSessionOptions": 100,
    "AddSessionConfigEntry": 130,
    "AddExternalInitializersFromFilesInMemory": 279,
}
"""Their places in the table."""
SLOW: Final = frozenset({"CreateEnv", "CreateSessionFromArray", "Run", "ReleaseSession"})
"""Other threads of Python run meanwhile. After each such call this one has to wait for its turn, up
to 5 ms where another is busy importing: not so after those that are done at once."""
SILENT: Final = 4
"""Only fatal errors are logged: what goes wrong is raised as well."""
NAMES: Final = (("libonnxruntime.so.", ""), ("libonnxruntime.", ".dylib"))
"""How the library's name begins and ends."""


class LibraryError(Exception):
    """The library is not there, too old, or refuses something."""


class Library:
    """The functions of the library; what they refuse is raised."""

    def __init__(self, path: Path) -> None:
        self._handle = _opened(path)
        base = ctypes.cast(self._handle.OrtGetApiBase(), ctypes.POINTER(ctypes.c_void_p * 2))
        get_api, get_version = (address or 0 for address in base.contents)
        version = ctypes.PYFUNCTYPE(ctypes.c_char_p)(get_version)().decode()
        major, minor, *_ = version.split(".")
        if (int(major), int(minor)) < OLDEST:
            raise LibraryError(f"onnxruntime {version} is too old")
        table = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_uint32)(get_api)(API_VERSION)
        if not table:
            raise LibraryError(f"onnxruntime {version} has another interface")
        self._table: Any = (ctypes.c_void_p * (max(FUNCTIONS.values()) + 1)).from_address(table)
        self.environment = self.made("CreateEnv", ctypes.c_int(SILENT), b"colorize")
        """Of all sessions; it lives as long as the process."""

    def call(self, name: str, *arguments: Any) -> None:
        """Call a function that returns a status. Raises LibraryError with what it says."""
        status = self._function(name)(*arguments)
        if status:
            told = self._function("GetErrorMessage", ctypes.c_char_p)(ctypes.c_void_p(status))
            self.release("Status", ctypes.c_void_p(status))
            raise LibraryError(told.decode("utf-8", "replace"))

    def made(self, name: str, *arguments: Any) -> ctypes.c_void_p:
        """Call a function whose last argument takes the thing that it makes, and return that."""
        thing = ctypes.c_void_p()
        self.call(name, *arguments, ctypes.byref(thing))
        return thing

    def release(self, kind: str, thing: ctypes.c_void_p) -> None:
        """Free a thing."""
        self._function(f"Release{kind}", None)(thing)

    def _function(self, name: str, result: Any = ctypes.c_void_p) -> Any:
        # Without declared arguments: all that is given is of ctypes, or a pointer.
        prototype = ctypes.CFUNCTYPE if name in SLOW else ctypes.PYFUNCTYPE
        return prototype(result)(self._table[FUNCTIONS[name]])


def find_library(package: Path) -> Path:
    """Return the library within the Python package. Raises LibraryError if there is none."""
    with suppress(OSError):
        for name in sorted(os.listdir(package / "capi")):  # noqa: PTH208 - a third of the time
            if any(name.startswith(start) and name.endswith(end) for start, end in NAMES):
                return package / "capi" / name
    raise LibraryError("no C library is there")


@cache
def load_library(path: Path) -> Library:
    """Return the library, loaded once. Raises LibraryError."""
    try:
        return Library(path)
    except (OSError, AttributeError, ValueError) as error:
        raise LibraryError(str(error)) from error


def int64s(numbers: Sequence[int]) -> Any:
    """Return numbers as an array of C."""
    return (ctypes.c_int64 * len(numbers))(*numbers)


def _opened(path: Path) -> ctypes.CDLL:
    """Open a library, letting other threads go on meanwhile, which ctypes alone does not."""
    program = ctypes.CDLL(None)
    program.dlopen.argtypes = (ctypes.c_char_p, ctypes.c_int)
    program.dlopen.restype = ctypes.c_void_p
    handle = program.dlopen(os.fsencode(path), os.RTLD_NOW | os.RTLD_LOCAL)
    if not handle:
        raise LibraryError("it cannot be loaded")
    library = ctypes.CDLL(str(path), handle=handle)
    library.OrtGetApiBase.restype = ctypes.c_void_p
    return library
