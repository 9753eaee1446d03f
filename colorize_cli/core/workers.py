"""Several processes that train one run as one: how they were started, and how they speak.

Every step's batch is cut among them, and what batch norm and the optimizers see is worked out over
all of it, so that any number of workers trains the same run. Worker 0 alone decides and writes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

from colorize_cli.core.errors import TemporaryError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Launcher: TypeAlias = Literal["torchrun", "TF_CONFIG"]
"""What tells a process that it is one of several: torchrun's variables, or TensorFlow's."""

TF_CONFIG: Final = "TF_CONFIG"
TORCHRUN: Final = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
"""What torchrun sets (PyTorch's documentation of `torchrun`, "Environment Variables")."""
TORCHRUN_NUMBERS: Final = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
TRAINING_ROLES: Final = ("chief", "worker")
"""The tasks of a cluster that train in MultiWorkerMirroredStrategy, in its order."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """What this process was started as: worker `rank` of `count`, the `local_rank`-th here."""

    launcher: Launcher
    rank: int
    count: int
    local_rank: int = 0


class Workers(Protocol):
    """All workers, as one of them sees them."""

    @property
    def rank(self) -> int:
        """The number of this worker, from 0."""
        ...

    @property
    def count(self) -> int:
        """How many workers there are."""
        ...

    def sum(self, values: "NDArray[np.int64]") -> "NDArray[np.int64]":
        """Return the sums over all workers, which all call this with as many numbers `(n,)`.

        Raises LostWorkersError if one of them is gone.
        """
        ...

    def leave(self) -> None:
        """End the connection; nothing is waited for."""
        ...


class LostWorkersError(TemporaryError):
    """Another worker has ended, or cannot be reached any more."""

    def __init__(self) -> None:
        super().__init__(
            "another worker has ended or cannot be reached; its own message says why; "
            "start all of them again with --resume to go on from the last checkpoint"
        )


@dataclass(frozen=True)
class Alone:
    """The workers where there is one: nothing is said to anybody."""

    rank: int = 0
    count: int = 1

    def sum(self, values: "NDArray[np.int64]") -> "NDArray[np.int64]":
        """Return the values."""
        return values

    def leave(self) -> None:
        """Do nothing."""


def launch_of(environment: Mapping[str, str]) -> Launch | None:
    """Return what a process's environment says it was started as; None if it is the only one.

    Raises UsageError for an environment that is incomplete or says two things: a process that
    trained by itself instead would do so unnoticed.
    """
    found = [launch for read in (_by_torchrun, _by_tf_config) if (launch := read(environment))]
    if len(found) > 1:
        raise UsageError("both torchrun's variables and TF_CONFIG are set; unset one of them")
    return found[0] if found else None


def _by_torchrun(environment: Mapping[str, str]) -> Launch | None:
    if not {"RANK", "WORLD_SIZE"} <= environment.keys():
        return None
    try:
        given = {name: int(environment[name]) for name in TORCHRUN_NUMBERS if name in environment}
    except ValueError as error:
        raise UsageError(f"{', '.join(TORCHRUN_NUMBERS)} are not all numbers") from error
    if given["WORLD_SIZE"] <= 1:
        return None
    missing = [name for name in TORCHRUN if name not in environment]
    if missing:
        raise UsageError(
            f"WORLD_SIZE is {given['WORLD_SIZE']}, but {missing[0]} is not set; start the workers "
            "by torchrun, which sets all of them, or unset WORLD_SIZE"
        )
    rank, count, local = given["RANK"], given["WORLD_SIZE"], given["LOCAL_RANK"]
    return Launch(launcher="torchrun", rank=rank, count=count, local_rank=local)


def _by_tf_config(environment: Mapping[str, str]) -> Launch | None:
    if not environment.get(TF_CONFIG, "").strip():
        return None
    try:
        facts = json.loads(environment[TF_CONFIG])
        cluster = {role: len(list(places)) for role, places in facts["cluster"].items()}
        role, index = facts["task"]["type"], int(facts["task"]["index"])
        return _task(cluster, role, index)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            "TF_CONFIG cannot be understood; it looks like "
            '{"cluster": {"worker": ["host1:12345", "host2:12345"]}, '
            '"task": {"type": "worker", "index": 0}}'
        ) from error


def _task(cluster: Mapping[str, int], role: Any, index: int) -> Launch | None:
    odd = sorted({*cluster, role} - set(TRAINING_ROLES))
    if odd:
        raise UsageError(f"TF_CONFIG names a task {odd[0]!r}; only 'chief' and 'worker' train")
    named = cluster.get(role, 0)
    if not 0 <= index < named:
        raise UsageError(f"TF_CONFIG has no {role!r} number {index}: it names {named}")
    before = sum(cluster.get(name, 0) for name in TRAINING_ROLES[: TRAINING_ROLES.index(role)])
    count = sum(cluster.values())
    return Launch(launcher="TF_CONFIG", rank=before + index, count=count) if count > 1 else None
