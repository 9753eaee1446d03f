"""Write a file in a child process that is killed, or lied to, at its N-th system call.

ptrace(2) stops the child before and after each of its calls; no tool and no compiler is needed.
Run as a program in a process of its own: `traced_writing.py FOLDER SCENARIO`, it prints one JSON
object for each attempt. Linux; refusing calls is for x86-64 alone.
"""

import ctypes
import errno
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from colorize_cli.core.errors import ColorizeError
from colorize_cli.core.outputs import replacing

OLD, NEW = b"old" * 1000, b"new" * 2000
FORBIDDEN, SUCCESS, REPORTED, BUG = 77, 0, 65, 99

# linux/ptrace.h; the offsets are of struct user_regs_struct of x86-64.
TRACE_ME, POKE_USER, PEEK_USER, SYSCALL, SET_OPTIONS = 0, 6, 3, 24, 0x4200
MARK_SYSTEM_CALLS, KILL_WITH_TRACER = 0x1, 0x100000
RESULT, NUMBER = 10 * 8, 15 * 8

# Calls about files, x86-64: read write close fstat lseek ioctl fcntl flock fsync rename link
# unlink chmod fchmod openat newfstatat unlinkat renameat linkat renameat2.
ABOUT_FILES = {0, 1, 3, 5, 8, 16, 72, 73, 74, 82, 86, 87, 90, 91, 257, 262, 263, 264, 265, 316}

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def write(path: Path, *, is_new: bool = False) -> None:
    """Write a file in three pieces, so that it can be found half-written."""
    with replacing(path, is_new=is_new) as temporary, temporary.open("wb", buffering=0) as file:
        for piece in range(3):
            file.write(NEW[piece * 2000 : (piece + 1) * 2000])


def start(action: Callable[[], None]) -> int:
    """Fork a child that stops, traced, before the action; return its process id."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        options = MARK_SYSTEM_CALLS | KILL_WITH_TRACER
        if _libc.ptrace(SET_OPTIONS, child, None, options):
            print(json.dumps({"forbidden": os.strerror(ctypes.get_errno())}))
            sys.exit(FORBIDDEN)
        return child
    if _libc.ptrace(TRACE_ME, 0, None, None):
        os._exit(FORBIDDEN)
    os.kill(os.getpid(), signal.SIGSTOP)
    try:
        action()
    except ColorizeError:
        os._exit(REPORTED)
    except BaseException:  # noqa: BLE001 - a child must not go on with its parent's work
        sys.excepthook(*sys.exc_info())
        os._exit(BUG)
    os._exit(SUCCESS)


def next_stop(child: int) -> int | None:
    """Let the child go on to its next entry to or return from a system call; its status if none."""
    passed_on = 0
    while True:
        _libc.ptrace(SYSCALL, child, None, passed_on)
        _, status = os.waitpid(child, 0)
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status)
        if os.WSTOPSIG(status) == signal.SIGTRAP | 0x80:
            return None
        passed_on = os.WSTOPSIG(status)


def killed(action: Callable[[], None], stop: int) -> int | None:
    """Kill the child at its stop-th stop: None, or its status if it had fewer."""
    child = start(action)
    for _ in range(stop):
        status = next_stop(child)
        if status is not None:
            return status
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def refused(action: Callable[[], None], call: int, number: int) -> tuple[int | None, int]:
    """Answer the call-th call about files with an error: the system call, the child's status."""
    child, seen, refusing = start(action), -1, None
    while (status := next_stop(child)) is None:
        system_call = _libc.ptrace(PEEK_USER, child, NUMBER, None)
        seen += system_call in ABOUT_FILES
        is_refused = refusing is None and seen == call
        if is_refused:
            refusing = system_call
            _libc.ptrace(POKE_USER, child, NUMBER, -1)
        status = next_stop(child)
        if status is not None:  # it was the call to exit
            break
        if is_refused:
            _libc.ptrace(POKE_USER, child, RESULT, -number)
    return refusing, status


def reset(folder: Path, *, has_old: bool) -> Path:
    """Empty the folder but for an old file, if there is to be one."""
    for path in folder.iterdir():
        path.unlink()
    if has_old:
        (folder / "out").write_bytes(OLD)
    return folder / "out"


def found(path: Path) -> dict[str, Any]:
    """Say what is in the folder: `old`, `new`, `none` or `half`, and temporary files."""
    names = {None: "none", OLD: "old", NEW: "new"}
    content = path.read_bytes() if path.exists() else None
    others = sum(other != path for other in path.parent.iterdir())
    return {"content": names.get(content, "half"), "others": others}


def kill_everywhere(folder: Path, *, has_old: bool, is_new: bool) -> Iterator[dict[str, Any]]:
    """Kill the writer at every stop, and then let another one finish its work."""
    action = partial(write, folder / "out", is_new=is_new)
    for stop in count(1):
        path = reset(folder, has_old=has_old)
        status = killed(action, stop)
        result = {"status": status, **found(path)}
        write(path)
        yield {**result, "after": found(path)}
        if status is not None:
            return


def refuse_everywhere(folder: Path, number: int, *, is_new: bool) -> Iterator[dict[str, Any]]:
    """Refuse each call about files once."""
    action = partial(write, folder / "out", is_new=is_new)
    for call in count():
        path = reset(folder, has_old=not is_new)
        system_call, status = refused(action, call, number)
        if system_call is None:
            return
        yield {"call": system_call, "status": status, **found(path)}


def main(folder: Path, scenario: str) -> None:
    """Play one scenario."""
    write(reset(folder, has_old=True))  # whatever is loaded at first use is loaded now
    attempts = {
        "replacing": partial(kill_everywhere, has_old=True, is_new=False),
        "creating": partial(kill_everywhere, has_old=False, is_new=False),
        "creating a new one": partial(kill_everywhere, has_old=False, is_new=True),
        "finding one": partial(kill_everywhere, has_old=True, is_new=True),
    }
    if scenario in attempts:
        results = attempts[scenario](folder)
    else:
        kind, name = scenario.split()
        results = refuse_everywhere(folder, getattr(errno, name), is_new=kind == "new")
    for result in results:
        print(json.dumps(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
