"""The arenas of glibc, as its own statistics count them."""

import platform
import subprocess
import sys

import pytest

THREADS = """
import ctypes, sys, threading
from colorize_cli.core.thread_memory import share_one_arena

if sys.argv[1] == "shared":
    share_one_arena()
barrier = threading.Barrier(3)
def allocate():
    bytearray(100_000)
    barrier.wait()
threads = [threading.Thread(target=allocate) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
ctypes.CDLL(None).malloc_stats()
"""


def arenas(way: str) -> int:
    command = [sys.executable, "-P", "-c", THREADS, way]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return result.stderr.count("Arena ")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's own statistics")
def test_threads_share_one_arena() -> None:
    assert arenas("shared") == 1 < arenas("own")
