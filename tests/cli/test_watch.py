"""The command as one uses it: options, what becomes of files, and every way to end."""

import json
import os
import pty
import select
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from command_line import PROGRAM, run_colorize
from pictures import encoded
from tiny_models import write_tiny_model
from two_hues import two_hues
from watch_process import (
    DEADLINE,
    QUICK,
    Watching,
    is_made_from,
    numbered_png,
    temporary_files,
    watch_environment,
)


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    write_tiny_model(path)
    return str(path)


@pytest.fixture
def watch(tmp_path, model) -> Iterator[Any]:
    """Start watchers of a folder, each as soon as the one before has begun."""
    started: list[Watching] = []

    def start(*arguments: str, **variables: str) -> Watching:
        watching = Watching(tmp_path, model, *QUICK, *arguments, variables=variables)
        started.append(watching)
        return watching

    def begin(*arguments: str, **variables: str) -> Watching:
        watching = start(*arguments, **variables)
        watching.wait_for("watching")
        return watching

    begin.start = start  # type: ignore[attr-defined]
    yield begin
    for watching in started:
        watching.close()


@pytest.fixture
def once(tmp_path, model):
    """Run a watcher with --once; give its status, its lines on stderr, and its events."""

    def run(*arguments: str, folder: str = "incoming") -> tuple[int, list[str], list[dict]]:
        words = ("watch", folder, "--once", *QUICK, "--json", "-m", model, *arguments)
        variables = {"XDG_STATE_HOME": str(tmp_path / "state")}
        ended = run_colorize(tmp_path, *words, variables=variables)
        lines = ended.stderr.decode().splitlines()
        return ended.returncode, lines, [json.loads(line) for line in ended.stdout.splitlines()]

    return run


@pytest.fixture
def incoming(tmp_path) -> Path:
    folder = tmp_path / "incoming"
    folder.mkdir()
    return folder


def statuses(events: list[dict]) -> dict[str, str]:
    ends = ("done", "failed", "skipped")
    return {e["input"]: e["event"] for e in events if e["event"] in ends}


def test_once_colours_what_is_there_and_a_second_time_does_nothing(once, incoming):
    (incoming / "sub").mkdir()
    (incoming / "a.png").write_bytes(numbered_png(1))
    (incoming / "sub/b.png").write_bytes(numbered_png(2))
    status, lines, events = once()
    assert status == 0
    assert statuses(events) == {"incoming/a.png": "done", "incoming/sub/b.png": "done"}
    assert is_made_from(incoming / "color/a.png", numbered_png(1))
    assert is_made_from(incoming / "color/sub/b.png", numbered_png(2))
    assert lines[0] == (
        "colorize: colouring what is in 'incoming', results in 'incoming/color'; Ctrl-C stops"
    )
    assert lines[-1].startswith("colorize: 2 coloured, 0 skipped, 0 failed; ")
    status, _, events = once()
    assert (status, statuses(events), events[-1]["done"]) == (0, {}, 0)


def test_results_are_those_of_run_byte_by_byte(once, incoming, tmp_path, model):
    (incoming / "sub").mkdir()
    (incoming / "sub/a.png").write_bytes(numbered_png(1))
    options = ("--strength", "0.7", "-m", model)
    once("--output-dir", "watched", *options)
    run_colorize(tmp_path, "run", "-r", "incoming", "--output-dir", "run", *options)
    watched, run = ((tmp_path / name / "sub/a.png").read_bytes() for name in ("watched", "run"))
    assert watched == run


def test_another_model_or_option_colours_anew(once, incoming, model):
    (incoming / "a.png").write_bytes(numbered_png(1))
    assert once()[2][-1]["done"] == 1
    assert once("--strength", "0.5")[2][-1]["done"] == 1
    assert once("--strength", "0.5")[2][-1]["done"] == 0


def test_one_bad_file_is_told_and_put_aside_and_the_others_are_done(once, incoming, tmp_path):
    for number in range(20):
        (incoming / f"{number}.png").write_bytes(numbered_png(number))
    (incoming / "bad.png").write_bytes(numbered_png(99)[:80])
    status, lines, events = once("--quarantine", "broken", "--patience", "0.1")
    assert status == 1
    summary = events[-1]
    assert (summary["done"], summary["failed"], summary["code"]) == (20, 1, 1)
    (failed,) = [event for event in events if event["event"] == "failed"]
    assert (failed["input"], failed["code"]) == ("incoming/bad.png", 65)
    assert any(line.startswith("colorize: 'incoming/bad.png': ") for line in lines)
    assert not (incoming / "bad.png").exists()
    assert (tmp_path / "broken/bad.png").read_bytes() == numbered_png(99)[:80]
    assert json.loads((tmp_path / "broken/bad.png.error.json").read_text())
    for number in range(20):
        assert is_made_from(incoming / f"color/{number}.png", numbered_png(number))


