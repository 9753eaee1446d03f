"""Find the photos in a folder, in an order and under names that do not depend on the disk."""

import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import compress
from pathlib import Path
from typing import Final

from colorize_cli.core.errors import NoInputError
from colorize_cli.core.records import record

PHOTO_SUFFIXES: Final = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff"}
)
AVIF_SUFFIX: Final = ".avif"
"""Taken where the decoder is there: Pillow 11.3 brings one."""
HEAD_LENGTH: Final = 12
"""Bytes that `starts_like_a_photo` looks at."""


@record
class PhotoFolder:
    """A folder and the photos in it, as paths relative to it, in natural order.

    `other_files` counts what was left out: files that are no photos by suffix or content.
    """

    root: Path
    photos: tuple[str, ...]
    other_files: int


def find_photos(source: Path, *, excluded: Path | None = None) -> PhotoFolder:
    """Walk a folder for JPEG, PNG, WebP, TIFF, AVIF files; `excluded` is a folder not to enter.

    A file with the suffix of such a format is taken, one without suffix if it starts like one.
    Hidden files and folders are ignored. Links are followed, but no folder is entered twice, so
    that loops end. A sub-folder or link that cannot be read stands among the photos, to be
    listed as unreadable. Raises NoInputError if the source is not a folder that can be read.
    """
    _check_folder(source)
    entered = set() if excluded is None else _identities(excluded)
    photos: list[str] = []
    other_files = 0
    for path, is_photo in _walk(source, entered):
        if is_photo:
            photos.append(path)
        else:
            other_files += 1
    return PhotoFolder(
        root=source, photos=tuple(sorted(photos, key=natural_order)), other_files=other_files
    )


def class_of(photo: str) -> str:
    """Return the class of a photo: the path of its folder, `""` at the top."""
    return os.path.dirname(photo)  # noqa: PTH120 - pathlib would say "." for the top


def natural_order(path: str) -> tuple[object, ...]:
    """Return a sorting key: folder by folder, digits as numbers, ties by the exact name."""
    parts = (tuple(_natural_part(part)) for part in path.split("/"))
    return (*parts, (path,))


def starts_like_a_photo(head: bytes) -> bool:
    """Whether a file's first bytes are those of a JPEG, PNG, WebP, TIFF or AVIF file."""
    magics = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
    is_webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    # AVIF 1.1, section 6: the brand of a file, here the major one.
    is_avif = head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis")
    return head.startswith(magics) or is_webp or is_avif


def _natural_part(name: str) -> Iterator[str | int]:
    # The pieces alternate, so that text is only ever compared with text.
    for index, piece in enumerate(re.split(r"(\d+)", name.casefold())):
        yield int(piece) if index % 2 else piece


def _check_folder(source: Path) -> None:
    try:
        with os.scandir(source):
            return
    except FileNotFoundError as error:
        raise NoInputError("no such folder", path=source) from error
    except NotADirectoryError as error:
        reason = "not a folder: give the folder that holds the photos"
        raise NoInputError(reason, path=source) from error
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise NoInputError(f"the folder cannot be read: {reason}", path=source) from error


def _identities(folder: Path) -> set[tuple[int, int]]:
    try:
        status = folder.stat()
    except OSError:
        return set()
    return {(status.st_dev, status.st_ino)}


def _walk(root: Path, entered: set[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """Give the relative path of each file, and whether it is taken for a photo.

    A folder that cannot be read is given as a photo.
    """
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        identity = _identities(root / folder)
        if identity and identity <= entered:
            continue
        entered |= identity
        try:
            entries = [entry for entry in os.scandir(root / folder) if entry.name[0] != "."]
        except OSError:
            yield folder, True
            continue
        # In natural order, so that of two ways into a folder the same is always taken.
        entries.sort(key=lambda entry: natural_order(entry.name))
        paths = [f"{folder}/{entry.name}".lstrip("/") for entry in entries]
        are_folders = [_is(entry.is_dir) for entry in entries]
        for path, entry, is_folder in zip(paths, entries, are_folders, strict=True):
            if not is_folder:
                yield path, _is_photo(entry)
        waiting.extend(compress(reversed(paths), reversed(are_folders)))


def _is_photo(entry: "os.DirEntry[str]") -> bool:
    suffix = Path(entry.name).suffix
    if suffix:
        is_lost_link = entry.is_symlink() and not Path(entry.path).exists()
        return _is_taken(suffix.lower()) and (_is(entry.is_file) or is_lost_link)
    return _is(entry.is_file) and starts_like_a_photo(_head(Path(entry.path)))


def _is_taken(suffix: str) -> bool:
    return suffix in PHOTO_SUFFIXES or (suffix == AVIF_SUFFIX and _can_decode_avif())


@cache
def _can_decode_avif() -> bool:
    from PIL import features

    # The plug-in is there without its library as well.
    return "avif" in features.modules and features.check_module("avif")


def _is(question: Callable[[], bool]) -> bool:
    """Ask what an entry is; a link that leads in a circle is nothing."""
    try:
        return question()
    except OSError:
        return False


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_LENGTH)
    except OSError:
        return b""
