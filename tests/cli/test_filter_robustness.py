"""The filter among noisy plug-ins, signals, odd descriptors, and readers that are slow or leave."""

import os
import resource
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from colorize_cli.core.image_io import decode
from command_line import PROGRAM, clean_environment, run_colorize
from pictures import encoded, lightness_error
from plugin_distributions import HOOK, PREAMBLE, Plugin, install
from tiny_models import write_tiny_model

GRAY = np.random.default_rng(0).integers(0, 256, (300, 400)).astype(np.uint8)
COLORFUL = PREAMBLE.replace("gray * 0,", "gray * 0.3,")
NOISE = ("import", "hook", "loading", "inference")
PIPE_BUFFER = 65536

POLLUTION = """
import os, subprocess, sys

def pollute(when):
    print(f"print at {when}", flush=True)
    sys.stdout.write(f"unflushed at {when}\\n")
    sys.__stdout__.write(f"original at {when}\\n")
    os.write(1, f"descriptor at {when}\\n".encode())
    subprocess.run(["echo", f"child at {when}"], check=True)

pollute("import")
"""
STORM = """
import atexit, signal
# Python takes its handlers away in the end, without which an alarm kills.
atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)
signal.signal(signal.SIGALRM, lambda *_: None)
signal.signal(signal.SIGWINCH, lambda *_: os.kill(os.getpid(), signal.SIGURG))
signal.signal(signal.SIGURG, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
import threading
def storm():
    for _ in range(1000):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGWINCH)
        threading.Event().wait(0.001)
threading.Thread(target=storm, daemon=True).start()
"""


def polluting(source: str) -> str:
    """Return a plug-in's source with noise wherever the program calls it."""
    source = source.replace(
        "        import numpy", "        pollute('inference')\n        import numpy"
    )
    source = source.replace(
        "        return Colorizer", "        pollute('loading')\n        return Colorizer"
    )
    return source.replace("    return Backend()", "    pollute('hook')\n    return Backend()")


