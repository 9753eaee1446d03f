"""safetensors files with one JSON header of ours: models and checkpoints. Never pickle.

The format is that of safetensors 0.x: eight bytes of header length, a JSON header, then raw
little-endian arrays. Our header stands in its metadata under the key `colorize`.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from colorize_cli.core.errors import BadConfigError, NoInputError
from colorize_cli.core.outputs import replacing

if TYPE_CHECKING:
    from numpy.typing import NDArray

METADATA_KEY: Final = "colorize"
GREATEST_OUTLINE: Final = 100_000_000
"""Bytes of a header that safetensors reads at most."""


def write_tensors(
    path: Path, tensors: "Mapping[str, NDArray[Any]]", header: Mapping[str, Any]
) -> None:
    """Write arrays and a header, atomically; the same content gives the same bytes.

    Raises CannotCreateError, NoPermissionError or OutputError.
    """
    import numpy as np
    from safetensors.numpy import save_file

    # Not ascontiguousarray, which makes arrays of no dimension into arrays of one.
    contiguous = {name: np.asarray(tensors[name], order="C") for name in sorted(tensors)}
    text = json.dumps(header, sort_keys=True, ensure_ascii=False)
    with replacing(path) as temporary, _system_errors():
        save_file(contiguous, temporary, metadata={METADATA_KEY: text})


def read_header(path: Path) -> dict[str, Any]:
    """Read our header alone. Raises NoInputError, or BadConfigError if it is no such file."""
    with _opened(path) as file:
        return _parse(path, file.metadata() or {})


def read_tensors(path: Path) -> "tuple[dict[str, NDArray[Any]], dict[str, Any]]":
    """Read all arrays and the header. Raises NoInputError or BadConfigError."""
    from safetensors import SafetensorError

    with _opened(path) as file:
        header = _parse(path, file.metadata() or {})
        try:
            # safe_open has no annotations.
            return {name: file.get_tensor(name) for name in file.keys()}, header  # noqa: SIM118
        except (SafetensorError, AttributeError, TypeError, ValueError) as error:
            # Of types that NumPy has not, or of too many dimensions.
            raise BadConfigError("damaged: its arrays cannot be read", path=path) from error


def map_tensors(path: Path) -> "tuple[dict[str, NDArray[Any]], dict[str, Any]] | None":
    """Return what `read_tensors` does, with arrays that are private maps of the file.

    None unless it is a plain file of ours: float32, one array behind the other up to its end. Pages
    are read when they are touched, and copied when they are changed; nobody may shorten the file.
    """
    try:
        metadata, entries, start = _outline(path)
        header = json.loads(metadata[METADATA_KEY])
        arrays = _mapped(path, entries, start)
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return None
    return None if arrays is None or not isinstance(header, dict) else (arrays, header)


def let_go(arrays: "Iterable[NDArray[Any]]") -> None:
    """Give back the memory of unchanged arrays of `map_tensors`, until they are read again."""
    import mmap

    bases: dict[int, object] = {id(array.base): array.base for array in arrays}
    for content in bases.values():
        if isinstance(content, mmap.mmap):
            content.madvise(mmap.MADV_DONTNEED)


def _mapped(path: Path, entries: Mapping[str, Any], start: int) -> "dict[str, NDArray[Any]] | None":
    import mmap

    import numpy as np

    with path.open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    arrays: dict[str, NDArray[Any]] = {}
    end = start
    for name, entry in sorted(entries.items(), key=lambda item: item[1]["data_offsets"]):
        arrays[name] = np.ndarray(entry["shape"], "<f4", content, end)
        ends = [end - start, end - start + arrays[name].nbytes]
        if entry["dtype"] != "F32" or entry["data_offsets"] != ends:
            return None
        end += arrays[name].nbytes
    return arrays if end == len(content) else None


def tensor_offsets(path: Path) -> dict[str, tuple[int, int]]:
    """Return where in the file each array lies, as (offset, length) in bytes.

    Engines that map weights from the file itself need this; the file must be a valid one.
    """
    return _places(*_outline(path)[1:])


def read_outline(path: Path) -> tuple[dict[str, Any], dict[str, tuple[int, int]]]:
    """Return our header and `tensor_offsets` of a valid file, without NumPy.

    Raises an OSError, a ValueError, a TypeError or a LookupError where it is none.
    """
    metadata, entries, start = _outline(path)
    return json.loads(metadata[METADATA_KEY]), _places(entries, start)


def read_entries(path: Path) -> tuple[dict[str, Any], dict[str, Any], int]:
    """Return our header, what the file says of its arrays, and where these begin.

    Raises an OSError, a ValueError, a TypeError or a LookupError for other files.
    """
    metadata, entries, start = _outline(path)
    return json.loads(metadata[METADATA_KEY]), entries, start


def _places(entries: Mapping[str, Any], start: int) -> dict[str, tuple[int, int]]:
    ends = {name: entry["data_offsets"] for name, entry in entries.items()}
    return {name: (start + first, behind - first) for name, (first, behind) in ends.items()}


def _outline(path: Path) -> tuple[dict[str, str], dict[str, Any], int]:
    """Return the texts of a file, what it says of its arrays, and where these begin."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        entries: dict[str, Any] = json.loads(file.read(min(length, GREATEST_OUTLINE)))
    return entries.pop("__metadata__", {}), entries, 8 + length


@contextmanager
def _system_errors() -> Iterator[None]:
    """Raise as an OSError what the operating system refused: safetensors tells it in words."""
    from safetensors import SafetensorError

    try:
        yield
    except SafetensorError as error:
        number = re.search(r"\(os error (\d+)\)", str(error))
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1]))) from error


def _opened(path: Path) -> Any:
    from safetensors import SafetensorError, safe_open

    try:
        return safe_open(path, framework="numpy")
    except FileNotFoundError as error:
        raise NoInputError("no such file", path=path) from error
    except (SafetensorError, OSError) as error:
        reason = "not a whole safetensors file: truncated, damaged or of another kind"
        raise BadConfigError(reason, path=path) from error


def _parse(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    try:
        header = json.loads(metadata[METADATA_KEY])
    except (KeyError, ValueError, RecursionError) as error:
        raise BadConfigError(
            "not written by colorize: it has no header of ours", path=path
        ) from error
    if not isinstance(header, dict):
        raise BadConfigError("its header is not a JSON object", path=path)
    return header
