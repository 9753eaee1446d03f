"""Exported models on disk: a file or a folder, whole or not there, with a card where it needs one.

A card is a JSON file beside an export whose own format has no place for what must be known of
it. `m.tflite` has the card `m.tflite.json`.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from colorize_cli.core.errors import CannotCreateError
from colorize_cli.core.outputs import reported, sync

KIND: Final = "export"
SUFFIX: Final = ".json"


def card_of(path: Path) -> Path:
    """Return where the card of an export lies."""
    return path.with_name(path.name + SUFFIX)


def write_card(path: Path, facts: Mapping[str, Any]) -> None:
    """Write the card of the export at `path`."""
    text = json.dumps({"kind": KIND, **facts}, indent=2, ensure_ascii=False)
    card_of(path).write_text(f"{text}\n", "utf-8")


def has_card(path: Path) -> bool:
    """Whether a card of ours lies beside `path`."""
    try:
        card = json.loads(card_of(path).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(card, dict) and card.get("kind") == KIND


def check_place(path: Path, *, is_forced: bool) -> None:
    """Raise CannotCreateError unless an export may be written to `path`.

    A folder is replaced only if its card shows that it was exported: it might be anything.
    """
    if path.is_dir() and not has_card(path):
        raise CannotCreateError("it is a folder: name a file in it", path=path)
    for existing in (path, card_of(path)):
        if existing.exists() and not is_forced:
            raise CannotCreateError("it exists already; --force replaces it", path=existing)
    if card_of(path).exists() and not has_card(path):
        raise CannotCreateError("it is not the card of an export", path=card_of(path))


@contextmanager
def placing(path: Path) -> Iterator[Path]:
    """Give a path in a temporary folder beside `path`; move what is made there when all is done.

    That may be a file or a folder, with its card. What was in their place is gone then. Raises
    as `core.outputs.replacing` does; nothing is left if the block fails.
    """
    with reported(path):
        name = tempfile.mkdtemp(prefix=f".{path.name[:100]}.", suffix=".tmp", dir=path.parent)
    scratch = Path(name)
    try:
        with reported(path):
            (scratch / "new").mkdir()
            yield scratch / "new" / path.name
            _sync_all(scratch / "new")
            _exchange(scratch, path)
            sync(path.parent)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _sync_all(folder: Path) -> None:
    for path in folder.rglob("*"):
        sync(path)


def _exchange(scratch: Path, path: Path) -> None:
    """Move the old things out and the new ones in; a file is replaced in one stroke."""
    old, new = scratch / "old", scratch / "new"
    old.mkdir()
    # One folder does not give way to another, nor to a file.
    if path.is_dir() or (path.exists() and (new / path.name).is_dir()):
        path.rename(old / path.name)
    if has_card(path):
        card_of(path).rename(card_of(old / path.name))
    for part in (path, card_of(path)):
        if (new / part.name).exists():
            (new / part.name).replace(part)
