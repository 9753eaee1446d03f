"""Write a packed dataset: the whole folder appears at once, or nothing does."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import groupby
from math import prod
from mmap import ACCESS_READ, mmap
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

from colorize_cli.core.dataset import (
    FACTS_FILE,
    PHOTOS_FILE,
    SIDES,
    Side,
    array_file,
)
from colorize_cli.core.errors import CannotCreateError
from colorize_cli.core.outputs import make_folder, reported, sync, write_text

OUR_FILES: Final = frozenset(
    {FACTS_FILE, PHOTOS_FILE, *(array_file(Path(), side).name for side in SIDES)}
)
_WAITING_FILE: Final = "waiting.raw"
_HEADER_PARTS: Final = 64
"""Bytes of which the header of an npy file is a multiple."""
_LONGEST_NUMBER: Final = 21
"""Digits for which NumPy leaves room in a header, lest it move when an array grows."""


def check_replaceable(path: Path) -> bool:
    """Return whether a dataset lies at `path`, to be replaced.

    A place where nothing is, or an empty folder, is free. Raises CannotCreateError for anything
    else: what holds a file that is not of a dataset is not ours to replace.
    """
    if not path.is_dir():
        if os.path.lexists(path):
            raise CannotCreateError("exists and is not a folder", path=path)
        return False
    with reported(path):
        names = {entry.name for entry in path.iterdir()}
    if not names:
        return False
    if FACTS_FILE not in names or not names <= OUR_FILES:
        reason = "exists and is not a dataset of ours; choose another place with --output"
        raise CannotCreateError(reason, path=path)
    return True


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder beside `path`; put it there when the block succeeds.

    Its files are on the disk before it is renamed. A dataset that was there is moved aside first
    and removed last. Raises CannotCreateError, NoPermissionError or OutputError; the temporary
    folder is gone in every case.
    """
    make_folder(path.parent)
    with reported(path):
        name = tempfile.mkdtemp(prefix=f".{path.name[:100]}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with reported(path):
            yield temporary
            # mkdtemp lets in nobody else; a plain new folder tells what the umask allows.
            temporary.chmod(_usual_mode(temporary))
            for file in (*temporary.iterdir(), temporary):
                sync(file)
            _swap(temporary, path)
            sync(path.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


class WaitingPictures:
    """Small pictures on the disk, in the order they came, until it is known where they go."""

    def __init__(self, folder: Path, size: int) -> None:
        self._path = folder / _WAITING_FILE
        self._shape = (size, size, 3)
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        self._file = self._path.open("w+b")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._opened().close()
        self._path.unlink()

    def append(self, picture: bytes) -> None:
        """Write a picture, (size, size, 3) codes, behind the others."""
        self._opened().write(picture)

    def pack(self, folder: Path, sides: Mapping[Side, Sequence[int]]) -> str:
        """Write the arrays of the pictures that came as these, in this order.

        Returns their fingerprint (see `dataset.fingerprint_of`). At least one picture has come.
        """
        file = self._opened()
        file.flush()
        with (
            mmap(file.fileno(), 0, access=ACCESS_READ) as waiting,
            memoryview(waiting) as pictures,
            ThreadPoolExecutor(1) as beside,
        ):
            # Both take as long, and neither the time of a processor that the other has.
            fingerprint = beside.submit(self._fingerprint, pictures, sides)
            for side, places in sides.items():
                with array_file(folder, side).open("wb") as array:
                    array.write(array_header((len(places), *self._shape)))
                    for run in self._runs(pictures, places):
                        array.write(run)
            return fingerprint.result()

    def _fingerprint(self, pictures: memoryview, sides: Mapping[Side, Sequence[int]]) -> str:
        digest = hashlib.sha256()
        for places in sides.values():
            digest.update(repr((len(places), *self._shape)).encode())
            for run in self._runs(pictures, places):
                digest.update(run)
        return digest.hexdigest()

    def _runs(self, pictures: memoryview, places: Sequence[int]) -> Iterator[memoryview]:
        """Give the pictures of some places, those together that lie one after the other."""
        length = prod(self._shape)
        for _, run in groupby(enumerate(places), lambda pair: pair[1] - pair[0]):
            there = [place for _, place in run]
            with pictures[there[0] * length : (there[-1] + 1) * length] as part:
                yield part

    def _opened(self) -> BinaryIO:
        if self._file is None:
            raise RuntimeError("the pictures are written inside a with statement")
        return self._file


def write_descriptions(
    folder: Path, facts: Mapping[str, Any], photos: Iterable[Mapping[str, Any]]
) -> None:
    """Write `dataset.json` and `photos.jsonl`."""
    lines = (json.dumps(photo) for photo in photos)
    with (folder / PHOTOS_FILE).open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
    write_text(folder / FACTS_FILE, json.dumps(facts, indent=2) + "\n")


def array_header(shape: tuple[int, ...]) -> bytes:
    """Return what an npy file of bytes begins with, as NumPy writes it.

    Version 1.0 of NumPy's documentation of its format (`numpy.lib.format`).
    """
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape!r}, }}"
    text += " " * (_LONGEST_NUMBER - len(str(shape[0])))
    beginning = b"\x93NUMPY\x01\x00"
    length = len(beginning) + 2 + len(text) + 1
    text += " " * (_HEADER_PARTS - length % _HEADER_PARTS) + "\n"
    return beginning + len(text).to_bytes(2, "little") + text.encode("latin1")


def _swap(new: Path, path: Path) -> None:
    """Rename a folder into place, over an older one that is then removed."""
    if not check_replaceable(path):
        new.replace(path)
        return
    aside = new.with_suffix(".old")
    with ExitStack() as undo:
        path.replace(aside)
        undo.callback(aside.replace, path)
        new.replace(path)
        undo.pop_all()
    shutil.rmtree(aside, ignore_errors=True)


def _usual_mode(folder: Path) -> int:
    probe = folder / "mode"
    probe.mkdir()
    mode = probe.stat().st_mode & 0o777
    probe.rmdir()
    return mode
