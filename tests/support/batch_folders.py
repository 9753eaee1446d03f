"""Folders of pictures before and after a batch, and what it says at its end."""

from pathlib import Path

from pictures import encoded, gray_picture
from same_process import Ended

PNG = encoded(gray_picture())


def fill(root: Path, *names: str, data: bytes = PNG) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def summary(ended: Ended) -> str:
    """Return the counts in the last line."""
    return ended.lines[-1].removeprefix("colorize: ").split("; model")[0].split("; 0.")[0]
