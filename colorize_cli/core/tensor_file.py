"""safetensors files with one JSON header of ours: models and checkpoints. Never pickle.

The format is that of safetensors 0.x: eight bytes of header length, a JSON header, then raw
little-endian arrays. Our header stands in its metadata under the key `colorize`.
"""

import json
import os
import re
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from colorize_cli.core.errors import BadConfigError, NoInputError
from colorize_cli.core.outputs import replacing

METADATA_KEY: Final = "colorize"


def write_tensors(
    path: Path, tensors: Mapping[str, NDArray[Any]], header: Mapping[str, Any]
) -> None:
    """Write arrays and a header, atomically; the same content gives the same bytes.

    Raises CannotCreateError, NoPermissionError or OutputError.
    """
    # Not ascontiguousarray, which makes arrays of no dimension into arrays of one.
    contiguous = {name: np.asarray(tensors[name], order="C") for name in sorted(tensors)}
    text = json.dumps(header, sort_keys=True, ensure_ascii=False)
    with replacing(path) as temporary, _system_errors():
        save_file(contiguous, temporary, metadata={METADATA_KEY: text})


def read_header(path: Path) -> dict[str, Any]:
    """Read our header alone. Raises NoInputError, or BadConfigError if it is no such file."""
    with _opened(path) as file:
        return _parse(path, file.metadata() or {})


def read_tensors(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Read all arrays and the header. Raises NoInputError or BadConfigError."""
    with _opened(path) as file:
        header = _parse(path, file.metadata() or {})
        # safe_open has no annotations.
        return {name: file.get_tensor(name) for name in file.keys()}, header  # noqa: SIM118


def tensor_offsets(path: Path) -> dict[str, tuple[int, int]]:
    """Return where in the file each array lies, as (offset, length) in bytes.

    Engines that map weights from the file itself need this; the file must be a valid one.
    """
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        entries: dict[str, Any] = json.loads(file.read(length))
    start = 8 + length
    return {
        name: (
            start + entry["data_offsets"][0],
            entry["data_offsets"][1] - entry["data_offsets"][0],
        )
        for name, entry in entries.items()
        if name != "__metadata__"
    }


@contextmanager
def _system_errors() -> Iterator[None]:
    """Raise as an OSError what the operating system refused: safetensors tells it in words."""
    try:
        yield
    except SafetensorError as error:
        number = re.search(r"\(os error (\d+)\)", str(error))
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1]))) from error


def _opened(path: Path) -> Any:
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
