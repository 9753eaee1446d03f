"""A network that ONNX Runtime's C library runs on the processor."""

import ctypes
import mmap
import os
import weakref
from math import prod
from pathlib import Path
from typing import Any, Final

from colorize_onnx.c_api import SILENT, Library, int64s

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
        self,
        library: Library,
        graph: bytes,
        *,
        weights: Path,
        threads: int,
        level: int,
        is_mapped: bool = False,
    ) -> None:
        """Make the graph ready, whose weights lie in a file.

        It is opened for each of them; where operators are merged, that is several times, and to map
        it once takes a quarter less. Raises LibraryError, and OSError if it cannot be mapped.
        """
        self._library = library
        options = _options(library, folder=weights.parent, threads=threads, level=level)
        try:
            # Read until the session is made, which then has all that it needs.
            content = _mapped_for(library, options, weights) if is_mapped else None
            self._session = library.made(
                "CreateSessionFromArray",
                library.environment, graph, ctypes.c_size_t(len(graph)), options,
            )  # fmt: skip
            del content
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


def _mapped_for(library: Library, options: ctypes.c_void_p, path: Path) -> mmap.mmap:
    """Tell the options what is in a file, by the name that the graph has for it."""
    with path.open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    start = ctypes.addressof(ctypes.c_char.from_buffer(content))
    library.call(
        "AddExternalInitializersFromFilesInMemory", options,
        _texts(path.name), (ctypes.c_void_p * 1)(start), (ctypes.c_size_t * 1)(len(content)),
        ctypes.c_size_t(1),
    )  # fmt: skip
    return content


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
