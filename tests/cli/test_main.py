import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from colorize_cli import __version__
from command_line import PROGRAM, clean_environment, run_colorize
from pictures import encoded, gray_picture

COMMANDS = ("prep", "train", "export", "run", "backends", "info", "doctor")


def run_with(folder, body, **settings):
    """Run the program with a command line that does what `body` says."""
    code = (
        "import os, signal, sys, time\n"
        "from pathlib import Path\n"
        "from colorize_cli import __main__, main\n"
        "from colorize_cli.core.errors import *\n"
        f"def body(arguments):\n    {body}\n    return 0\n"
        "main.run_program = body\n"
        "sys.argv = ['colorize', 'something']\n"
        "__main__.main()\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=clean_environment(folder),
        timeout=60,
        capture_output=True,
        **settings,
    )


def test_version_is_one_line(tmp_path):
    result = run_colorize(tmp_path, "--version")
    assert (result.returncode, result.stdout) == (0, f"colorize {__version__}\n".encode())


def test_version_among_other_words_is_the_same(tmp_path):
    result = run_colorize(tmp_path, "--version", "run")
    assert (result.returncode, result.stdout) == (0, f"colorize {__version__}\n".encode())


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_lists_every_command_on_stdout(tmp_path, option):
    result = run_colorize(tmp_path, option)
    assert result.returncode == 0
    assert result.stderr == b""
    for command in COMMANDS:
        assert f"\n  {command} ".encode() in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_of_its_own(tmp_path, command):
    result = run_colorize(tmp_path, command, "-h")
    assert result.returncode == 0
    assert f"colorize {command}".encode() in result.stdout


def test_help_is_plain_text(tmp_path):
    result = run_colorize(tmp_path, "--help", variables={"FORCE_COLOR": "1"})
    assert b"\x1b" not in result.stdout
    assert result.stdout.isascii()


def test_without_words_the_usage_goes_to_stderr(tmp_path):
    result = run_colorize(tmp_path)
    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr.startswith(b"Usage: colorize")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["exprt"], b"did you mean export?"),
        (["backends", "--jsn"], b"--json"),
        (["export"], b"colorize export --help"),
        (["backends", "extra"], b"extra"),
    ],
)
def test_usage_errors_are_one_line_with_a_hint_and_status_2(tmp_path, arguments, hint):
    result = run_colorize(tmp_path, *arguments)
    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr.startswith(b"colorize: ")
    assert result.stderr.count(b"\n") == 1
    assert hint in result.stderr


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["backends"]])
def test_a_full_disk_is_one_line_and_status_74(tmp_path, arguments):
    with Path("/dev/full").open("wb") as full:
        result = run_colorize(tmp_path, *arguments, stdout=full)
    assert result.returncode == 74
    assert result.stderr == b"colorize: cannot write: no space left on device\n"


@pytest.mark.parametrize("variables", [{}, {"PYTHONUNBUFFERED": "1"}])
@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["backends"]])
def test_a_closed_pipe_kills_silently_by_sigpipe(tmp_path, arguments, variables):
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=tmp_path,
        env=clean_environment(tmp_path, **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == -signal.SIGPIPE


@pytest.mark.parametrize("descriptors", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_do_no_harm(tmp_path, descriptors):
    command = f'exec "{sys.executable}" -m colorize_cli backends {descriptors}'
    result = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=tmp_path,
        env=clean_environment(tmp_path),
        capture_output=True,
        timeout=60,
    )
    assert result.returncode == 0
    assert b"Traceback" not in result.stderr


def test_an_error_of_the_users_is_one_line_with_its_status(tmp_path):
    result = run_with(tmp_path, "raise NoInputError('no such file', path='a\\nb')")
    assert result.returncode == 66
    assert result.stderr == b"colorize: 'a\\nb': no such file\n"


def test_what_was_printed_before_an_error_is_kept(tmp_path):
    result = run_with(tmp_path, "print('{}'); raise SomeInputsFailed('1 of 2 failed')")
    assert (result.returncode, result.stdout) == (1, b"{}\n")


def test_the_status_of_a_command_is_that_of_the_process(tmp_path):
    assert run_with(tmp_path, "return 7").returncode == 7


def test_lack_of_memory_is_one_line_and_status_75(tmp_path):
    result = run_with(tmp_path, "raise MemoryError")
    assert result.returncode == 75
    assert result.stderr.startswith(b"colorize: out of memory")
    assert result.stderr.count(b"\n") == 1


def test_a_bug_keeps_its_traceback_and_is_status_70(tmp_path):
    result = run_with(tmp_path, "{}['nothing']")
    assert result.returncode == 70
    assert b"Traceback" in result.stderr
    assert b"KeyError: 'nothing'" in result.stderr
    assert result.stderr.splitlines()[-1].startswith(b"colorize: this is a bug")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_unwinds_and_then_kills(tmp_path, number):
    body = (
        f"from colorize_cli.core.outputs import replacing\n"
        f"    with replacing(Path('out')): os.kill(os.getpid(), {int(number)}); time.sleep(60)"
    )
    result = run_with(tmp_path, body)
    assert result.returncode == -number
    assert result.stderr == b""
    assert list(tmp_path.iterdir()) == []


def test_nohup_is_honoured(tmp_path):
    body = "os.kill(os.getpid(), signal.SIGHUP); print('went on')"
    result = run_with(
        tmp_path, body, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    )
    assert (result.returncode, result.stdout) == (0, b"went on\n")


def test_ctrl_c_stops_a_shells_loop(tmp_path):
    ready = tmp_path / "ready"
    code = (
        "from colorize_cli import __main__, main; import sys, time; "
        "main.run_program = lambda a: (print('started', flush=True), time.sleep(60)); "
        "sys.argv = ['colorize', 'x']; __main__.main()"
    )
    loop = f"for n in 1 2; do '{sys.executable}' -c \"{code}\"; done; echo went on"
    process = subprocess.Popen(
        ["bash", "-c", loop],
        cwd=tmp_path,
        env=clean_environment(ready),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdout.readline() == b"started\n"
    os.killpg(process.pid, signal.SIGINT)
    assert process.stdout.read() == b""
    process.stdout.close()
    assert process.wait(30) == -signal.SIGINT


def test_a_folder_that_is_gone_is_one_line(tmp_path):
    photo = tmp_path / "gray.png"
    photo.write_bytes(encoded(gray_picture()))
    gone = tmp_path / "gone"
    gone.mkdir()
    ended = run_colorize(gone, "run", str(photo), "-o", "color.png", preexec_fn=gone.rmdir)
    assert ended.returncode == 66
    assert ended.stderr.endswith(b"is gone: go to another one\n")
    assert b"Traceback" not in ended.stderr
