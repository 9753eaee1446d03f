"""The whole of one picture, in a worker: from the journal's question to what becomes of it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias, TypeGuard

from colorize_cli.core.errors import (
    BadConfigError,
    ColorizeError,
    NoInputError,
    NoPermissionError,
    NotAnImageError,
    TemporaryError,
)
from colorize_cli.core.existing_outputs import sha256_of
from colorize_cli.core.input_files import looks_like_a_picture
from colorize_cli.core.outputs import make_folder
from colorize_cli.core.photo_folder import PHOTO_SUFFIXES
from colorize_cli.core.provenance import read_provenance
from colorize_cli.watch.afterwards import dispose, quarantine
from colorize_cli.watch.endings import has_end
from colorize_cli.watch.events import Done, Failed, Made, Skipped, SkipReason, Started, Work
from colorize_cli.watch.journal import Entry, Journal, Signature, State
from colorize_cli.watch.settings import WatchSettings
from colorize_cli.watch.targets import Source, Target, Targets, TargetTakenError
from colorize_cli.watch.tree import Tree

DEATHS: Final = 10
"""How often the process may die over one file before that file is given up: far more than a
machine is switched off by chance while the same picture is in hand."""


@dataclass(frozen=True)
class Put:
    """A picture was not finished, and why it is to be looked at again.

    `unreadable`: it may not be complete yet; `trouble`: its output cannot be written now;
    `changed`: it is not what it was when it was begun. With `done` it was coloured, but its
    input cannot be moved or deleted now.
    """

    why: Literal["unreadable", "trouble", "changed"]
    error: ColorizeError | None = None
    done: Done | None = None


Result: TypeAlias = Done | Failed | Skipped | Put


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One attempt at one file. With `is_last`, it is given up if it cannot be read now."""

    place: str
    signature: Signature
    attempts: int = 1
    is_last: bool = False


