"""What a watcher lives through: signals, kills, overflows, limits, and a folder that goes away."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from command_line import PROGRAM
from tiny_models import write_tiny_model
from watch_process import (
    QUICK,
    Watching,
    is_made_from,
    numbered_png,
    temporary_files,
    watch_environment,
)

HELD_PROGRAM = [sys.executable, str(Path(__file__).parent.parent / "support/held_watch.py")]

BURST = 40
KILLS = 3


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    write_tiny_model(path)
    return str(path)


@pytest.fixture
def watch(tmp_path, model) -> Iterator[Any]:
    started: list[Watching] = []

    def begin(*arguments: str, **settings: Any) -> Watching:
        started.append(Watching(tmp_path, model, *QUICK, *arguments, **settings))
        started[-1].wait_for("watching")
        return started[-1]

    yield begin
    for watching in started:
        watching.close()


@pytest.fixture
def incoming(tmp_path) -> Path:
    folder = tmp_path / "incoming"
    folder.mkdir()
    return folder


@pytest.fixture
def held(watch, incoming, tmp_path) -> Any:
    """Start a watcher that has a picture in hand until the pipe is opened."""
    os.mkfifo(tmp_path / "pipe")

    def begin(*arguments: str) -> Watching:
        variables = {"HELD": str(tmp_path / "pipe")}
        watching = watch(*arguments, variables=variables, program=HELD_PROGRAM)
        (incoming / "slow.png").write_bytes(numbered_png(1))
        watching.wait_for("started", "slow.png")
        return watching

    return begin


def wait_for_words(watching: Watching, words: str) -> None:
    while words not in watching.errors:
        assert watching.process.poll() is None


def test_the_picture_in_hand_comes_to_its_end(held, tmp_path):
    watching = held()
    watching.process.send_signal(signal.SIGTERM)
    wait_for_words(watching, "stopping after the pictures in hand")
    (tmp_path / "pipe").open("wb").close()
    assert watching.ended() == -signal.SIGTERM
    assert watching.names("done") == ["slow.png"]
    assert (watching.events[-1]["event"], watching.events[-1]["not_finished"]) == ("summary", 0)
    assert (watching.output / "slow.png").exists()


def test_after_the_grace_nothing_is_waited_for_and_nothing_is_half_written(held, watch):
    watching = held("--grace", "0")
    assert watching.end(signal.SIGTERM) == -signal.SIGTERM
    assert watching.names("done") == []
    assert watching.events[-1]["not_finished"] == 1
    assert "1 left for the next time" in watching.errors
    assert list(watching.output.iterdir()) == []
    again = watch("--once")
    assert again.ended() == 0
    assert again.names("done") == ["slow.png"]


def test_a_second_signal_ends_it_at_once(held):
    watching = held()
    watching.process.send_signal(signal.SIGTERM)
    # It says that it has understood, before which a second signal would be the first.
    wait_for_words(watching, "stopping after")
    assert watching.end(signal.SIGINT) == -signal.SIGINT
    assert watching.names("done") == []
    assert list(watching.output.iterdir()) == []


def test_killed_again_and_again_it_does_everything_once(watch, incoming, tmp_path):
    for number in range(BURST):
        (incoming / f"{number}.png").write_bytes(numbered_png(number))
    for _ in range(KILLS):
        watching = watch()
        for _ in range(BURST // (KILLS + 2)):
            watching.wait_for("done")
        assert watching.end(signal.SIGKILL) == -signal.SIGKILL
    last = watch("--once")
    assert last.ended() == 0
    for number in range(BURST):
        assert is_made_from(tmp_path / f"out/{number}.png", numbered_png(number))
    assert len(list((tmp_path / "out").iterdir())) == BURST
    assert temporary_files(tmp_path) == []
    assert journaled(tmp_path) == Counter({"done": BURST})
    nothing = watch("--once")
    assert nothing.ended() == 0
    assert nothing.names("started") == []


def journaled(folder: Path) -> Counter[str]:
    (path,) = (folder / "state").rglob("*.sqlite3")
    database = sqlite3.connect(path)
    try:
        return Counter(state for (state,) in database.execute("SELECT state FROM inputs"))
    finally:
        database.close()


def test_nothing_is_lost_when_the_queue_of_events_overflows(watch, incoming):
    limit = Path("/proc/sys/fs/inotify/max_queued_events")
    if not limit.exists() or int(limit.read_text()) > 100_000:
        pytest.skip("no queue of events here that could be filled")
    watching = watch()
    watching.wait_for("rescan")
    (incoming / ".busy").touch()
    watching.process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, watching.process.pid, os.WSTOPPED | os.WNOWAIT)
    # Two events each, twice as many as there is room for; equal ones in a row would be one.
    for number in range(int(limit.read_text()) // 2):
        (incoming / ".busy").rename(incoming / ".other")
        (incoming / ".other").rename(incoming / ".busy")
        if number == 0:
            (incoming / "first.png").write_bytes(numbered_png(1))
    (incoming / "lost.png").write_bytes(numbered_png(2))
    watching.process.send_signal(signal.SIGCONT)
    notice = watching.wait_for("notice")
    assert notice["text"].startswith("the system lost count of changes")
    watching.wait_for_done("first.png", "lost.png")
    assert sorted(watching.names("done")) == ["first.png", "lost.png"]


@pytest.mark.parametrize("by", [(), ("--poll", "0.2")], ids=["events", "polling"])
def test_a_folder_that_is_moved_away_and_back_is_watched_again(watch, incoming, tmp_path, by):
    watching = watch(*by)
    (incoming / "before.png").write_bytes(numbered_png(1))
    watching.wait_for_done("before.png")
    incoming.rename(tmp_path / "away")
    assert "gone" in watching.wait_for("notice")["text"]
    (tmp_path / "away/meanwhile.png").write_bytes(numbered_png(2))
    (tmp_path / "away").rename(incoming)
    watching.wait_for_done("meanwhile.png")
    assert "there again" in watching.of("notice")[-1]["text"]
    (incoming / "after.png").write_bytes(numbered_png(3))
    watching.wait_for_done("after.png")
    assert Counter(watching.names("done")).most_common(1)[0][1] == 1


def test_a_folder_that_is_made_anew_is_watched_instead(watch, incoming, tmp_path):
    watching = watch()
    incoming.rename(tmp_path / "away")
    incoming.mkdir()
    watching.wait_for("notice")
    (incoming / "new.png").write_bytes(numbered_png(1))
    watching.wait_for_done("new.png")


def test_results_never_come_back_as_inputs(watch, incoming, tmp_path):
    (incoming / "a.png").write_bytes(numbered_png(1))
    watching = watch()
    watching.wait_for_done("a.png")
    shutil.copy(tmp_path / "out/a.png", incoming / "copy.png")
    assert watching.wait_for("skipped", "copy.png")["reason"] == "made by colorize"
    watching.process.send_signal(signal.SIGHUP)
    watching.wait(lambda event: event.get("reason") == "SIGHUP")
    assert watching.names("done") == ["a.png"]


@pytest.mark.parametrize(
    ("limit", "count"), [("max_inotify_watches", 3), ("max_inotify_instances", 0)]
)
def test_an_exhausted_limit_is_named_and_polling_takes_over(
    tmp_path, incoming, model, limit, count
):
    (incoming / "a/b/c").mkdir(parents=True)
    namespace = ["unshare", "--user", "--map-root-user"]
    script = f'echo {count} > /proc/sys/user/{limit} && exec "$@"'
    if shutil.which("unshare") is None or subprocess.run([*namespace, "true"]).returncode:
        pytest.skip("no user namespaces here")
    (incoming / "a/b/c/deep.png").write_bytes(numbered_png(1))
    words = [*PROGRAM, "watch", "incoming", "-m", model, *QUICK]
    process = subprocess.Popen(
        [*namespace, "sh", "-c", script, "sh", *words],
        cwd=tmp_path,
        env=watch_environment(tmp_path),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        notice, begun, done = (process.stderr.readline() for _ in range(3))
    finally:
        process.terminate()
        process.wait()
        process.stderr.close()
    sysctl = limit.replace("max_inotify", "fs.inotify.max_user")
    assert notice.startswith("colorize: warning: the limit of inotify ")
    assert f"sudo sysctl {sysctl}=" in notice
    assert notice.endswith("looking every 10 s\n")
    assert "watching by polling" in begun
    assert "deep.png' -> " in done
