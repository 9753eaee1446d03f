"""Batches that do not come to their end: signals, full disks, readers that leave, bugs."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from coloring import before_coloring
from colorize_cli.commands import run_picture
from colorize_cli.core.errors import OutputError
from command_line import PROGRAM, clean_environment, run_colorize
from pictures import encoded, gray_picture
from same_process import SameProcess
from tiny_models import write_tiny_model

PNG = encoded(gray_picture())


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    write_tiny_model(path)
    return str(path)


@pytest.fixture
def batch(tmp_path, model):
    """Start a batch whose second picture is a pipe: it is in hand until somebody fills it."""
    for name in ("first.png", "third.png"):
        (tmp_path / name).write_bytes(PNG)
    os.mkfifo(tmp_path / "slow")
    started = []

    def start(prefix: str = "", suffix: str = "", *more: str):
        command = [*PROGRAM, "run", "-m", model, "-j1", "-v", "--output-dir", "out", *more]
        words = " ".join(f"'{word}'" for word in [*command, "first.png", "slow", "third.png"])
        process = subprocess.Popen(
            ["bash", "-c", f"{prefix} {words} {suffix}"],
            cwd=tmp_path,
            env=clean_environment(tmp_path),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process, opened_by_both(tmp_path / "slow", process)

    yield start
    for process in started:
        process.wait(60)
        process.stdout.close()
        process.stderr.close()


def opened_by_both(pipe: Path, process):
    """Open a pipe for writing once the process reads it: the picture is in hand then."""
    while process.poll() is None:
        try:
            descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody reads yet
            time.sleep(0.01)
            continue
        os.set_blocking(descriptor, True)
        return os.fdopen(descriptor, "wb")
    pytest.fail(process.stderr.read())


def lines_until(process, words: str) -> list[str]:
    """Read stderr up to the line that holds some words."""
    lines = []
    while not lines or words not in lines[-1]:
        line = process.stderr.readline()
        assert line, lines
        lines.append(line.rstrip("\n"))
    return lines


def outputs(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "out").iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_the_picture_in_hand_end_and_then_kills(batch, tmp_path, number):
    process, pipe = batch("exec", "--json-file log.jsonl")
    os.killpg(process.pid, number)
    assert lines_until(process, "stopping")[-1] == (
        "colorize: stopping after the pictures in hand (Ctrl-C again to quit now)"
    )
    with pipe:
        pipe.write(PNG)
    rest = process.stderr.read()
    assert process.wait(60) == -number
    assert "colorize: 2 coloured, 0 skipped, 0 failed, 1 not tried; model tiny" in rest
    assert outputs(tmp_path) == ["first.png", "slow.png"]
    summary = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[-1])
    assert (summary["signal"], summary["code"], summary["not_tried"]) == (
        signal.Signals(number).name,
        128 + number,
        1,
    )


def test_a_second_signal_ends_it_at_once(batch, tmp_path):
    process, pipe = batch("exec")
    with pipe:
        os.killpg(process.pid, signal.SIGINT)
        lines_until(process, "stopping")
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(60) == -signal.SIGINT
    assert outputs(tmp_path) == ["first.png"]


def test_ctrl_c_stops_a_shells_loop_after_the_picture_in_hand(batch):
    process, pipe = batch("for n in 1 2; do", "; done; echo went on")
    os.killpg(process.pid, signal.SIGINT)
    lines_until(process, "stopping")
    with pipe:
        pipe.write(PNG)
    assert process.stdout.read() == ""
    assert process.wait(60) == -signal.SIGINT


def test_after_ctrl_c_the_same_command_goes_on(tmp_path, monkeypatch, capfd, model):
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(PNG)
    run = SameProcess(tmp_path, monkeypatch, capfd)
    command = ["run", "-m", model, "-j1", "--output-dir", "out", "0.png", "1.png", "2.png"]
    write_bytes = run_picture.write_bytes

    def interrupted(path, data, **settings):
        write_bytes(path, data, **settings)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(run_picture, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(command)
    assert len(outputs(tmp_path)) < 3
    monkeypatch.undo()
    run = SameProcess(tmp_path, monkeypatch, capfd)
    ended = run(command)
    assert (ended.status, "(made before)" in ended.err) == (0, True)
    assert outputs(tmp_path) == ["0.png", "1.png", "2.png"]


def test_xargs_goes_on_after_a_failure(tmp_path, model):
    (tmp_path / "bad.png").write_bytes(PNG[:80])
    (tmp_path / "gray.png").write_bytes(PNG)
    result = subprocess.run(
        ["xargs", "-n", "1", *PROGRAM, "run", "-m", model, "--output-dir", "out"],
        input=b"bad.png\ngray.png\n",
        cwd=tmp_path,
        env=clean_environment(tmp_path),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 123
    assert outputs(tmp_path) == ["gray.png"]


def test_a_reader_of_events_that_left_ends_it_by_the_signal_quietly(tmp_path, model):
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(PNG)
    reader, writer = os.pipe()
    os.close(reader)
    arguments = ("0.png", "1.png", "2.png", "--output-dir", "out", "--json")
    result = run_colorize(tmp_path, "run", "-m", model, *arguments, stdout=writer)
    os.close(writer)
    assert (result.returncode, result.stderr) == (-signal.SIGPIPE, b"")
    assert not any(name.startswith(".") for name in outputs(tmp_path))


@pytest.fixture
def forty(tmp_path, monkeypatch, capfd, model):
    """Run a batch of forty pictures within this process."""
    names = [f"{number}.png" for number in range(40)]
    for name in names:
        (tmp_path / name).write_bytes(PNG)
    process = SameProcess(tmp_path, monkeypatch, capfd)
    return lambda *more: process(["run", "-m", model, "--output-dir", "out", *more, *names])


def test_a_full_disk_ends_the_batch(forty, monkeypatch):
    def full(path, data, **settings):
        raise OutputError("cannot be written: no space left on device", path=path)

    monkeypatch.setattr(run_picture, "write_bytes", full)
    ended = forty("-j1")
    assert ended.status == 74
    assert len(ended.lines) < 10
    assert "0 coloured, 0 skipped" in ended.lines[-1]
    assert "not tried" in ended.lines[-1]


def test_lack_of_memory_costs_one_picture(forty, monkeypatch):
    calls = []

    def short_of_memory():
        calls.append(1)
        if len(calls) == 2:
            raise MemoryError

    before_coloring(monkeypatch, short_of_memory)
    ended = forty("-j1")
    assert ended.status == 1
    assert ended.lines[0] == "colorize: '1.png': not enough memory to colour it"
    assert "39 coloured" in ended.lines[-1]


def test_a_bug_of_ours_is_not_taken_for_a_bad_picture(forty, monkeypatch):
    def faulty():
        raise KeyError("bug")

    before_coloring(monkeypatch, faulty)
    with pytest.raises(KeyError, match="bug"):
        forty("-j2")
