"""What the journal keeps: across processes, damage, and anything that callers do."""

import os
import sqlite3
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from colorize_cli.core.errors import BadConfigError, NoPermissionError, OutputError, TemporaryError
from colorize_cli.watch.journal import Entry, Journal, Signature, default_path, opened

SIGNATURE = Signature(1, 2, 3, 4)


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))


def entry(place: str, **choices: object) -> Entry:
    return Entry(**{"place": place, "state": "done", "signature": SIGNATURE, **choices})  # type: ignore[arg-type]


def test_what_was_recorded_is_there_in_the_next_process(tmp_path: Path) -> None:
    odd = os.fsdecode(b"sub/\xff\n'\".png")
    written = entry(
        odd, sha256="ab", identity="cd", target=tmp_path / os.fsdecode(b"\xfe.png"), starts=2
    )
    with opened(tmp_path / "j", tmp_path) as journal:
        journal.record(written)
    with opened(tmp_path / "j", tmp_path) as journal:
        assert journal.find(odd) == written
        assert journal.find("other") is None


def test_a_place_has_one_entry(tmp_path: Path) -> None:
    with opened(tmp_path / "j", tmp_path) as journal:
        for state in ("working", "done", "failed"):
            journal.record(entry("a.png", state=state))
        assert journal.counts() == {"failed": 1}


def test_an_output_belongs_to_whoever_it_was_last_made_from(tmp_path: Path) -> None:
    target = tmp_path / "out.png"
    with opened(tmp_path / "j", tmp_path) as journal:
        assert journal.owner(target) is None
        journal.record(entry("a.jpg", state="working", target=target))
        assert journal.owner(target) == "a.jpg"
        journal.record(entry("b.jpg", state="failed", target=target))
        assert journal.owner(target) == "a.jpg"
        journal.forget("a.jpg")
        assert journal.owner(target) == "a.jpg"


def test_starts_are_forgotten_when_work_is_put_off(tmp_path: Path) -> None:
    with opened(tmp_path / "j", tmp_path) as journal:
        journal.record(entry("a", state="working", starts=3))
        journal.record(entry("b", starts=3))
        journal.put_off("a")
        assert [(found.place, found.starts) for found in journal.unfinished()] == [("a", 0)]


def test_a_second_watcher_of_the_folder_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "j", tmp_path):
        for path in (tmp_path / "j", tmp_path / "another"):
            with pytest.raises(TemporaryError, match="another colorize watches"):
                opened(path, tmp_path).__enter__()
    with opened(tmp_path / "j", tmp_path):
        pass


@pytest.mark.parametrize(("first", "second"), [("a", "a/b"), ("a/b", "a")])
def test_a_folder_in_or_around_one_that_is_watched_is_refused(
    tmp_path: Path, first: str, second: str
) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "ab").mkdir()
    with opened(tmp_path / "j1", tmp_path / first):
        with pytest.raises(TemporaryError, match="watch only one of the two"):
            opened(tmp_path / "j2", tmp_path / second).__enter__()
        with opened(tmp_path / "j3", tmp_path / "ab"):
            pass
    with opened(tmp_path / "j2", tmp_path / second):
        pass


def test_the_folder_is_known_by_whatever_name(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "root")
    assert default_path(tmp_path / "link") == default_path(tmp_path / "root")
    assert default_path(tmp_path / "root").parent == tmp_path / "xdg" / "colorize" / "watch"
    assert default_path(tmp_path / "root") != default_path(tmp_path)


def test_a_relative_state_home_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_path(tmp_path).is_relative_to(tmp_path / ".local" / "state")


def test_where_the_usual_place_cannot_be_written_another_journal_is_used(tmp_path: Path) -> None:
    (tmp_path / "xdg").write_bytes(b"a file where a folder should be")
    with opened(tmp_path / "j", tmp_path) as journal:
        journal.record(entry("a"))


@pytest.mark.parametrize("damage", ["no database", "cut", "garbled"])
def test_a_damaged_journal_is_set_aside_with_a_notice(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "j"
    with opened(path, tmp_path) as journal:
        for number in range(500):
            journal.record(entry(f"{number}.png", sha256="0" * 64))
    data = bytearray(path.read_bytes())
    if damage == "no database":
        data = bytearray(b"something else" * 99)
    elif damage == "cut":
        del data[len(data) // 2 :]
    else:
        data[4096:] = os.urandom(len(data) - 4096)
    path.write_bytes(data)
    with opened(path, tmp_path) as journal:
        assert journal.notice is not None
        assert "damaged" in journal.notice
        assert journal.counts() == {}
    assert (tmp_path / "j.damaged-1").read_bytes() == data
    with opened(path, tmp_path) as journal:
        assert journal.notice is None


def test_a_journal_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "j"
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(BadConfigError, match="newer colorize"):
        opened(path, tmp_path).__enter__()
    assert sorted(tmp_path.glob("j.damaged*")) == []


def test_a_journal_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "j").mkdir()
    with pytest.raises(OutputError, match="journal cannot be opened"):
        opened(tmp_path / "j", tmp_path).__enter__()


def test_a_folder_of_states_without_permission_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(NoPermissionError):
        opened(tmp_path / "state" / "j", tmp_path).__enter__()


def test_of_a_folder_only_what_is_asked_for_is_told(tmp_path: Path) -> None:
    names = ["A", "a", "a b", "b", "é", "z"]
    with opened(tmp_path / "j", tmp_path) as journal:
        for name in names:
            journal.record(entry(f"sub/{name}"))
        journal.record(entry("b"))
        known = journal.among("sub", ["a", "b", "none", "z"])
        assert {name: found.place for name, found in known.items()} == {
            "a": "sub/a",
            "b": "sub/b",
            "z": "sub/z",
        }
        assert list(journal.among("", names)) == ["b"]


PLACES = st.sampled_from(["a", "b", "s/a", "s/t/a"])


class JournalMachine(RuleBasedStateMachine):
    """The journal is a dictionary that outlives the process."""

    def __init__(self) -> None:
        super().__init__()
        self.model: dict[str, Entry] = {}
        self.journal = Journal(Path(":memory:"))

    @rule(
        place=PLACES,
        state=st.sampled_from(["working", "done", "failed"]),
        size=st.integers(0, 2**63 - 1),
        starts=st.integers(0, 3),
    )
    def record(self, place: str, state: str, size: int, starts: int) -> None:
        signature = SIGNATURE._replace(size=size)
        self.model[place] = entry(place, state=state, signature=signature, starts=starts)
        self.journal.record(self.model[place])

    @rule(place=PLACES)
    def forget(self, place: str) -> None:
        self.model.pop(place, None)
        self.journal.forget(place)

    @rule(place=PLACES)
    def find(self, place: str) -> None:
        assert self.journal.find(place) == self.model.get(place)

    @rule()
    def unfinished(self) -> None:
        expected = {place for place, found in self.model.items() if found.state == "working"}
        assert {found.place for found in self.journal.unfinished()} == expected

    def teardown(self) -> None:
        self.journal.close()


JournalMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
TestJournalMachine = JournalMachine.TestCase
