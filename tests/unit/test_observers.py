"""Hints by real events, what goes wrong with them, and that it is healed."""

import errno
import logging
import threading
import time
from pathlib import Path

import pytest
from watchdog.utils import BaseThread

from colorize_cli.watch import observers
from colorize_cli.watch.directory_events import PROBE_NAME, DirectoryEvents
from colorize_cli.watch.dirty_set import DirtySet
from colorize_cli.watch.events import Notice
from colorize_cli.watch.mounts import Mount, MountTable
from colorize_cli.watch.observers import Observation

DEADLINE = 60.0


class Listener:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def told(self, event: object) -> None:
        assert isinstance(event, Notice)
        self.texts.append(event.text)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Seen:
    """What was marked so far, waited for with a deadline."""

    def __init__(self, dirty: DirtySet) -> None:
        self._dirty = dirty
        self.paths: dict[Path, bool] = {}
        self.reasons: list[str] = []

    def update(self) -> None:
        paths, reasons = self._dirty.take()
        self.paths |= paths
        self.reasons += reasons

    def wait_for(self, *paths: Path) -> None:
        end = time.monotonic() + DEADLINE
        while not self.paths.keys() >= set(paths):
            assert time.monotonic() < end, (paths, self.paths)
            self._dirty.wakes.get(timeout=DEADLINE)
            self.update()


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "in"
    (root / "sub" / "deep").mkdir(parents=True)
    return root


@pytest.fixture
def dirty():
    return DirtySet()


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def observe(root, dirty, listener, clock):
    """Start an observation of the folder; it ends with the test."""
    started = []

    def start(folder: Path | None = None, **settings) -> Observation:
        observation = Observation(folder or root, dirty, listener, clock=clock, **settings)
        started.append(observation)
        observation.start()
        return observation

    yield start
    for observation in started:
        observation.stop()


@pytest.fixture
def seen(dirty):
    return Seen(dirty)


def of_watchdog() -> list[BaseThread]:
    return [thread for thread in threading.enumerate() if isinstance(thread, BaseThread)]


def running_of_watchdog() -> list[BaseThread]:
    """Return those that were not asked to end; others, of earlier tests too, take their time."""
    return [thread for thread in of_watchdog() if thread.should_keep_running()]


def test_whoever_closes_or_moves_in_a_file_makes_it_complete(observe, root, tmp_path, seen):
    outside = tmp_path / "outside.png"
    outside.write_bytes(b"2")
    observe()
    (root / "written.png").write_bytes(b"1")
    outside.rename(root / "moved.png")
    (root / "sub/deep/inner.png").write_bytes(b"3")
    (root / "written.png").rename(root / "renamed.png")
    seen.wait_for(root / "moved.png", root / "sub/deep/inner.png", root / "renamed.png")
    names = ("moved.png", "sub/deep/inner.png", "renamed.png")
    assert [seen.paths[root / name] for name in names] == [True] * 3


def test_a_hard_link_is_told_but_may_be_written_on(observe, root, tmp_path, seen):
    outside = tmp_path / "outside.png"
    outside.write_bytes(b"2")
    observe()
    (root / "link.png").hardlink_to(outside)
    seen.wait_for(root / "link.png")
    assert seen.paths[root / "link.png"] is False


def test_folders_that_come_are_told_with_what_is_in_them(observe, root, tmp_path, seen):
    (tmp_path / "batch/a").mkdir(parents=True)
    (tmp_path / "batch/a/1.png").write_bytes(b"1")
    observe()
    (tmp_path / "batch").rename(root / "batch")
    seen.wait_for(root / "batch")
    (root / "batch/a/2.png").write_bytes(b"2")
    seen.wait_for(root / "batch/a/2.png")


def test_reading_a_file_is_no_reason_to_look_at_it(observe, root, seen):
    (root / "old.png").write_bytes(b"1")
    observe()
    assert (root / "old.png").read_bytes() == b"1"
    (root / "later.png").write_bytes(b"2")
    seen.wait_for(root / "later.png")
    assert root / "old.png" not in seen.paths


