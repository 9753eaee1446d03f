"""Where the result of an input goes, when others are there already: nothing is overwritten.

The rule is that of `run --update`, file by file: an output is replaced only by a newer version of
the very input that it was made from. Two inputs of which both would become one file: the second
is refused, as `run` refuses both. But where the earlier input is gone, or is to go, as scanners
use their names again, the result gets a free name: `NAME-2.png`.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

from colorize_cli.core.errors import CannotCreateError, quoted
from colorize_cli.core.output_plan import GREATEST_NAME
from colorize_cli.core.provenance import Provenance, read_provenance
from colorize_cli.watch.journal import Entry, Journal
from colorize_cli.watch.moving import free_names
from colorize_cli.watch.settings import WatchSettings


class TargetTakenError(CannotCreateError):
    """The output of an input cannot be: another's is there. It stays so until somebody acts."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a result goes; `is_done` if it is there already, `is_new` if nothing is there."""

    path: Path
    is_new: bool = False
    is_done: bool = False


@dataclass(frozen=True)
class Source:
    """An input as it was read: its place, what its bytes are, what is known of it."""

    place: str
    sha256: str
    entry: Entry | None


class Targets:
    """Chooses where results go; safe in several threads, each target for one at a time."""

    def __init__(self, settings: WatchSettings, journal: Journal) -> None:
        self._settings, self._journal = settings, journal
        self._lock = threading.Lock()
        self._claims: dict[Path, str] = {}

    @contextmanager
    def chosen(self, source: Source) -> Iterator[Target]:
        """Lend the target for an input.

        Raises TargetTakenError if there is none; what the journal raises.
        """
        wanted = self._settings.output / self._settings.naming.name_for(PurePath(source.place))
        for path in _candidates(wanted):
            with self._claimed(path, source.place) as other:
                if other is not None:
                    self._check_contest(other, source.place, path)
                elif (target := self._judged(path, source)) is not None:
                    yield target
                    return

    @contextmanager
    def _claimed(self, path: Path, place: str) -> Iterator[str | None]:
        """Keep others off a name; give the place of the input that has it in hand, if one has."""
        with self._lock:
            other = self._claims.get(path)
            if other is None:
                self._claims[path] = place
        try:
            yield other
        finally:
            if other is None:
                with self._lock:
                    del self._claims[path]

    def _check_contest(self, other: str, place: str, path: Path) -> None:
        """Let another name be tried, unless both inputs are to stay: then raise."""
        if self._settings.then == "keep":
            raise _collision(other, place, path)

    def _judged(self, path: Path, source: Source) -> Target | None:
        """Decide about one name; None if another one is to be tried."""
        if not os.path.lexists(path):
            return Target(path=path, is_new=True)
        owner, mark = self._journal.owner(path), read_provenance(path)
        if owner is not None and owner != source.place:
            if os.path.lexists(self._settings.root / owner):
                self._check_contest(owner, source.place, path)
            return None
        if self._is_result(path, mark, source):
            return Target(path=path, is_done=True)
        if self._may_replace(owner, mark, source):
            return Target(path=path)
        if owner is None and mark is None:
            raise TargetTakenError("exists already, and colorize did not make it", path=path)
        return None

    def _is_result(self, path: Path, mark: Provenance | None, source: Source) -> bool:
        """Whether an output was made from this very input, in this very way."""
        if mark is not None:
            made = (mark.source_sha256, mark.model_sha256, mark.options)
            making = self._settings.making
            return made == (source.sha256, making.model_sha256, making.options)
        # Without a mark, the intention tells: what is there now came by the one rename.
        entry = source.entry
        return (
            entry is not None
            and entry.target == path
            and entry.sha256 == source.sha256
            and entry.identity == self._settings.identity
            and (entry.state == "done" or (entry.state == "working" and entry.is_new))
        )

    def _may_replace(self, owner: str | None, mark: Provenance | None, source: Source) -> bool:
        """Whether an output is an earlier one of the same input, and none that must be kept."""
        if owner is None:
            return mark is not None and mark.source_sha256 == source.sha256
        is_unfinished = source.entry is not None and source.entry.state == "working"
        return self._settings.then == "keep" or is_unfinished


def _candidates(wanted: Path) -> Iterator[Path]:
    if len(os.fsencode(wanted.name)) > GREATEST_NAME:
        raise TargetTakenError("its name is too long", path=wanted)
    yield from free_names(wanted)


def _collision(other: str, place: str, path: Path) -> TargetTakenError:
    reason = (
        f"both {quoted(other)} and {quoted(place)} would become this file: "
        "rename one, or use --name '{name}{ext}'"
    )
    return TargetTakenError(reason, path=path)
