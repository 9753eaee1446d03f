"""Checkpoints: the state of both networks and both optimizers, and where training stood."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError

from colorize_cli.core.cgan_state import State
from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.outputs import replacing
from colorize_cli.core.tensor_file import read_header, read_tensors, write_tensors
from colorize_trainers.position import Position

KIND: Final = "checkpoint"
FORMAT_VERSION: Final = 1
EARLIER_ENTRIES: Final = {"kind", "format_version", "position"}
"""All that headers had before they had a digest."""


def write_checkpoint(path: Path, state: State, position: Position) -> None:
    """Write a checkpoint, atomically. The same state and position give the same bytes."""
    facts = {"kind": KIND, "format_version": FORMAT_VERSION, "position": asdict(position)}
    write_tensors(path, state, {**facts, "sha256": digest_of(state, facts)})


def read_checkpoint(path: Path) -> tuple[dict[str, NDArray[Any]], Position]:
    """Read a checkpoint, and compare it with the digest that it carries.

    Raises NoInputError if there is none, and BadConfigError if a single bit is not as it was
    written. Checkpoints of versions before the digest are read as they are.
    """
    try:
        state, header = read_tensors(path)
    except (SafetensorError, TypeError, ValueError) as error:
        raise BadConfigError("damaged: its arrays cannot be read", path=path) from error
    stated = header.pop("sha256", None)
    position = _position(header, path)
    if stated is None and header.keys() <= EARLIER_ENTRIES:
        return state, position
    if stated != digest_of(state, header):
        raise BadConfigError("damaged: not what was written (its SHA-256 differs)", path=path)
    return state, position


def read_position(path: Path) -> Position:
    """Read where a checkpoint stands without its arrays. Raises as `read_checkpoint` does."""
    return _position(read_header(path), path)


def digest_of(state: Mapping[str, NDArray[Any]], header: Mapping[str, Any]) -> str:
    """Return the SHA-256, in hex, of the header as JSON, then of each array by name.

    Of an array: its name, type and shape as text, then its bytes in C order.
    """
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name in sorted(state):
        array = np.asarray(state[name], order="C")
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.data)
    return digest.hexdigest()


def keep_as(source: Path, name: Path) -> None:
    """Give a finished checkpoint a second name, without copying where the disk allows it."""
    if name.exists() and name.samefile(source):
        return
    with replacing(name) as temporary:
        temporary.unlink()
        with suppress(OSError):
            temporary.hardlink_to(source)
            return
        temporary.write_bytes(source.read_bytes())


def _position(header: Mapping[str, Any], path: Path) -> Position:
    if header.get("kind") != KIND or header.get("format_version") != FORMAT_VERSION:
        raise BadConfigError("not a checkpoint of this version of colorize", path=path)
    position = header.get("position")
    if not isinstance(position, Mapping):
        raise BadConfigError("damaged: it does not say where training stood", path=path)
    try:
        return Position.from_dict(position)
    except BadConfigError as error:
        raise BadConfigError(error.reason, path=path) from error