def test_a_folder_that_is_named_by_a_link_is_told_by_that_name(observe, root, tmp_path, seen):
    link = tmp_path / "link"
    link.symlink_to(root)
    observe(link)
    (root / "a.png").write_bytes(b"1")
    (root / "sub/b.png").write_bytes(b"2")
    seen.wait_for(link / "a.png", link / "sub/b.png")


def test_a_probe_shows_that_events_come_and_leaves_nothing(observe, root, dirty, listener):
    observation = observe(probe_in=root)
    assert not observation.is_polling
    assert not (root / PROBE_NAME).exists()
    assert listener.texts == []
    assert root / PROBE_NAME not in dirty.take()[0]


def test_where_no_probe_can_be_made_events_are_believed(root, dirty):
    events = DirectoryEvents(root, dirty)
    assert events.do_arrive(root / "not there")


def test_a_probe_that_is_not_told_of_leads_to_polling(observe, tmp_path, listener, monkeypatch):
    # A folder outside is one whose changes are not told.
    silent = tmp_path / "silent"
    silent.mkdir()
    monkeypatch.setitem(DirectoryEvents.do_arrive.__kwdefaults__, "patience", 0.05)
    observation = observe(probe_in=silent)
    assert observation.is_polling
    assert listener.texts == ["no events come from this file system: looking every 10 s"]
    assert list(silent.iterdir()) == []


def test_polling_asks_for_a_scan_at_its_pace_and_starts_nothing(observe, clock, seen):
    before = running_of_watchdog()
    observation = observe(poll=7.0)
    assert running_of_watchdog() == before
    waited = [observation.supervise()]
    for _ in range(8):
        clock.now += waited[-1]
        waited.append(observation.supervise())
    seen.update()
    assert clock.now == 1014.0
    assert seen.reasons == ["polling", "polling"]


def test_a_file_system_of_a_network_is_polled(observe, listener, monkeypatch):
    nas = Mount("40", "/mnt/nas", "nfs4")
    monkeypatch.setattr(MountTable, "current", lambda _: (nas,))
    assert observe().is_polling
    assert listener.texts == [
        "/mnt/nas is nfs4, which does not tell of changes made elsewhere: looking every 10 s"
    ]


@pytest.mark.parametrize(
    ("asked", "cost", "pause"),
    [(None, 0.001, 10.0), (None, 0.05, 25.0), (None, 9.0, 60.0), (7.0, 9.0, 7.0)],
)
def test_a_tree_that_costs_much_is_looked_at_less_often(
    observe, clock, dirty, monkeypatch, asked, cost, pause
):
    nas = Mount("40", "/mnt/nas", "nfs4")
    monkeypatch.setattr(MountTable, "current", lambda _: (nas,))
    observation, times = observe(poll=asked), []
    while len(times) < 3:
        clock.now += observation.supervise(cost)
        times += [clock.now] * len(dirty.take()[1])
    assert times[2] - times[1] == pytest.approx(pause)


def test_a_dead_thread_of_the_observer_is_noticed_and_replaced(observe, root, listener, seen):
    known = running_of_watchdog()
    observation = observe()
    for victim in [thread for thread in running_of_watchdog() if thread not in known]:
        kind = type(victim)
        running = [t for t in running_of_watchdog() if t not in known and type(t) is kind]
        assert len(running) == 1
        running[0].stop()
        running[0].join(DEADLINE)
        listener.texts.clear()
        seen.reasons.clear()
        observation.supervise()
        assert listener.texts == [observers.DIED]
        seen.update()
        assert seen.reasons == [observers.DIED]
        name = root / f"after-{kind.__name__}.png"
        name.write_bytes(b"1")
        seen.wait_for(name)


