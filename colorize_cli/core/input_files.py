"""Which pictures are meant: named files, folders and what is in them, lists of names.

A file that is named is always tried. In a folder the content decides: what is no picture is left
out and counted, and so is what an earlier run has made. But a file with the suffix of a photo is
tried whatever it holds, as an empty or overwritten scan is a loss that somebody must hear of.
"""

import os
import stat
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import Final, TypeAlias

from colorize_cli.core.errors import ColorizeError, NoInputError, NoPermissionError, UsageError
from colorize_cli.core.photo_folder import PHOTO_SUFFIXES, natural_order
from colorize_cli.core.records import made_by, record

DASH: Final = "-"
"""Stands for stdin among inputs and for stdout among outputs."""

FileId: TypeAlias = tuple[int, int]
"""What tells a file from others, whatever its names: the device and the number on it."""

HEAD_LENGTH: Final = 32
STRONG_STARTS: Final = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
    b"8BPS\0\x01",
    b"\0\0\0\x0cjP  \r\n\x87\n",
)
"""How JPEG, PNG, GIF, TIFF, PSD and JPEG 2000 files start: damaged ones are tried, and told."""

UNREADABLE_FORMATS: Final = frozenset({"EPS", "MPEG", "IPTC"})
"""Pillow knows these when it sees them, and cannot read them without further programs."""


@record
class InputFile:
    """A picture to colour: a file, or stdin (None).

    `place` is where its result belongs below an output folder, with the input's own suffix.
    `problem` says why it cannot be read at all.
    """

    path: Path | None
    place: PurePath = made_by(default_factory=PurePath)
    problem: ColorizeError | None = None


@record
class Inputs:
    """All pictures, in the order in which they are done, and what was left out in folders."""

    files: tuple[InputFile, ...]
    not_pictures: tuple[Path, ...] = ()
    own_outputs: tuple[Path, ...] = ()


class _Found:
    """What is in a folder: pictures as relative paths, and what is left out."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.not_pictures: list[Path] = []
        self.own_outputs: list[Path] = []


def names_in(data: bytes, *, is_null_separated: bool) -> list[str]:
    """Return the names in a list: one a line, or each ended by a zero byte (`find -print0`).

    A line may end as on Windows: one carriage return before its end is not part of the name.
        Raises UsageError for zero bytes where lines were promised.
    """
    if b"\0" in data and not is_null_separated:
        raise UsageError("the names in the list are separated by zero bytes: use --null (-0)")
    if is_null_separated:
        names = data.split(b"\0")
    else:
        names = [line.removesuffix(b"\r") for line in data.split(b"\n")]
    return [os.fsdecode(name) for name in names if name]


def find_inputs(
    names: Sequence[str],
    *,
    is_recursive: bool,
    excluded: Path | None = None,
    is_own_output: Callable[[Path], bool] = lambda _: False,
) -> Inputs:
    """Turn names into pictures: each file itself, each folder's in natural order.

    What is in a folder keeps its place in it; with several folders, below the folder's own
    name. Links are followed, but no folder is entered twice, nor `excluded`, where results go.
    Hidden files and temporary ones are ignored. A file that is named twice is done once.
    """
    roots = {name for name in names if name != DASH and is_folder(Path(name))}
    files: list[InputFile] = []
    left_out = _Found()
    for name in names:
        if name not in roots:
            files.append(_named(name))
        elif not is_recursive:
            files.append(_refused_folder(name))
        else:
            found = _walk(Path(name), excluded, is_own_output)
            files += _placed(name, found.paths, has_company=len(roots) > 1)
            left_out.not_pictures += found.not_pictures
            left_out.own_outputs += found.own_outputs
    return Inputs(
        files=tuple(_each_once(files)),
        not_pictures=tuple(left_out.not_pictures),
        own_outputs=tuple(left_out.own_outputs),
    )


def read_input(path: Path) -> bytes:
    """Read an input. Raises NoInputError, or NoPermissionError, that says what is wrong."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NoInputError("no such file", path=path) from error
    except IsADirectoryError as error:
        raise NoInputError("is a folder", path=path) from error
    except PermissionError as error:
        raise NoPermissionError("no permission to read it", path=path) from error
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise NoInputError(f"cannot be read: {reason}", path=path) from error


