"""Features that somebody computed with a network of their own, in a NumPy file."""

from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias
from zipfile import BadZipFile

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from colorize_cli.core.errors import BadConfigError, NoInputError
from colorize_cli.core.scoreboard import MAKERS, MODEL, TRUTH

FeatureSets: TypeAlias = Mapping[str, NDArray[np.floating]]

NEEDED: Final = (MODEL, TRUTH)


def read_features(path: Path) -> FeatureSets:
    """Read an npz file of arrays `(photos, D)`, named model, truth and, if wanted, gray, mean-ab.

    Row n is of the n-th photo judged, as `--pictures` numbers them. Raises NoInputError if there
    is no such file, BadConfigError if it is damaged or its arrays do not fit each other.
    """
    try:
        # Opened here: numpy leaves files open that it cannot read.
        with path.open("rb") as file:
            arrays = _arrays(file)
    except FileNotFoundError as error:
        raise NoInputError("no such file", path=path) from error
    except OSError as error:
        raise NoInputError((error.strerror or "cannot be read").lower(), path=path) from error
    except (ValueError, EOFError, BadZipFile) as error:
        raise BadConfigError("not an npz file of plain arrays", path=path) from error
    _check(arrays, path)
    return arrays


def check_count(features: FeatureSets, photos: int, path: Path) -> None:
    """Raise BadConfigError unless there is a row for each photo."""
    rows = len(features[TRUTH])
    if rows != photos:
        raise BadConfigError(f"holds features of {rows} photos; {photos} are judged", path=path)


def _arrays(file: BinaryIO) -> FeatureSets:
    found = np.load(file, allow_pickle=False)
    if not isinstance(found, NpzFile):
        raise ValueError("a single array")
    with found:
        return dict(found)


def _check(arrays: FeatureSets, path: Path) -> None:
    missing = [name for name in NEEDED if name not in arrays]
    if missing:
        raise BadConfigError(f"has no array {missing[0]!r}: see --features", path=path)
    unknown = [name for name in arrays if name not in MAKERS]
    if unknown:
        known = ", ".join(MAKERS)
        raise BadConfigError(f"array {unknown[0]!r} is none of {known}", path=path)
    for name, array in arrays.items():
        is_matrix = array.ndim == 2 and array.size > 0
        if not is_matrix or not np.issubdtype(array.dtype, np.floating):
            found = f"{array.dtype} {array.shape}"
            raise BadConfigError(f"array {name!r} is {found}, not floats (photos, D)", path=path)
        if array.shape != (shape := arrays[TRUTH].shape):
            reason = f"array {name!r} is {array.shape}, but {TRUTH!r} is {shape}"
            raise BadConfigError(reason, path=path)
        if not np.isfinite(array).all():
            raise BadConfigError(f"array {name!r} holds what is no number", path=path)