def test_what_watchdog_complains_of_leads_to_a_look_at_everything(observe, listener, seen, capfd):
    observation = observe()
    logging.getLogger("watchdog.observers.inotify_c").warning("Inotify queue overflowed")
    observation.supervise()
    seen.update()
    assert seen.reasons == [observers.LOST]
    assert "Inotify queue overflowed" in listener.texts[0]
    assert capfd.readouterr().err == ""


def test_a_folder_that_is_gone_is_waited_for(observe, root, tmp_path, listener, seen):
    observation = observe()
    root.rename(tmp_path / "away")
    observation.supervise()
    observation.supervise()
    seen.update()
    assert seen.reasons == [observers.GONE]
    (tmp_path / "away").rename(root)
    (root / "meanwhile.png").write_bytes(b"1")
    observation.supervise()
    seen.update()
    assert seen.reasons == [observers.GONE, observers.BACK]
    # It is the one who looks at all files that tells.
    assert listener.texts == []
    (root / "after.png").write_bytes(b"1")
    seen.wait_for(root / "after.png")


def test_another_folder_in_its_place_is_watched_instead(observe, root, tmp_path, listener, seen):
    observation = observe()
    root.rename(tmp_path / "away")
    root.mkdir()
    observation.supervise()
    seen.update()
    assert (listener.texts, seen.reasons) == ([observers.REPLACED], [observers.REPLACED])
    (root / "after.png").write_bytes(b"1")
    (tmp_path / "away/elsewhere.png").write_bytes(b"1")
    seen.wait_for(root / "after.png")


def test_the_same_folder_mounted_anew_is_watched_anew(observe, listener, monkeypatch):
    observation = observe()
    again = Mount("99", "/", "ext4")
    monkeypatch.setattr(MountTable, "current", lambda _: (again,))
    observation.supervise()
    observation.supervise()
    assert listener.texts == [observers.REPLACED]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (errno.ENOSPC, "fs.inotify.max_user_watches"),
        (errno.EMFILE, "fs.inotify.max_user_instances"),
    ],
)
def test_a_limit_is_named_and_events_are_tried_again(
    observe, listener, clock, seen, monkeypatch, code, name
):
    real = DirectoryEvents.start
    monkeypatch.setattr(DirectoryEvents, "start", refusing(code))
    observation = observe()
    assert observation.is_polling
    assert name in listener.texts[0]
    assert f"sudo sysctl {name}=" in listener.texts[0]
    clock.now += observers.AGAIN
    observation.supervise()
    assert observation.is_polling
    monkeypatch.setattr(DirectoryEvents, "start", real)
    clock.now += observers.AGAIN
    observation.supervise()
    assert not observation.is_polling
    seen.update()
    assert seen.reasons[-1] == "events come again"
    assert len(listener.texts) == 1


def test_a_folder_for_which_there_is_no_watch_left_leads_to_polling(
    observe, root, listener, seen, monkeypatch
):
    observation = observe()
    monkeypatch.setattr(DirectoryEvents, "check_limit", refusing(errno.ENOSPC))
    observation.supervise()
    assert not observation.is_polling
    (root / "more").mkdir()
    seen.wait_for(root / "more")
    observation.supervise()
    assert observation.is_polling
    seen.update()
    assert seen.reasons == [observers.FULL]


def refusing(code: int):
    def refuse(self) -> None:
        raise OSError(code, "no")

    return refuse


def test_what_a_thread_complains_of_after_the_end_reaches_nobody(tmp_path, monkeypatch, capsys):
    """Watchdog's threads may still see an event when they are asked to end."""
    logger = logging.getLogger("watchdog")
    monkeypatch.setattr(logger, "propagate", False)
    monkeypatch.setattr(logger, "handlers", [])
    events = DirectoryEvents(tmp_path, DirtySet())
    events.start()
    events.stop()
    logging.getLogger("watchdog.observers").error("called when the thread is inactive")
    assert capsys.readouterr() == ("", "")
    for thread in of_watchdog():
        thread.join(DEADLINE)
