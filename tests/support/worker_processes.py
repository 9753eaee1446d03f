"""Several workers on this machine, started with the variables that torchrun or a cluster sets."""

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from colorize_cli.core.workers import Launcher

PATIENCE = 240


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for entry in sockets:
            entry.bind(("127.0.0.1", 0))
        return [entry.getsockname()[1] for entry in sockets]


def environments(launcher: Launcher, count: int = 2) -> list[dict[str, str]]:
    """Return what tells each of some workers who it is."""
    ports = free_ports(count)
    if launcher == "torchrun":
        place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(ports[0])}
        return [
            {**place, "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(count)}
            for rank in range(count)
        ]
    cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
    tasks = [{"type": "worker", "index": rank} for rank in range(count)]
    return [{"TF_CONFIG": json.dumps({"cluster": cluster, "task": task})} for task in tasks]


def start_workers(
    launcher: Launcher, arguments: list[str], *, cwd: Path, count: int = 2
) -> list[subprocess.Popen[str]]:
    """Start Python with these arguments as each of the workers, worker 0 first."""
    return [
        subprocess.Popen(
            [sys.executable, "-P", *arguments],
            cwd=cwd,
            env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for environment in environments(launcher, count)
    ]


def ended(workers: list[subprocess.Popen[str]]) -> list[tuple[int, str, str]]:
    """Wait for workers; return the exit status and what it said on stdout and stderr, of each."""
    try:
        said = [worker.communicate(timeout=PATIENCE) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    return [(worker.returncode, *words) for worker, words in zip(workers, said, strict=True)]