def test_a_watcher_lives_on_after_a_bad_file(watch, incoming):
    watching = watch("--patience", "0.1")
    (incoming / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    failed = watching.wait_for("failed", "bad.png")
    assert (failed["code"], failed["quarantined"]) == (65, None)
    (incoming / "good.png").write_bytes(numbered_png(1))
    watching.wait_for_done("good.png")
    # A file that changes is another file.
    (incoming / "bad.png").write_bytes(numbered_png(2))
    watching.wait_for_done("bad.png")


def test_inputs_are_moved_away_with_their_folders(once, incoming, tmp_path):
    (incoming / "sub").mkdir()
    (incoming / "sub/a.png").write_bytes(numbered_png(1))
    status, _, events = once("--move-to", "originals")
    (done,) = [event for event in events if event["event"] == "done"]
    assert (status, done["moved_to"]) == (0, "originals/sub/a.png")
    assert (tmp_path / "originals/sub/a.png").read_bytes() == numbered_png(1)
    assert not (incoming / "sub/a.png").exists()


def test_inputs_are_deleted_once_their_results_are_safe(once, incoming):
    (incoming / "a.png").write_bytes(numbered_png(1))
    (incoming / "note.txt").write_text("not a picture")
    status, _, events = once("--then", "delete", "--output-dir", "out")
    (done,) = [event for event in events if event["event"] == "done"]
    assert (status, done["is_deleted"]) == (0, True)
    assert [path.name for path in incoming.iterdir()] == ["note.txt"]
    assert is_made_from(incoming.parent / "out/a.png", numbered_png(1))


def test_options_are_those_of_run(once, incoming):
    (incoming / "gray.png").write_bytes(numbered_png(1))
    (incoming / "color.png").write_bytes(encoded(two_hues()))
    options = ("--only-gray", "--format", "webp", "--name", "{name}{ext}", "--strip")
    status, _, events = once(*options)
    assert (status, events[-1]["done"], events[-1]["skipped"]) == (0, 1, 1)
    assert [path.name for path in (incoming / "color").iterdir()] == ["gray.png.webp"]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--then", "move"), 2, "--then move needs --move-to DIR"),
        (("--then", "delete", "--move-to", "x"), 2, "exclude each other"),
        (("--output-dir", "."), 2, "contains the watched folder"),
        (("--output-dir", ""), 2, "a name is empty"),
        (("--state", "incoming/state.db"), 2, "lies in the watched folder"),
        (("--settle", "nan"), 2, "not a finite number"),
        (("-q", "-v"), 2, "exclude each other"),
        (("--name", "same"), 2, "--name"),
        (("--format", "doc"), 2, "doc"),
        (("--reference", "nowhere.jpg"), 66, "nowhere.jpg"),
        (("--model", "nowhere.safetensors"), 66, "nowhere.safetensors"),
        (("--backend", "nobody"), 2, "nobody"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(once, incoming, arguments, status, words):
    code, lines, events = once(*arguments)
    assert (code, len(lines), events) == (status, 1, [])
    assert words in lines[0]


def test_a_folder_that_is_not_there_is_66(once):
    status, lines, _ = once(folder="nowhere")
    assert (status, lines) == (66, ["colorize: 'nowhere': no such folder"])


def test_a_file_is_no_folder_to_watch(once, tmp_path):
    (tmp_path / "a.png").write_bytes(numbered_png(1))
    status, lines, _ = once(folder="a.png")
    assert (status, lines) == (66, ["colorize: 'a.png': is not a folder"])


def test_a_second_watcher_of_the_folder_is_refused(watch, once, incoming):
    watching = watch()
    status, lines, events = once("--output-dir", "elsewhere")
    assert (status, len(lines), events) == (75, 1, [])
    assert watching.end(signal.SIGTERM) == -signal.SIGTERM
    assert once("--output-dir", "elsewhere")[0] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_as_a_shell_expects(watch, incoming, number):
    (incoming / "a.png").write_bytes(numbered_png(1))
    watching = watch()
    watching.wait_for_done("a.png")
    assert watching.end(number) == -number
    summary = watching.events[-1]
    name = signal.Signals(number).name
    assert (summary["event"], summary["signal"], summary["code"]) == ("summary", name, 128 + number)
    assert "colorize: stopping after the pictures in hand" in watching.errors
    assert "colorize: 1 coloured, 0 skipped, 0 failed; " in watching.errors


def test_sighup_looks_at_all_files(watch, incoming):
    watching = watch()
    watching.wait_for("rescan")
    watching.process.send_signal(signal.SIGHUP)
    assert watching.wait_for("rescan")["reason"] == "SIGHUP"


def test_a_reader_that_leaves_ends_it_silently(tmp_path, incoming, model):
    words = [*PROGRAM, "watch", "incoming", "--json", "-q", "-m", model, *QUICK]
    process = subprocess.Popen(
        words,
        cwd=tmp_path,
        env=watch_environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert b'"watching"' in process.stdout.readline()
    process.stdout.close()
    (incoming / "a.png").write_bytes(numbered_png(1))
    assert process.wait(DEADLINE) == -signal.SIGPIPE
    assert process.stderr.read() == b""
    process.stderr.close()
    assert temporary_files(tmp_path) == []


def test_events_that_cannot_be_written_end_it_with_74(tmp_path, incoming, model):
    words = ("watch", "incoming", "--once", "--json", "-q", "-m", model, *QUICK)
    variables = {"XDG_STATE_HOME": str(tmp_path / "state")}
    with Path("/dev/full").open("wb") as full:
        ended = run_colorize(tmp_path, *words, stdout=full, variables=variables)
    assert ended.returncode == 74
    assert ended.stderr == (
        b"colorize: 'standard output': cannot be written: no space left on device\n"
    )


def test_without_a_terminal_each_picture_has_a_line(tmp_path, incoming, model):
    (incoming / "a.png").write_bytes(numbered_png(1))
    words = ("watch", "incoming", "--once", "-m", model, *QUICK)
    ended = run_colorize(tmp_path, *words, variables={"XDG_STATE_HOME": str(tmp_path / "s")})
    lines = ended.stderr.decode().splitlines()
    assert ended.stdout == b""
    assert lines[1].startswith("'incoming/a.png' -> 'incoming/color/a.png' in ")


def test_the_service_manager_hears_how_it_goes(watch, incoming, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(DEADLINE)
        variables = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "300000"}
        watching = watch(**variables)
        heard = [channel.recv(4096)]
        assert heard == [b"READY=1"]
        (incoming / "a.png").write_bytes(numbered_png(1))
        last = b"STATUS=0 queued, 1 done, 0 failed, last: 'a.png'"
        while last not in heard or heard.count(b"WATCHDOG=1") < 3:
            heard.append(channel.recv(4096))
        watching.process.send_signal(signal.SIGTERM)
        while heard[-1] != b"STOPPING=1":
            heard.append(channel.recv(4096))
        watching.ended()


class Terminal:
    """A watcher on a terminal of its own, as the leader of its session."""

    def __init__(self, folder: Path, model: str) -> None:
        os.environ.pop("CI", None)
        words = [*PROGRAM, "watch", "incoming", "-m", model, *QUICK]
        self.number, self.screen = pty.fork()
        if self.number == 0:
            os.chdir(folder)
            environment = watch_environment(folder, TERM="xterm-256color", COLUMNS="100")
            os.execve(words[0], words, environment)
        self.text = ""

    def read_until(self, words: str) -> None:
        while words not in self.text:
            assert select.select([self.screen], [], [], DEADLINE)[0], self.text
            self.text += os.read(self.screen, 4096).decode("utf-8", "replace")

    def status(self) -> int:
        end = threading.Timer(DEADLINE, os.kill, (self.number, signal.SIGKILL))
        end.start()
        try:
            return os.waitstatus_to_exitcode(os.waitpid(self.number, 0)[1])
        finally:
            end.cancel()


def test_on_a_terminal_one_line_tells_how_it_goes(tmp_path, incoming, model):
    terminal = Terminal(tmp_path, model)
    terminal.read_until("Ctrl-C stops")
    (incoming / "a.png").write_bytes(numbered_png(1))
    terminal.read_until("0 queued, 1 done, 0 failed, last: 'a.png'")
    assert "->" not in terminal.text
    os.write(terminal.screen, b"\x03")
    terminal.read_until("1 coloured")
    assert terminal.status() == -signal.SIGINT
    os.close(terminal.screen)


def test_a_terminal_that_is_closed_ends_it(tmp_path, incoming, model):
    terminal = Terminal(tmp_path, model)
    terminal.read_until("0 queued")
    os.close(terminal.screen)
    assert terminal.status() == -signal.SIGHUP
