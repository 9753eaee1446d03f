"""The workers beside worker 0: they do the steps that it says, and neither write nor report."""

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from colorize_cli.core.backend import Cgan, DistributedBackend, TrainingBackend
from colorize_cli.core.batches import Batch, BatchPlan
from colorize_cli.core.dataset import open_dataset
from colorize_cli.core.errors import BadConfigError, ExitStatus, UsageError
from colorize_cli.core.workers import Alone, Workers, launch_of
from colorize_trainers.leading import (
    PHASES,
    Act,
    Leader,
    Words,
    rate_of,
    sent_through,
    settings_of,
    state_of,
)
from colorize_trainers.run_data import plan_batches
from colorize_trainers.run_directory import RunConfig
from colorize_trainers.runs import RunOutcome, Session


def join_workers(
    backend: TrainingBackend, *, device: str, environment: Mapping[str, str] = os.environ
) -> Workers:
    """Meet the workers that this process was started with, if any.

    Raises UsageError if the backend is not the one that such workers train with.
    """
    launch = launch_of(environment)
    if launch is None:
        return Alone()
    launcher = backend.launcher if isinstance(backend, DistributedBackend) else None
    if isinstance(backend, DistributedBackend) and launcher == launch.launcher:
        return backend.join_workers(launch, device=device)
    those = f"is started by {launcher}" if launcher else "trains in a single process"
    raise UsageError(
        f"{launch.launcher} says that this is one of {launch.count} workers, but the backend "
        f"{backend.name} {those}; choose another --backend, or unset the variables"
    )


def refuse_workers(what: str, *, environment: Mapping[str, str] = os.environ) -> None:
    """Raise UsageError if this process is one of several, which cannot do something."""
    launch = launch_of(environment)
    if launch is not None:
        raise UsageError(
            f"{what} is for a single process, and {launch.launcher} says that this is one of "
            f"{launch.count} workers; start colorize train by itself for it"
        )


def train_together(
    backend: TrainingBackend, session: Session, lead: Callable[[Session], RunOutcome]
) -> RunOutcome | ExitStatus:
    """Lead as worker 0, which is the only one as a rule, or follow it to the end.

    Returns what became of the run or, on the others, the leader's exit status. Raises
    LostWorkersError if another worker is gone, and whatever `lead` raises.
    """
    workers = join_workers(backend, device=session.device)
    try:
        if workers.rank:
            return Follower(workers, backend, session).follow()
        with Leader(workers) as leader:
            return lead(replace(session, leader=leader))
    finally:
        workers.leave()


class Follower:
    """A worker that does what the leader says."""

    def __init__(self, workers: Workers, backend: TrainingBackend, session: Session) -> None:
        self._workers = workers
        self._backend = backend
        self._session = session

    def follow(self) -> ExitStatus:
        """Do what is said until it is the end. Raises BadConfigError if the data differs here."""
        words = self._hear()
        while words.act != Act.END:
            config = settings_of(self._received(words))
            # A generator that is closed lets go of what it prepares ahead.
            with closing(_Share(self._plan(config))) as share:
                words = self._train(self._cgan(config), share)
        return ExitStatus(words.number)

    def _train(self, cgan: Cgan, share: "_Share") -> Words:
        """Train with one run's settings; return the words after which that is over."""
        while (words := self._hear()).act in (Act.STATE, Act.STEP):
            if words.act == Act.STATE:
                cgan.restore(state_of(self._received(words)))
                continue
            batch = share.of_batch(epoch=words.epoch, number=words.number)
            phase, rate = PHASES[words.phase], rate_of(words)
            cgan.train_step(batch.gray, batch.color, phase=phase, rate=rate)
        return words

    def _hear(self) -> Words:
        return Words(0, stops=bool(self._session.stop)).through(self._workers)

    def _received(self, words: Words) -> bytes:
        return sent_through(self._workers, b"", words.number)

    def _plan(self, config: RunConfig) -> BatchPlan:
        dataset = open_dataset(Path(config.data))
        if dataset.fingerprint != config.fingerprint:
            raise BadConfigError("holds other photos here than worker 0 has", path=dataset.path)
        rank, count = self._workers.rank, self._workers.count
        parts = config.recipe.micro_batch
        return plan_batches(config, dataset).shared(rank=rank, workers=count, micro_batch=parts)

    def _cgan(self, config: RunConfig) -> Cgan:
        return self._backend.create_cgan(
            config.recipe.cgan_config(), device=self._session.device, seed=config.seed
        )


class _Share:
    """A worker's share of batches, which are prepared ahead in the order that an epoch has."""

    def __init__(self, plan: BatchPlan) -> None:
        self._plan = plan
        self._coming: Generator[Batch, None, None] | None = None
        self._next = (0, 0)

    def of_batch(self, *, epoch: int, number: int) -> Batch:
        """Return what is here of an epoch's batch, both counted from 0."""
        if self._coming is None or self._next != (epoch, number):
            self.close()
            self._coming = self._plan.epoch(epoch, start=number)
        self._next = (epoch, number + 1)
        return next(self._coming)

    def close(self) -> None:
        """Prepare no more."""
        if self._coming is not None:
            self._coming.close()