def file_id(path: Path) -> FileId | None:
    """Return what tells a file from others; None if it is not there."""
    status = status_of(path)
    return status and (status.st_dev, status.st_ino)


def is_folder(path: Path) -> bool:
    """Whether a path is a folder, or a link to one."""
    status = status_of(path)
    return status is not None and stat.S_ISDIR(status.st_mode)


def status_of(path: Path) -> os.stat_result | None:
    """Return what the system knows of a file; None if it is not there or not to be seen."""
    try:
        return path.stat()
    except OSError:
        return None


def looks_like_a_picture(path: Path) -> bool:
    """Whether a file starts like a picture, whatever its name; a damaged one still does.

    One that cannot be read counts as one, so that somebody is told.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_LENGTH)
    except OSError:
        return True
    is_webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    return head.startswith(STRONG_STARTS) or is_webp or (bool(head) and _opens(path))


def _opens(path: Path) -> bool:
    """Whether Pillow takes a file of a format that has no unmistakable start."""
    from PIL import Image, ImageFile, UnidentifiedImageError

    from colorize_cli.core.opening import READER_FAILURES

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                is_stub = isinstance(image, ImageFile.StubImageFile)
                return not is_stub and image.format not in UNREADABLE_FORMATS
    except UnidentifiedImageError:
        return False
    except Image.DecompressionBombError:
        return True
    except READER_FAILURES:
        return False


def _named(name: str) -> InputFile:
    if name == DASH:
        return InputFile(path=None)
    path = Path(name)
    return InputFile(path=path, place=PurePath(path.name))


def _refused_folder(name: str) -> InputFile:
    problem = NoInputError("is a folder: use -r to colour the pictures in it", path=name)
    return InputFile(path=Path(name), problem=problem)


def _placed(root: str, paths: Iterable[str], *, has_company: bool) -> Iterator[InputFile]:
    # A root may be called `.` or `..`.
    top = PurePath(Path(os.path.realpath(root)).name) if has_company else PurePath()
    for path in paths:
        yield InputFile(path=Path(root) / path, place=top / path)


def _each_once(files: Iterable[InputFile]) -> Iterator[InputFile]:
    seen: set[tuple[object, PurePath]] = set()
    for file in files:
        key = (file.path and os.path.realpath(file.path), file.place)
        if file.path is None and key in seen:
            raise UsageError("standard input (-) can be read only once")
        if key not in seen:
            yield file
        seen.add(key)


def _walk(root: Path, excluded: Path | None, is_own_output: Callable[[Path], bool]) -> _Found:
    # When results go into the very folder, they are told by their mark alone.
    entered = {excluded and file_id(excluded)} - {file_id(root), None}
    found = _Found()
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        identity = file_id(root / folder)
        if identity in entered:
            continue
        entered.add(identity)
        entered.discard(None)
        waiting += reversed(_visit(root, folder, found, is_own_output))
    found.paths.sort(key=natural_order)
    return found


def _visit(
    root: Path, folder: str, found: _Found, is_own_output: Callable[[Path], bool]
) -> list[str]:
    """Sort what is in a folder into `found`; return the folders in it, in natural order.

    A folder that cannot be read stands among the pictures, so that somebody is told.
    """
    try:
        names = [path.name for path in (root / folder).iterdir()]
    except OSError:
        found.paths.append(folder)
        return []
    shown = sorted((name for name in names if name[0] != "."), key=natural_order)
    paths = [f"{folder}/{name}".lstrip("/") for name in shown]
    folders = dict.fromkeys(path for path in paths if is_folder(root / path))
    for path in paths:
        if path in folders:
            continue
        if not _may_be_a_picture(root / path):
            found.not_pictures.append(root / path)
        elif is_own_output(root / path):
            found.own_outputs.append(root / path)
        else:
            found.paths.append(path)
    return [*folders]


def _may_be_a_picture(path: Path) -> bool:
    """Whether to try a file: a link to nothing is tried as well, devices and pipes are not."""
    status = status_of(path)
    if status is None:
        return True
    is_named_so = path.suffix.lower() in PHOTO_SUFFIXES
    return stat.S_ISREG(status.st_mode) and (is_named_so or looks_like_a_picture(path))
