"""What became of each photo, and how many of them: the rows of a dataset's description."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from colorize_cli.core.dataset import SIDES, Side
from colorize_cli.core.photo_checks import REASONS, Reason
from colorize_cli.core.photo_folder import class_of
from colorize_cli.core.photo_hashes import Hashes


@dataclass(frozen=True, kw_only=True)
class PhotoEntry:
    """What became of one photo. `place` counts the small pictures in the order they came."""

    path: str
    hashes: Hashes | None = None
    place: int | None = None
    side: Side | None = None
    index: int | None = None
    reason: Reason | None = None
    detail: str = ""
    duplicate_of: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the entry as `photos.jsonl` carries it."""
        return {
            "path": self.path,
            "class": class_of(self.path),
            "state": "dropped" if self.reason else "kept",
            "side": self.side,
            "index": self.index,
            "reason": self.reason,
            "detail": self.detail or None,
            "duplicate_of": self.duplicate_of,
            "pixel_hash": self.hashes.pixels if self.hashes else None,
        }


def count_dropped(entries: Sequence[PhotoEntry]) -> dict[str, int]:
    """Return how many photos were dropped for each reason."""
    counts = Counter(entry.reason for entry in entries)
    return {reason: counts[reason] for reason in REASONS}


def count_by_class(entries: Sequence[PhotoEntry]) -> list[dict[str, Any]]:
    """Return, for each class, how many photos were found, kept, dropped, and are on each side."""
    found: dict[str, Counter[str]] = {}
    for entry in entries:
        counts = found.setdefault(class_of(entry.path), Counter())
        counts.update(["found", "dropped" if entry.reason else "kept"])
        counts.update([entry.side] if entry.side else [])
    names = ("found", "kept", "dropped", *SIDES)
    return [
        {"class": key, **{name: counts[name] for name in names}} for key, counts in found.items()
    ]
