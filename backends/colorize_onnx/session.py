"""A network that ONNX Runtime's C library runs on the processor."""

import ctypes
import os
import weakref
from math import prod
from pathlib import Path
from typing import Any, Final

from colorize_onnx.library import SILENT, Library, int64s

WEIGHTS_FOLDER_KEY: Final = b"session.model_external_initializers_file_folder_path"
"""Where external weights lie, for a graph that comes from memory."""
SPINNING_KEY: Final = b"session.intra_op.allow_spinning"
"""Whether threads that have nothing to do ask again and again; that doubles the processor time of
a single picture, and takes it from whatever else decodes and encodes meanwhile."""
FLOAT: Final = 1
ARENA, DEFAULT_MEMORY = 1, 0


class Session:
    """A graph with one input and one output, ready to run. Making one takes no Python's time."""

    def __init__(
        self, library: Library, graph: bytes, *, folder: Path, threads: int, level: int
    ) -> None:
        self._library = library
        options = _options(library, folder=folder, threads=threads, level=level)
        try:
            self._session = library.made(
                "CreateSessionFromArray",
                library.environment, graph, ctypes.c_size_t(len(graph)), options,
            )  # fmt: skip
        finally:
            library.release("SessionOptions", options)
        # Its threads have to end before the process takes the library down.
        weakref.finalize(self, library.release, "Session", self._session)

    def run(
        self, address: int, shape: tuple[int, ...], *, source: str, result: str
    ) -> tuple[Any, tuple[int, ...]]:
        """Give contiguous float32 to the input of a name; return what the output gives: a copy.

        Neither needs NumPy: the one is an address, the other an array of ctypes and its shape.
        """
        library = self._library
        memory = library.made(
            "CreateCpuMemoryInfo", ctypes.c_int(ARENA), ctypes.c_int(DEFAULT_MEMORY)
        )
        given = library.made(
            "CreateTensorWithDataAsOrtValue", memory, ctypes.c_void_p(address),
            ctypes.c_size_t(4 * prod(shape)), int64s(shape), ctypes.c_size_t(len(shape)),
            ctypes.c_int(FLOAT),
        )  # fmt: skip
        library.release("MemoryInfo", memory)
        try:
            color = self._ran(given, source=source, result=result)
        finally:
            library.release("Value", given)
        try:
            return _copied(library, color)
        finally:
            library.release("Value", color)

    def _ran(self, given: ctypes.c_void_p, *, source: str, result: str) -> ctypes.c_void_p:
        one = ctypes.c_size_t(1)
        return self._library.made(
            "Run", self._session, None,
            _texts(source), ctypes.byref(given), one, _texts(result), one,
        )  # fmt: skip


def _options(library: Library, *, folder: Path, threads: int, level: int) -> ctypes.c_void_p:
    options = library.made("CreateSessionOptions")
    library.call("SetSessionLogSeverityLevel", options, ctypes.c_int(SILENT))
    library.call("SetIntraOpNumThreads", options, ctypes.c_int(threads))
    library.call("SetSessionGraphOptimizationLevel", options, ctypes.c_int(level))
    library.call("AddSessionConfigEntry", options, SPINNING_KEY, b"0")
    library.call("AddSessionConfigEntry", options, WEIGHTS_FOLDER_KEY, os.fsencode(folder))
    return options


def _texts(text: str) -> Any:
    return (ctypes.c_char_p * 1)(text.encode())


def _copied(library: Library, value: ctypes.c_void_p) -> tuple[Any, tuple[int, ...]]:
    shape = _shape(library, value)
    address = library.made("GetTensorMutableData", value).value or 0
    numbers: Any = ctypes.c_float * prod(shape)
    return numbers.from_buffer_copy(numbers.from_address(address)), shape


def _shape(library: Library, value: ctypes.c_void_p) -> tuple[int, ...]:
    info = library.made("GetTensorTypeAndShape", value)
    count = ctypes.c_size_t()
    library.call("GetDimensionsCount", info, ctypes.byref(count))
    lengths = int64s((0,) * count.value)
    library.call("GetDimensions", info, lengths, count)
    library.release("TensorTypeAndShapeInfo", info)
    return tuple(lengths)
