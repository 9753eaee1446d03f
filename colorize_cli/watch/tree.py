"""The watched tree: which of its files may be inputs, and walking it."""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from colorize_cli.core.errors import NoInputError
from colorize_cli.core.input_files import FileId, file_id, is_folder
from colorize_cli.watch.journal import Signature
from colorize_cli.watch.settings import WatchSettings

UNFINISHED_SUFFIXES: Final = frozenset(
    {
        ".part",  # Firefox, KDE, wget2
        ".crdownload",  # Chromium
        ".download",  # Safari
        ".opdownload",  # Opera
        ".partial",  # Edge, rsync --partial-dir
        ".filepart",  # WinSCP
        ".tmp",
        ".temp",
        ".aria2",
        ".!ut",  # uTorrent
        ".!qb",  # qBittorrent
    }
)
"""How programs call what they have not written to its end. rsync's `.NAME.XXXXXX`, Syncthing's,
NFS's and our own temporary files are hidden ones."""


@dataclass(frozen=True)
class Found:
    """A file that may be an input: its place below the root, and its signature."""

    place: str
    signature: Signature


@dataclass(frozen=True)
class Folder:
    """A folder: its place, the names of files in it in the order of their bytes."""

    place: str
    names: tuple[str, ...]


class Tree:
    """The files below a root, but hidden and unfinished ones and those in folders of our own.

    Links are followed as `run -r` does, and no folder is entered twice. A link to a folder that
    is in the tree itself is not entered, so that each file has one place.
    """

    def __init__(
        self, settings: WatchSettings, *, unreadable: Callable[[Path, OSError], None]
    ) -> None:
        """`unreadable` is told of folders that cannot be read."""
        self._root = settings.root
        self._root_name = str(settings.root)
        self._real = os.path.realpath(settings.root)
        self._own = [os.path.realpath(folder) for folder in settings.own_folders]
        self._is_recursive = settings.is_recursive
        self._unreadable = unreadable

    def path_of(self, place: str) -> Path:
        """Return the path of a place."""
        return self._root / place

    def place_of(self, path: Path) -> str | None:
        """Return the place of a path that may be an input or a folder of them, else None."""
        try:
            place = path.relative_to(self._root)
        except ValueError:
            return None
        if any(is_ignored(name) for name in place.parts):
            return None
        if not self._is_recursive and len(place.parts) > 1:
            return None
        # Of the folder, as the file itself may be gone.
        folder = os.path.realpath(path if not place.parts else path.parent)
        is_own = self._is_own(os.path.join(folder, path.name)) or self._is_own(folder)  # noqa: PTH118
        return None if is_own else str(place) if place.parts else ""

    def signature_of(self, place: str) -> Signature | None:
        """Return the signature of a regular file, or of what a link to one leads to."""
        try:
            # Each look at the tree asks for every file: a Path would cost more than the answer.
            status = os.stat(f"{self._root_name}{os.sep}{place}")  # noqa: PTH116
        except OSError:
            return None
        return Signature.of(status) if stat.S_ISREG(status.st_mode) else None

    def is_folder(self, place: str) -> bool:
        """Whether there is a folder at a place."""
        return is_folder(self.path_of(place))

    def is_there(self) -> bool:
        """Whether the root is."""
        return self.is_folder("")

    def walk(self, place: str = "") -> Iterator[Folder]:
        """Give each folder of the tree from one on, with its files.

        Raises NoInputError if the root cannot be read.
        """
        entered: set[FileId | None] = {file_id(Path(folder)) for folder in self._own}
        entered.discard(None)
        waiting = [place]
        while waiting:
            folder = waiting.pop()
            identity = file_id(self.path_of(folder))
            if identity is None and folder:
                continue
            if identity in entered or (folder and self._leads_back(folder)):
                continue
            entered.add(identity)
            names, folders = self._listed(folder)
            if self._is_recursive:
                waiting += reversed(folders)
            yield Folder(folder, tuple(names))

    def _listed(self, folder: str) -> tuple[list[str], list[str]]:
        """Return the names of files in a folder and the places of folders in it, sorted."""
        names: list[str] = []
        folders: list[str] = []
        try:
            with os.scandir(self.path_of(folder)) as entries:
                for entry in entries:
                    if is_ignored(entry.name):
                        continue
                    if _is_folder(entry):
                        folders.append(os.path.join(folder, entry.name))  # noqa: PTH118
                    elif not (entry.is_symlink() and self._is_own(os.path.realpath(entry.path))):
                        names.append(entry.name)
        except OSError as error:
            if not folder:
                reason = (error.strerror or "cannot be read").lower()
                raise NoInputError(
                    f"the folder cannot be read: {reason}", path=self._root
                ) from error
            # What is gone meanwhile needs no word.
            if not isinstance(error, FileNotFoundError):
                self._unreadable(self.path_of(folder), error)
        return sorted(names, key=os.fsencode), sorted(folders, key=os.fsencode)

    def _leads_back(self, folder: str) -> bool:
        """Whether a place is a link into the tree itself, or into a folder of our own."""
        path = self.path_of(folder)
        if not path.is_symlink():
            return False
        real = os.path.realpath(path)
        return _is_within(real, self._real) or _is_within(self._real, real) or self._is_own(real)

    def _is_own(self, real: str) -> bool:
        return any(_is_within(real, own) for own in self._own)


def is_ignored(name: str) -> bool:
    """Whether a name is that of a hidden or unfinished file, a backup, or a folder of such."""
    is_unfinished = os.path.splitext(name)[1].lower() in UNFINISHED_SUFFIXES  # noqa: PTH122
    return name.startswith(".") or name.endswith("~") or is_unfinished


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
