"""Several workers, one run: worker 0 leads, which is to decide, report and write; others follow.

Before each step the leader says which it is, in words of a fixed length, added up over all workers:
the others' words are zeros, but for the one by which each may ask to stop. What else they need, the
settings and the state of the networks, is sent in the same way, so that nothing depends on how each
of them was started, on what its clock says, or on a disk that they share.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from colorize_cli.core.backend import Cgan, Phase
from colorize_cli.core.batches import BatchPlan
from colorize_cli.core.cgan_state import TRAINED
from colorize_cli.core.errors import ColorizeError, ExitStatus
from colorize_cli.core.workers import Alone, LostWorkersError, Workers
from colorize_trainers.position import Position
from colorize_trainers.run_directory import RunConfig

PHASES: Final[tuple[Phase, ...]] = tuple(TRAINED)
WORD_BYTES: Final = 8


class Act(IntEnum):
    """What the leader may say."""

    SETTINGS = 1
    STATE = 2
    STEP = 3
    END = 4


@dataclass(frozen=True)
class Words:
    """What is said at a time.

    SETTINGS, STATE: `number` bytes follow. STEP: `number` is that of the batch, from 0 as that of
    the epoch; the phase's place in PHASES, and the bits of the rate. END: `number` is the exit
    status. `stops` counts the workers that were asked to stop.
    """

    act: int
    number: int = 0
    epoch: int = 0
    phase: int = 0
    rate: int = 0
    stops: int = 0

    def through(self, workers: Workers) -> "Words":
        """Say them, or hear them where all are 0; return what everybody then knows."""
        own = np.array([getattr(self, name) for name in self.__dataclass_fields__], np.int64)
        return Words(*workers.sum(own).tolist())


class Leader:
    """Tells the other workers what worker 0 does; without others it does nothing."""

    def __init__(self, workers: Workers | None = None) -> None:
        self._workers = workers or Alone()
        self.is_asked_to_stop = False

    @property
    def workers(self) -> int:
        """How many workers there are, this one too."""
        return self._workers.count

    def own_share(self, plan: BatchPlan, config: RunConfig) -> BatchPlan:
        """Return the plan of this worker. Raises UsageError if there are too many for a batch."""
        if self.workers == 1:
            return plan
        return plan.shared(rank=0, workers=self.workers, micro_batch=config.recipe.micro_batch)

    def noted(self, config: RunConfig) -> RunConfig:
        """Return the settings with how many workers train by them now, if several."""
        if self.workers == 1:
            return config
        return replace(config, environment={**config.environment, "workers": str(self.workers)})

    def begin(self, config: RunConfig, cgan: Cgan) -> None:
        """Let the others make the same networks and the same batches."""
        if self.workers > 1:
            self._send(Act.SETTINGS, json.dumps(config.as_dict()).encode())
            self.restore(cgan)

    def restore(self, cgan: Cgan) -> None:
        """Let the others go on from the state that these networks have now."""
        if self.workers > 1:
            self._send(Act.STATE, save(cgan.state()))

    def step(self, position: Position, *, phase: Phase, rate: float) -> None:
        """Let the others do the step that this worker is about to do."""
        if self.workers > 1:
            bits = int(np.float64(rate).view(np.int64))
            words = Words(Act.STEP, position.batch, position.epoch, PHASES.index(phase), bits)
            self.is_asked_to_stop |= words.through(self._workers).stops > 0

    def __enter__(self) -> Self:
        """Begin to lead."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        """Let the others end, with the same exit status if a ColorizeError was raised.

        After anything else, which may come within a step, they would not understand: they notice
        that this process has ended.
        """
        is_between_steps = error is None or isinstance(error, ColorizeError)
        if self.workers == 1 or not is_between_steps or isinstance(error, LostWorkersError):
            return
        status = error.status if isinstance(error, ColorizeError) else ExitStatus.OK
        Words(Act.END, status).through(self._workers)

    def _send(self, act: Act, data: bytes) -> None:
        Words(act, len(data)).through(self._workers)
        sent_through(self._workers, data, len(data))


def sent_through(workers: Workers, data: bytes, count: int) -> bytes:
    """Return the leader's bytes on every worker; the others give none, but know how many."""
    words = np.zeros(-(-count // WORD_BYTES), np.int64)
    words.view(np.uint8)[: len(data)] = np.frombuffer(data, np.uint8)
    return workers.sum(words).tobytes()[:count]


def settings_of(data: bytes) -> RunConfig:
    """Read what `Leader.begin` sent."""
    return RunConfig.from_dict(json.loads(data))


def state_of(data: bytes) -> Mapping[str, NDArray[Any]]:
    """Read what `Leader.restore` sent."""
    return load(data)


def rate_of(words: Words) -> float:
    """Return the rate whose bits a step's words hold."""
    return float(np.int64(words.rate).view(np.float64))