@dataclass(kw_only=True)
class PictureWork:
    """Does one attempt at a time in each of several threads; says what became of it."""

    settings: WatchSettings
    tree: Tree
    journal: Journal
    work: Work
    targets: Targets
    started: Callable[[Started], None]
    gate: AbstractContextManager[object]

    def __call__(self, turn: Turn) -> Result:
        """Do what is to be done about a file.

        Raises BadConfigError if the journal is damaged; every other ColorizeError is a result.
        """
        sha256: str | None = None
        try:
            if (reason := self._no_input(turn)) is not None:
                self._record(turn, "ignored", None)
                return Skipped(path=self._path(turn), reason=reason)
            sha256 = self._sha256(turn)
            return self._result(turn, sha256)
        except BadConfigError:
            raise
        except ColorizeError as error:
            error.path = error.path or self._path(turn)
            return self._after_error(turn, error, sha256)

    def _path(self, turn: Turn) -> Path:
        return self.tree.path_of(turn.place)

    def _is_unchanged(self, turn: Turn) -> bool:
        now = self.tree.signature_of(turn.place)
        return now is not None and now.is_same_content(turn.signature)

    def _is_untouched(self, turn: Turn) -> bool:
        # Who writes into a file may set its times back, but for that of its last change.
        return self.tree.signature_of(turn.place) == turn.signature

    def _sha256(self, turn: Turn) -> str:
        if turn.signature.size == 0:
            raise NotAnImageError("empty file", path=self._path(turn))
        digest = sha256_of(self._path(turn))
        if digest is None:
            raise NoPermissionError("cannot be read", path=self._path(turn))
        return digest

    def _result(self, turn: Turn, sha256: str) -> Result:
        entry = self.journal.find(turn.place)
        if entry is not None and entry.state == "working" and entry.starts >= DEATHS:
            raise _deadly(entry)
        if self._is_known(entry, sha256):
            return self._made_before(turn, entry, sha256)
        self._check_end(turn)
        with self.targets.chosen(Source(turn.place, sha256, entry)) as target:
            if target.is_done:
                return self._finished(turn, target, sha256, made=None)
            starts = 1 if entry is None or entry.state != "working" else entry.starts + 1
            return self._worked(turn, target, sha256, starts=starts)

    def _no_input(self, turn: Turn) -> SkipReason | None:
        path = self._path(turn)
        if path.suffix.lower() not in PHOTO_SUFFIXES and not looks_like_a_picture(path):
            return "not a picture"
        return "made by colorize" if read_provenance(path) is not None else None

    def _check_end(self, turn: Turn) -> None:
        """Raise NotAnImageError for a file that seems to lack its end and may still get it."""
        path = self._path(turn)
        try:
            is_whole = turn.is_last or has_end(path)
        except OSError as error:
            raise NoPermissionError("cannot be read", path=path) from error
        if not is_whole:
            raise NotAnImageError("truncated image: its end is missing", path=path)

    def _is_known(self, entry: Entry | None, sha256: str) -> TypeGuard[Entry]:
        """Whether nothing is left to do about this content, wherever its output is now."""
        if entry is None or (entry.sha256, entry.identity) != (sha256, self.settings.identity):
            return False
        return entry.state == "skipped" or (entry.state == "done" and self.settings.then == "keep")

    def _made_before(self, turn: Turn, entry: Entry, sha256: str) -> Result:
        """Leave alone what was only touched."""
        if entry.state == "skipped":
            self._record(turn, "skipped", sha256)
            return Skipped(path=self._path(turn), reason="has colours already")
        self._record(turn, "done", sha256, target=entry.target)
        return Skipped(path=self._path(turn), reason="made before", target=entry.target)

    def _worked(self, turn: Turn, target: Target, sha256: str, *, starts: int) -> Result:
        self._record(
            turn, "working", sha256, target=target.path, is_new=target.is_new, starts=starts
        )
        self.started(Started(path=self._path(turn), target=target.path))
        make_folder(target.path.parent)
        made = self.work(self._path(turn), target.path, is_new=target.is_new)
        # What was deleted meanwhile was read before.
        is_there = self.tree.signature_of(turn.place) is not None
        if is_there and not self._is_unchanged(turn):
            self.journal.put_off(turn.place)
            return Put("changed")
        if made.is_skipped:
            self._record(turn, "skipped", sha256)
            return Skipped(path=self._path(turn), reason="has colours already")
        return self._finished(turn, target, sha256, made=made)

    def _finished(self, turn: Turn, target: Target, sha256: str, *, made: Made | None) -> Result:
        self._record(turn, "done", sha256, target=target.path)
        done = None if made is None else Done(path=self._path(turn), target=target.path, made=made)
        try:
            with self.gate:
                fate = dispose(
                    self.settings,
                    turn.place,
                    target.path,
                    is_unchanged=lambda: self._is_untouched(turn),
                )
        except ColorizeError as error:
            return Put("trouble", error, done)
        if done is None:
            return Skipped(path=self._path(turn), reason="made before", target=target.path)
        return replace(done, moved_to=fate.moved_to, is_deleted=fate.is_deleted)

    def _after_error(self, turn: Turn, error: ColorizeError, sha256: str | None) -> Result:
        try:
            return self._judged(turn, error, sha256)
        except BadConfigError:
            raise
        except ColorizeError as further:
            # The quarantine or the journal cannot be written.
            return Put("trouble", further)

    def _judged(self, turn: Turn, error: ColorizeError, sha256: str | None) -> Result:
        if self.tree.signature_of(turn.place) is None:
            self.journal.forget(turn.place)
            return Skipped(path=self._path(turn), reason="gone")
        if not self._is_unchanged(turn):
            self.journal.put_off(turn.place)
            return Put("changed")
        if isinstance(error, TargetTakenError):
            return self._failed(turn, error, sha256, may_be_moved=False)
        if str(error.path) != str(self._path(turn)) or isinstance(error, TemporaryError):
            self.journal.put_off(turn.place)
            return Put("trouble", error)
        if not turn.is_last and not isinstance(error, DeadlyError):
            self.journal.put_off(turn.place)
            return Put("unreadable", error)
        # What is empty may be a place held for somebody, what is locked belongs to somebody.
        is_to_be_left = turn.signature.size == 0 or isinstance(
            error, (NoInputError, NoPermissionError)
        )
        return self._failed(turn, error, sha256, may_be_moved=not is_to_be_left)

    def _failed(
        self, turn: Turn, error: ColorizeError, sha256: str | None, *, may_be_moved: bool
    ) -> Failed:
        place = None
        if may_be_moved:
            with self.gate:
                place = quarantine(self.settings, turn.place, error, sha256=sha256)
        contested = Path(str(error.path)) if isinstance(error, TargetTakenError) else None
        self._record(turn, "failed", sha256, target=contested, error=error)
        return Failed(path=self._path(turn), error=error, attempts=turn.attempts, quarantined=place)

    def _record(
        self,
        turn: Turn,
        state: State,
        sha256: str | None,
        *,
        target: Path | None = None,
        is_new: bool = False,
        starts: int = 0,
        error: ColorizeError | None = None,
    ) -> None:
        identity = self.settings.identity if error is None else self.settings.reader_identity
        self.journal.record(
            Entry(
                place=turn.place,
                state=state,
                signature=turn.signature,
                sha256=sha256,
                identity=identity,
                target=target,
                is_new=is_new,
                starts=starts,
                status=0 if error is None else int(error.status),
                reason=None if error is None else error.reason,
            )
        )


class DeadlyError(ColorizeError):
    """The process has died over a file again and again."""


def _deadly(entry: Entry) -> DeadlyError:
    return DeadlyError(
        f"the program ended {entry.starts} times while it coloured this file, which is given up"
    )
