"""What is known of each file that was seen: a SQLite file that outlives the process.

One row for each input, by its place below the root, so that nothing can stand there twice. Each
change is one transaction. SQLite runs with a write-ahead log and `synchronous=NORMAL`: a process
that is killed loses nothing, and a power cut at most the last transactions, never the file
(sqlite.org/wal.html, "Performance Considerations"). Those few are learnt again from the marks of
the outputs, which are synced. A sync for each transaction would cost more than a small picture.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

from colorize_cli.core.errors import BadConfigError, OutputError
from colorize_cli.core.outputs import reported
from colorize_cli.watch.journal_lock import default_path, locked

__all__ = ["Entry", "Journal", "Signature", "State", "default_path", "opened"]

VERSION: Final = 1

State: TypeAlias = Literal["working", "done", "failed", "skipped", "ignored", "left"]
"""`working` is an intention, `ignored` no picture or an output of ours, `left` a file that was
there at a start that ignored the backlog."""

GREATEST_INTEGER: Final = 2**63 - 1

SCHEMA: Final = f"""
CREATE TABLE IF NOT EXISTS inputs (
    folder BLOB NOT NULL, name BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN {get_args(State)}),
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    sha256 TEXT, identity TEXT, target BLOB, is_new INTEGER NOT NULL DEFAULT 0,
    starts INTEGER NOT NULL DEFAULT 0, status INTEGER NOT NULL DEFAULT 0, reason TEXT,
    changed REAL NOT NULL,
    PRIMARY KEY (folder, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outputs (
    target BLOB PRIMARY KEY, place BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS unfinished ON inputs (state) WHERE state = 'working';
PRAGMA user_version = {VERSION};
"""

COLUMNS: Final = (
    "folder, name, state, size, mtime_ns, inode, ctime_ns, sha256, identity, target, is_new, "
    "starts, status, reason"
)


class Signature(NamedTuple):
    """What tells a file that has changed from one that has not, without reading it."""

    size: int
    mtime_ns: int
    inode: int
    ctime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Signature":
        """Return that of a file."""
        # SQLite has integers of 63 bits and a sign.
        inode = status.st_ino & GREATEST_INTEGER
        return cls(status.st_size, status.st_mtime_ns, inode, status.st_ctime_ns)

    def is_same_content(self, other: "Signature") -> bool:
        """Whether the content is the same: names, modes and owners may have changed."""
        return self[:3] == other[:3]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is known of one file. `place` is its path below the root.

    `is_new` says that there was nothing at `target` when the work was begun, `starts` how often
    it was begun and neither ended nor was put off: the process died each time.
    """

    place: str
    state: State
    signature: Signature
    sha256: str | None = None
    identity: str | None = None
    target: Path | None = None
    is_new: bool = False
    starts: int = 0
    status: int = 0
    reason: str | None = None


class Journal:
    """What became of each file below one root. Its methods may be called from any thread.

    They raise OutputError if the disk does not take it, BadConfigError if the file is damaged.
    """

    def __init__(self, path: Path, *, notice: str | None = None) -> None:
        self.path = path
        self.notice = notice  # What people should hear of how it was opened.
        self._lock = threading.Lock()
        self._db = _connected(path)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def find(self, place: str) -> Entry | None:
        """Return what is known of a file."""
        rows = self._rows("WHERE folder = ? AND name = ?", _key(place))
        return rows[0] if rows else None

    def among(self, folder: str, names: Sequence[str]) -> dict[str, Entry]:
        """Return what is known of some files in one folder, by name.

        Only of what failed `target` is told: each look at the tree asks for every file.
        """
        # Not from the first to the last: a million that are gone since may lie between them.
        condition = f"WHERE folder = ? AND name IN ({', '.join('?' * len(names))})"
        values = (os.fsencode(folder), *map(os.fsencode, names))
        columns = COLUMNS.replace("target", "CASE state WHEN 'failed' THEN target END")
        rows = self._rows(condition, values, columns=columns)
        return {os.path.basename(row.place): row for row in rows}  # noqa: PTH119

    def unfinished(self) -> list[Entry]:
        """Return what was begun and not ended, in the order of places."""
        return self._rows("WHERE state = 'working' ORDER BY folder, name", ())

    def owner(self, target: Path) -> str | None:
        """Return the place of the input that an output was last made from."""
        with self._reported(), self._lock:
            sql = "SELECT place FROM outputs WHERE target = ?"
            row = self._db.execute(sql, (os.fsencode(target),)).fetchone()
            return os.fsdecode(b"" + row[0]) if row else None

    def record(self, entry: Entry) -> None:
        """Put an entry in the place of what is known of the file."""
        target = None if entry.target is None else os.fsencode(entry.target)
        values = (
            *_key(entry.place), entry.state, *entry.signature, entry.sha256, entry.identity,
            target, entry.is_new, entry.starts, entry.status, entry.reason, time.time(),
        )  # fmt: skip
        places = ", ".join("?" * len(values))
        with self._reported(), self._lock, self._db:
            self._db.execute(
                f"INSERT OR REPLACE INTO inputs ({COLUMNS}, changed) VALUES ({places})",
                values,
            )
            if target is not None and entry.state in ("working", "done"):
                self._db.execute(
                    "INSERT OR REPLACE INTO outputs VALUES (?, ?)",
                    (target, os.fsencode(entry.place)),
                )

    def put_off(self, place: str) -> None:
        """Say that work that was begun has ended without a result, and will be tried again."""
        sql = "UPDATE inputs SET starts = 0 WHERE folder = ? AND name = ? AND state = 'working'"
        self._change(sql, _key(place))

    def forget(self, place: str) -> None:
        """Remove what is known of a file."""
        self._change("DELETE FROM inputs WHERE folder = ? AND name = ?", _key(place))

    def counts(self) -> dict[str, int]:
        """Return how many files are in each state."""
        with self._reported(), self._lock:
            rows = self._db.execute("SELECT state, COUNT(*) FROM inputs GROUP BY state")
            return dict(rows.fetchall())

    def _change(self, sql: str, values: tuple[object, ...]) -> None:
        with self._reported(), self._lock, self._db:
            self._db.execute(sql, values)

    def _rows(
        self, condition: str, values: tuple[object, ...], *, columns: str = COLUMNS
    ) -> list[Entry]:
        with self._reported(), self._lock:
            rows = self._db.execute(f"SELECT {columns} FROM inputs {condition}", values)
            return [_entry(row) for row in rows]

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            reason = f"the journal cannot be written: {error}"
            raise OutputError(reason, path=self.path) from error
        except (sqlite3.DatabaseError, TypeError, ValueError) as error:
            raise BadConfigError(f"the journal is damaged: {error}", path=self.path) from error


@contextmanager
def opened(path: Path, root: Path) -> Iterator[Journal]:
    """Open the journal of a root at `path`, made if need be, and lock it.

    A damaged one is set aside, with a notice: what it knew is learnt again from the marks of the
    outputs, none of which is ever replaced by another input's. Raises TemporaryError if another
    watcher has it or the root, BadConfigError if a newer version wrote it, CannotCreateError,
    NoPermissionError or OutputError if it cannot be made.
    """
    with locked(path, root), closing(_sound(path)) as journal:
        yield journal


def _sound(path: Path) -> Journal:
    try:
        return _checked(Journal(path))
    except BadConfigError:
        raise
    except sqlite3.OperationalError as error:
        raise OutputError(f"the journal cannot be opened: {error}", path=path) from error
    except (sqlite3.DatabaseError, UnicodeError):
        aside = _set_aside(path)
        notice = (
            f"the journal was damaged and lies now at {aside}: what was done is learnt again "
            "from the outputs"
        )
        return Journal(path, notice=notice)


def _checked(journal: Journal) -> Journal:
    """Return a journal that is whole, else close it."""
    try:
        (found,) = journal._db.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
    except sqlite3.Error:
        journal.close()
        raise
    return journal


def _connected(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, check_same_thread=False)
    try:
        _prepare(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    # Nobody else may have it open: so the log needs no shared memory, which network disks lack.
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    if tables and not tables >= {"inputs", "outputs"}:
        raise BadConfigError("is no journal of colorize: choose another --state", path=path)
    if version > VERSION:
        reason = "a newer colorize wrote this journal: use that one, or another --state"
        raise BadConfigError(reason, path=path)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    if version < VERSION:
        db.executescript(f"BEGIN; {SCHEMA} COMMIT;")


def _set_aside(path: Path) -> Path:
    """Rename a damaged journal, and its log, to a name that is free; return that of the first."""
    number = 1
    while os.path.lexists(aside := path.with_name(f"{path.name}.damaged-{number}")):
        number += 1
    with reported(path):
        path.rename(aside)
        log = path.with_name(f"{path.name}-wal")
        if log.exists():
            log.rename(aside.with_name(f"{aside.name}-wal"))
    return aside


def _key(place: str) -> tuple[bytes, bytes]:
    folder, name = os.path.split(place)
    return os.fsencode(folder), os.fsencode(name)


def _entry(row: tuple[object, ...]) -> Entry:
    (folder, name, state, size, mtime_ns, inode, ctime_ns, sha256, identity, target, is_new,
     starts, status, reason) = row  # fmt: skip
    if state not in get_args(State) or not isinstance(starts, int):
        raise ValueError("a state that no file can be in")  # SQLite keeps values of any type.
    return Entry(
        place=os.path.join(os.fsdecode(b"" + folder), os.fsdecode(b"" + name)),  # type: ignore[operator] # noqa: PTH118
        state=state,  # type: ignore[arg-type]
        signature=Signature(size, mtime_ns, inode, ctime_ns),  # type: ignore[arg-type]
        sha256=sha256,  # type: ignore[arg-type]
        identity=identity,  # type: ignore[arg-type]
        target=None if target is None else Path(os.fsdecode(b"" + target)),  # type: ignore[operator]
        is_new=bool(is_new),
        starts=starts,
        status=status,  # type: ignore[arg-type]
        reason=reason,  # type: ignore[arg-type]
    )
