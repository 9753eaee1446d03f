import os
import subprocess
import sys
from pathlib import Path

import pytest

PREFIX = """
import ctypes, os, signal, sys, time
from colorize_cli.standard_streams import *
"""


def run(body: str, **settings):
    """Run a program that imports the module; stdin is empty unless given."""
    return subprocess.run(
        [sys.executable, "-c", PREFIX + body],
        stdin=settings.pop("stdin", subprocess.DEVNULL),
        stdout=settings.pop("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
        **settings,
    )


def test_only_the_image_reaches_stdout_whoever_prints():
    result = run("""
with protected_stdout() as stdout:
    print("a plug-in")
    os.write(1, b"a library ")
    os.system("echo a child process")
    stdout.write(b"image")
print("after")
""")
    assert result.stdout == b"imageafter\n"
    for writer in (b"a plug-in", b"a library", b"a child process"):
        assert writer in result.stderr


def test_a_slow_reader_and_signals_do_not_truncate_the_image():
    body = """
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
with protected_stdout() as stdout:
    stdout.write(bytes(3_000_000))
signal.setitimer(signal.ITIMER_REAL, 0)
"""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    assert len(run(body, env=environment).stdout) == 3_000_000


def test_a_pipe_that_does_not_block_gets_the_whole_image():
    body = """
os.set_blocking(1, False)
with protected_stdout() as stdout:
    stdout.write(bytes(1_000_000))
"""
    assert len(run(body).stdout) == 1_000_000


def test_a_full_disk_is_an_output_error():
    with Path("/dev/full").open("wb") as full:
        result = run('with protected_stdout() as stdout:\n    stdout.write(b"x")', stdout=full)
    assert b"OutputError: 'standard output': cannot be written: no space left" in result.stderr


def test_a_reader_that_left_is_a_broken_pipe():
    reader, writer = os.pipe()
    os.close(reader)
    result = run('with protected_stdout() as stdout:\n    stdout.write(b"x")', stdout=writer)
    os.close(writer)
    assert b"BrokenPipeError" in result.stderr


@pytest.mark.parametrize("data", [b"", b"bytes\x00\xff\r\n"])
def test_stdin_is_read_byte_by_byte(tmp_path, data):
    (tmp_path / "in").write_bytes(data)
    with (tmp_path / "in").open("rb") as stream:
        result = run("os.write(1, read_stdin())", stdin=stream)
    assert result.stdout == data


def test_closed_stdin_is_no_input():
    result = run("os.close(0)\nread_stdin()")
    assert b"NoInputError: 'standard input': cannot be read: it is closed" in result.stderr
