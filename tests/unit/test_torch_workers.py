"""The connection of PyTorch's workers ends with its threads."""

import os
import subprocess
import sys

import pytest

from worker_processes import environments

pytest.importorskip("torch")

JOINS_AND_LEAVES = """
import pathlib
import numpy as np
import torch
from colorize_cli.core.workers import Launch
from colorize_torch.workers import TorchWorkers

workers = TorchWorkers(Launch(launcher="torchrun", rank=0, count=1), device=torch.device("cpu"))
import torch._dynamo  # as parts of PyTorch do at some time
assert workers.sum(np.arange(3)).tolist() == [0, 1, 2]
threads = lambda: [task.joinpath("comm").read_text() for task in tasks.iterdir()]
tasks = pathlib.Path("/proc/self/task")
assert any("gloo" in name for name in threads()), "or the names have changed"
workers.leave()
print([name for name in threads() if "gloo" in name])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="names of threads are read from /proc")
def test_no_thread_outlives_the_connection_whatever_is_imported_meanwhile() -> None:
    """One that lets go of a tensor while the interpreter ends would abort the process."""
    result = subprocess.run(
        [sys.executable, "-P", "-c", JOINS_AND_LEAVES],
        env={**os.environ, **environments("torchrun", 1)[0]},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert (result.stdout, result.stderr) == ("[]\n", "")
