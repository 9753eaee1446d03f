import json

import numpy as np
import pytest

from colorize_cli.core.errors import UsageError
from colorize_cli.core.workers import Alone, Launch, launch_of

TORCHRUN = {
    "RANK": "3",
    "WORLD_SIZE": "4",
    "LOCAL_RANK": "1",
    "MASTER_ADDR": "host",
    "MASTER_PORT": "29500",
}


def tf_config(role: object, index: object, **cluster: list[str]) -> dict[str, str]:
    task = {"type": role, "index": index}
    return {"TF_CONFIG": json.dumps({"cluster": cluster, "task": task})}


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"RANK": "1"},
        {**TORCHRUN, "RANK": "0", "WORLD_SIZE": "1"},
        {"TF_CONFIG": ""},
        tf_config("worker", 0, worker=["a:1"]),
        tf_config("chief", 0, chief=["a:1"]),
    ],
)
def test_a_process_that_is_the_only_one_is_no_worker(environment: dict[str, str]) -> None:
    assert launch_of(environment) is None


def test_torchruns_variables_say_which_worker_this_is() -> None:
    assert launch_of(TORCHRUN) == Launch(launcher="torchrun", rank=3, count=4, local_rank=1)


@pytest.mark.parametrize(("role", "index", "rank"), [("chief", 0, 0), ("worker", 0, 1)])
def test_the_chief_of_a_cluster_comes_before_its_workers(role: str, index: int, rank: int) -> None:
    launch = launch_of(tf_config(role, index, worker=["a:1", "b:1"], chief=["c:1"]))
    assert launch == Launch(launcher="TF_CONFIG", rank=rank, count=3)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({**TORCHRUN, "RANK": "first"}, "not all numbers"),
        ({"RANK": "0", "WORLD_SIZE": "2", "LOCAL_RANK": "0"}, "MASTER_ADDR is not set"),
        ({"TF_CONFIG": "[]"}, "cannot be understood"),
        ({"TF_CONFIG": "{'cluster'"}, "cannot be understood"),
        (tf_config("worker", "x", worker=["a:1", "b:1"]), "cannot be understood"),
        (tf_config("worker", 2, worker=["a:1", "b:1"]), "no 'worker' number 2: it names 2"),
        (tf_config("chief", 0, worker=["a:1", "b:1"]), "no 'chief' number 0: it names 0"),
        (tf_config("ps", 0, worker=["a:1"], ps=["b:1"]), "'ps'"),
        (TORCHRUN | tf_config("worker", 0, worker=["a:1", "b:1"]), "unset one of them"),
    ],
)
def test_an_environment_that_says_no_clear_thing_is_a_usage_error(
    environment: dict[str, str], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        launch_of(environment)


def test_what_one_worker_adds_up_is_its_own() -> None:
    values = np.array([3, -4])
    assert Alone().sum(values).tolist() == [3, -4]
