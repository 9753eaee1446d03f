"""Which file systems tell of changes, and whether they are still the ones that were there."""

import os
import re
import select
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOUNTS: Final = Path("/proc/self/mountinfo")

SERVED: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "coda"}
    | {"9p", "virtiofs", "vboxsf", "vmhgfs", "prl_fs", "drvfs", "fakeowner"}
    | {"ceph", "glusterfs", "lustre", "gpfs", "beegfs", "orangefs", "ocfs2", "gfs2"}
)
"""Types whose files others may change without this kernel's knowledge: of networks, of the hosts of
virtual machines and containers, of clusters. inotify(7): "Inotify reports only events that a
user-space program triggers through the filesystem API. As a result, it does not catch remote events
that occur on network filesystems"."""

OF_PROGRAMS: Final = ("fuse", "fuse.")
"""FUSE, but for `fuseblk`: a local disk, which changes through this kernel alone."""


@dataclass(frozen=True)
class Mount:
    """One line of the kernel's list: the number that each mounting gets anew, where, and what."""

    number: str
    place: str
    kind: str

    @property
    def is_served(self) -> bool:
        """Whether it may change without an event."""
        return self.kind in {*SERVED, OF_PROGRAMS[0]} or self.kind.startswith(OF_PROGRAMS[1])


class MountTable:
    """The mounts that a folder lies on or that are below it; read again only after a change.

    Where there is no such list, as on macOS, there are none.
    """

    def __init__(self, root: Path, *, mounts: Path = MOUNTS) -> None:
        self._root, self._mounts = root, mounts
        self._poller = select.poll()
        self._file = None
        with suppress(OSError):
            self._file = mounts.open("rb")
            # proc(5): a change of the mounts marks the open file as having a priority event.
            self._poller.register(self._file, select.POLLPRI)
        self._known = self._read()

    def close(self) -> None:
        """Close the list."""
        if self._file is not None:
            self._file.close()

    def current(self) -> tuple[Mount, ...]:
        """Return the mount of the folder, if it is known, and those below it."""
        if self._file is not None and self._poller.poll(0):
            self._known = self._read()
        return self._known

    def _read(self) -> tuple[Mount, ...]:
        try:
            text = self._mounts.read_text("utf-8", "surrogateescape")
        except OSError:
            return ()
        return mounts_about(os.path.realpath(self._root), text)


def mounts_about(place: str, text: str) -> tuple[Mount, ...]:
    """Return, of a list as `/proc/PID/mountinfo`, the mount of a real path and those below it."""
    mounts = [*_parsed(text)]
    holders = [mount for mount in mounts if _is_within(place, mount.place)]
    # Of several on one place the last one is seen: a stable sort leaves it in the end.
    own = sorted(holders, key=lambda mount: len(mount.place))[-1:]
    return (*own, *(mount for mount in mounts if _is_below(mount.place, place)))


def _parsed(text: str) -> Iterator[Mount]:
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        number, _, _, _, place, *_ = before.split(" ")
        yield Mount(number, _unescaped(place), after.split(" ", 1)[0])


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), text)


def _is_within(place: str, folder: str) -> bool:
    return place == folder or _is_below(place, folder)


def _is_below(place: str, folder: str) -> bool:
    return place != folder and place.startswith(folder.rstrip("/") + "/")
