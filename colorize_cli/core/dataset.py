"""The packed dataset: two arrays that numpy maps, and two files that say where they come from.

    train.npy, test.npy   uint8 sRGB, (N, size, size, 3), C order: plain npy files
    dataset.json          what the dataset is: size, seed, counts, fingerprint
    photos.jsonl          one line per photo that was seen: kept or dropped, where and why

File names in the JSON files escape what is not ASCII; bytes that are not UTF-8 stand there as
Python reads them (lone surrogates, PEP 383), so that every name survives.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from colorize_cli.core.errors import BadConfigError, NoInputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Side: TypeAlias = Literal["train", "test"]

KIND: Final = "dataset"
FORMAT_VERSION: Final = 1
SIDES: Final[tuple[Side, ...]] = ("train", "test")
FACTS_FILE: Final = "dataset.json"
PHOTOS_FILE: Final = "photos.jsonl"
_REMEDY: Final = "remove the folder and run colorize prep again"


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Photos ready for training: square, small, colour, each once.

    `train` and `test` are memory-mapped uint8 sRGB, (N, size, size, 3), and cannot be written.
    `fingerprint` is the SHA-256 of both arrays (see `fingerprint_of`); `classes` are the folders
    that the photos came from, `""` for photos that lay in none.
    """

    path: Path
    size: int
    seed: int
    fingerprint: str
    classes: tuple[str, ...]
    train: "NDArray[np.uint8]"
    test: "NDArray[np.uint8]"


def open_dataset(path: Path) -> Dataset:
    """Map a packed dataset.

    Raises NoInputError if there is none, and BadConfigError if it is truncated, of another
    format version, or if its arrays do not fit what its JSON file says of them.
    """
    facts = read_facts(path)
    try:
        return Dataset(
            path=path,
            size=int(facts["size"]),
            seed=int(facts["seed"]),
            fingerprint=str(facts["fingerprint"]),
            classes=tuple(str(entry["class"]) for entry in facts["classes"]),
            train=_map_side(path, "train", facts),
            test=_map_side(path, "test", facts),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        reason = f"the dataset's description is damaged; {_REMEDY}"
        raise BadConfigError(reason, path=path / FACTS_FILE) from error


def read_facts(path: Path) -> dict[str, Any]:
    """Read a dataset's `dataset.json`. Raises as `open_dataset` does."""
    file = path / FACTS_FILE
    try:
        facts = json.loads(file.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NoInputError("no dataset here; run colorize prep first", path=path) from error
    except OSError as error:
        raise NoInputError("the dataset cannot be read", path=file) from error
    except (ValueError, RecursionError) as error:  # neither UTF-8 nor JSON
        raise BadConfigError(f"damaged: not JSON; {_REMEDY}", path=file) from error
    _check_facts(facts, file)
    return dict(facts)


def read_photos(path: Path) -> Iterator[dict[str, Any]]:
    """Read a dataset's `photos.jsonl`, a line at a time. Raises as `open_dataset` does."""
    file = path / PHOTOS_FILE
    try:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                yield dict(json.loads(line))
    except OSError as error:
        raise BadConfigError(f"the list of photos is missing; {_REMEDY}", path=file) from error
    except (TypeError, ValueError, RecursionError) as error:
        raise BadConfigError(f"damaged: not JSON Lines; {_REMEDY}", path=file) from error


def read_sides(path: Path) -> dict[str, Side]:
    """Read the side of each photo that a dataset keeps, by pixel hash. Raises BadConfigError."""
    sides: dict[str, Side] = {}
    for photo in read_photos(path):
        if photo.get("state") != "kept":
            continue
        side, pixels = photo.get("side"), photo.get("pixel_hash")
        if side not in SIDES or not isinstance(pixels, str):
            reason = f"damaged: a photo without side or hash; {_REMEDY}"
            raise BadConfigError(reason, path=path / PHOTOS_FILE)
        sides[pixels] = side
    return sides


def array_file(path: Path, side: Side) -> Path:
    """Return where a side's array lies."""
    return path / f"{side}.npy"


def fingerprint_of(train: "NDArray[np.uint8]", test: "NDArray[np.uint8]") -> str:
    """Return the SHA-256, in hex, of both arrays: each one's shape as text, then its bytes."""
    import numpy as np

    digest = hashlib.sha256()
    for array in (train, test):
        digest.update(repr(array.shape).encode())
        for picture in array:
            digest.update(np.ascontiguousarray(picture).data)
    return digest.hexdigest()


def _check_facts(facts: object, file: Path) -> None:
    if not isinstance(facts, Mapping) or facts.get("kind") != KIND:
        raise BadConfigError("this does not describe a dataset of colorize", path=file)
    version = facts.get("format_version")
    if version != FORMAT_VERSION:
        reason = f"dataset format {version} is not known here (known: {FORMAT_VERSION})"
        raise BadConfigError(f"{reason}; {_REMEDY}", path=file)


def _map_side(path: Path, side: Side, facts: Mapping[str, Any]) -> "NDArray[np.uint8]":
    # Here alone: whoever prepares a dataset does without it.
    import numpy as np

    file = array_file(path, side)
    size = int(facts["size"])
    expected = (int(facts["sides"][side]), size, size, 3)
    try:
        array: NDArray[np.uint8] = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError, TokenError) as error:
        reason = "missing, truncated or damaged; run colorize prep again"
        raise BadConfigError(reason, path=file) from error
    if array.shape != expected or array.dtype != np.uint8 or not array.flags.c_contiguous:
        found = f"{array.dtype} {array.shape}"
        reason = f"holds {found}, not uint8 {expected} as {FACTS_FILE} says"
        raise BadConfigError(f"{reason}; run colorize prep again", path=file)
    return array