QUIET = Plugin("good", "colorize-good", COLORFUL + HOOK)
POLLUTING = Plugin("good", "colorize-good", POLLUTION + polluting(COLORFUL + HOOK))
STORMY = Plugin("good", "colorize-good", POLLUTION + STORM + polluting(COLORFUL + HOOK))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a folder with a model, a picture, and the plug-ins in folders of their own."""
    folder = tmp_path_factory.mktemp("filter")
    write_tiny_model(folder / "tiny.safetensors")
    (folder / "gray.png").write_bytes(encoded(GRAY))
    for name, plugin in (("quiet", QUIET), ("polluting", POLLUTING), ("stormy", STORMY)):
        (folder / name).mkdir()
        install(folder / name, [plugin])
    return folder


@pytest.fixture(scope="module")
def expected(place):
    """Return the picture that the quiet plug-in makes of the gray one."""
    result = filtered(place, "quiet")
    assert (result.returncode, result.stderr) == (0, b"")
    assert len(result.stdout) > 3 * PIPE_BUFFER
    assert lightness_error(decode(result.stdout).codes, GRAY) <= 1
    return result.stdout


ARGUMENTS = ("run", "--model", "tiny.safetensors", "--backend", "good")


def environment(place, plugins, **variables):
    return clean_environment(place, PYTHONPATH=str(place / plugins), **variables)


def filtered(place, plugins, **settings):
    return run_colorize(
        place,
        *ARGUMENTS,
        input=encoded(GRAY),
        variables={"PYTHONPATH": str(place / plugins)},
        **settings,
    )


def start(place, plugins, *arguments, **settings):
    variables = settings.pop("variables", {})
    defaults = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [*PROGRAM, *ARGUMENTS, *arguments],
        cwd=place,
        env=environment(place, plugins, **variables),
        **{**defaults, **settings},
    )


def in_shell(place, script, *arguments):
    """Run a line of a shell in which "$@" is the program."""
    return subprocess.run(
        ["bash", "-c", script, "bash", *PROGRAM, *ARGUMENTS, *arguments],
        cwd=place,
        env=environment(place, "quiet"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_whatever_a_plug_in_prints_wherever_the_picture_is_the_same(place, expected):
    result = filtered(place, "polluting")
    assert result.returncode == 0
    assert result.stdout == expected
    for way in ("print", "unflushed", "original", "descriptor", "child"):
        for when in NOISE:
            assert f"{way} at {when}".encode() in result.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="pipes are made small as Linux has it")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("is_blocking", [True, False])
def test_signals_noise_and_a_slow_reader_do_not_change_a_byte(
    place, expected, unbuffered, is_blocking
):
    import fcntl

    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writer, is_blocking)
    process = start(
        place,
        "stormy",
        "gray.png",
        stdout=writer,
        stderr=subprocess.DEVNULL,
        variables={"PYTHONUNBUFFERED": unbuffered},
    )
    os.close(writer)
    received = b"".join(iter(partial(os.read, reader, 1000), b""))
    os.close(reader)
    assert process.wait(60) == 0
    assert received == expected


@pytest.mark.parametrize("is_blocking", [True, False])
def test_a_slow_writer_under_signals_is_read_to_its_end(place, expected, is_blocking):
    reader, writer = os.pipe()
    os.set_blocking(reader, is_blocking)
    process = start(place, "stormy", stdin=reader, stderr=subprocess.DEVNULL)
    os.close(reader)
    data = encoded(GRAY)
    for first in range(0, len(data), 5000):
        os.write(writer, data[first : first + 5000])
    os.close(writer)
    assert process.communicate(timeout=60)[0] == expected
    assert process.returncode == 0


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_leaves_ends_it_by_the_signal_quietly(place, unbuffered):
    script = f'PYTHONUNBUFFERED={unbuffered} "$@" | head -c 4; echo "${{PIPESTATUS[0]}}"'
    result = in_shell(place, script, "gray.png")
    assert (result.stdout, result.stderr) == (b"\x89PNG141\n", b"")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_files_are_coloured_whatever_streams_are_closed(place, expected, closed):
    output = place / f"closed {closed.replace('/', '')}.png"
    result = in_shell(place, f'"$@" {closed}', "gray.png", "-o", str(output))
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert output.read_bytes() == expected


def test_a_filter_without_stderr_gives_its_picture(place, expected):
    result = in_shell(place, '"$@" < gray.png 2>&-')
    assert (result.returncode, result.stdout) == (0, expected)


def test_without_stderr_an_error_is_a_status_and_nothing_on_stdout(place):
    result = in_shell(place, '"$@" 2>&-', "nothing.png")
    assert (result.returncode, result.stdout) == (66, b"")


def test_without_stderr_noise_does_not_reach_stdout_instead(place, expected):
    process = subprocess.run(
        ["bash", "-c", '"$@" 2>&-', "bash", *PROGRAM, *ARGUMENTS, "gray.png"],
        cwd=place,
        env=environment(place, "polluting"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    assert process.stdout in {expected, b""}
    assert (process.returncode == 0) == (process.stdout == expected)


@pytest.mark.parametrize("arguments", [("-o", "too-large.png"), ()])
def test_the_greatest_size_of_a_file_is_74_in_one_line(place, arguments):
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (1000, 1000))
    with (place / "redirected").open("wb") as stdout:
        process = start(place, "quiet", "gray.png", *arguments, stdout=stdout, preexec_fn=limit)
        said = process.communicate(timeout=60)[1].decode().splitlines()
    assert process.returncode == 74
    assert len(said) == 1
    assert "file too large" in said[0]
    assert not list(place.glob("*too-large*"))
    assert not list(place.glob(".*"))


def test_a_full_disk_is_74_in_one_line_unbuffered_too(place):
    with Path("/dev/full").open("wb") as full:
        process = start(
            place, "quiet", "gray.png", stdout=full, variables={"PYTHONUNBUFFERED": "1"}
        )
        said = process.communicate(timeout=60)[1].decode().splitlines()
    assert (process.returncode, len(said)) == (74, 1)
