"""The control groups of this process, which on Linux bound what it may take of a machine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path("/")
GROUPS: Final = "sys/fs/cgroup"


def groups(controller: str, root: Path = ROOT) -> Iterator[tuple[Path, bool]]:
    """Yield the folders of this process's groups under a controller, and of all above them.

    With each goes whether it is of the unified hierarchy (the kernel's cgroup-v2); else it is of an
    older one (cgroup-v1), of that controller alone, whose files differ.
    """
    for line in text_of(root / "proc/self/cgroup").splitlines():
        _, controllers, place = line.split(":", 2)
        if not controllers:
            yield from ((folder, True) for folder in _with_parents(root / GROUPS, place))
        elif controller in controllers.split(","):
            older = _with_parents(root / GROUPS / controller, place)
            yield from ((folder, False) for folder in older)


def words_of(path: Path) -> list[str]:
    """Return the words of a file of the kernel, none where it is not there."""
    return text_of(path).split()


def text_of(path: Path) -> str:
    """Return what a file of the kernel says, nothing where it is not there."""
    try:
        # Not as text: the codec of ASCII would be imported for it.
        return path.read_bytes().decode("ascii")
    except (OSError, UnicodeDecodeError):
        return ""


def _with_parents(top: Path, place: str) -> list[Path]:
    # Within a container the group's own path may not be visible, but the top is.
    folder = top / place.lstrip("/")
    return [folder, *(parent for parent in folder.parents if parent.is_relative_to(top))]
