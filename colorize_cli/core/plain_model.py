"""A model file as the bytes that it is: what it is and what identifies it, without NumPy.

Whatever is not plainly a whole and sound file of ours is left to `core.model_file`, which says what
is wrong with it.
"""

import mmap
from collections.abc import Mapping
from ctypes import addressof, c_char
from math import prod
from pathlib import Path
from typing import Any, Final, NamedTuple

from colorize_cli.core.architecture import GeneratorSpec, build_generator
from colorize_cli.core.compiled_library import CompiledLoops
from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.layers import parameters
from colorize_cli.core.model_file import check_header, digest_of
from colorize_cli.core.tensor_file import read_entries

UNSOUND: Final = (
    *(BadConfigError, OSError, ValueError, TypeError, LookupError, AttributeError),
    *(ArithmeticError, RecursionError),
)
"""What reading a file raises that strangers have made."""


class PlainModel(NamedTuple):
    """A model in a file: its generator, and where each array lies, as (offset, length)."""

    path: Path
    generator: GeneratorSpec
    places: Mapping[str, tuple[int, int]]

    def identity(self, loops: CompiledLoops, *, is_mapped: bool = False) -> str | None:
        """Return `Model.identity`; None if the file holds what is no number, or cannot be read.

        A file that nobody writes to may be mapped, which is sooner done than to copy it.
        """
        try:
            content = _mapped(self.path) if is_mapped else _copied(self.path)
        except (OSError, ValueError):
            return None
        arrays = {name: content[at : at + size] for name, (at, size) in self.places.items()}
        for part in arrays.values():
            if not loops.all_finite(addressof(c_char.from_buffer(part)), len(part) // 4):
                return None
        return digest_of(self.generator, arrays)


def plain_model(path: Path) -> PlainModel | None:
    """Return the model of a file, None where that is not plainly sound."""
    try:
        header, entries, start = read_entries(path)
        if not isinstance(header, Mapping):
            return None
        check_header(header)
        generator = GeneratorSpec.from_dict(header["generator"])
        expected = {
            entry.name: list(entry.shape) for entry in parameters(build_generator(generator))
        }
        places = _places(entries, start, path.stat().st_size)
    except UNSOUND:
        return None
    shapes = {name: entry["shape"] for name, entry in entries.items()}
    return None if places is None or shapes != expected else PlainModel(path, generator, places)


def _places(
    entries: Mapping[str, Any], start: int, length: int
) -> dict[str, tuple[int, int]] | None:
    """Return where arrays of float32 lie, one behind the other up to the end of the file."""
    if start % 4:
        return None
    places, end = {}, 0
    for name, entry in sorted(entries.items(), key=lambda item: item[1]["data_offsets"]):
        first, behind = entry["data_offsets"]
        if entry["dtype"] != "F32" or first != end or behind - first != 4 * prod(entry["shape"]):
            return None
        places[name], end = (start + first, behind - first), behind
    return places if start + end == length else None


def _mapped(path: Path) -> memoryview:
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))


def _copied(path: Path) -> memoryview:
    return memoryview(bytearray(path.read_bytes()))
