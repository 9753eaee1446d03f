"""The CGAN in TensorFlow: one step of training, and its state."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from colorize_cli.core.backend import Phase
from colorize_cli.core.batches import joined_up, parts_of, shares_of
from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.cgan_state import (
    AVERAGE,
    DISCRIMINATOR,
    GENERATOR,
    TRAINED,
    State,
    average_decay,
    check_state,
    dropout_seed,
    networks_of,
    weights_of,
)
from colorize_tensorflow.adam import Adam
from colorize_tensorflow.compiled import CompiledBySize
from colorize_tensorflow.devices import placement
from colorize_tensorflow.inference import compiled_prediction, run_compiled
from colorize_tensorflow.losses import (
    Tensor,
    discriminator_loss,
    generator_loss,
    l1_loss,
    weighted_l1_loss,
)
from colorize_tensorflow.networks import DRAWN_BY, TableNetwork, to_channels_last

if TYPE_CHECKING:
    from colorize_tensorflow.workers import TensorFlowWorkers

Measured: TypeAlias = tuple[dict[str, Tensor], list[list[Tensor]]]
"""Losses, and the gradients of each network that learns."""
SEED: Final = tf.TensorSpec([2], tf.int64)
SHARE: Final = tf.TensorSpec([], tf.float32)
PASSES: Final = 3
"""Of networks in a step: the generator's, and the discriminator's of either picture."""


class TensorFlowCgan:
    """A generator and a discriminator that learn from each other in TensorFlow.

    With `workers` it is one of as many equal ones, each with its share of every batch. Dropout
    follows from the `seed` and the generator's steps.
    """

    def __init__(
        self,
        config: CganConfig,
        state: Mapping[str, NDArray[Any]],
        *,
        device: str,
        seed: int = 0,
        workers: "TensorFlowWorkers | None" = None,
    ) -> None:
        self._config = config
        self._seed = seed
        self._device = device
        self._workers = workers
        tables = networks_of(config)
        if config.ema_decay:
            tables |= {AVERAGE: tables[GENERATOR]}
        self._networks = {
            name: TableNetwork(network, device=device, precision=config.precision, workers=workers)
            for name, network in tables.items()
        }
        self._adams = {
            name: Adam(name, self._networks[name], config, device=device)
            for name in (GENERATOR, DISCRIMINATOR)
        }
        shown = self._networks[AVERAGE if config.ema_decay else GENERATOR]
        self._predict = compiled_prediction(shown, device=device)
        # Nothing is traced before it is called.
        self._learn = {phase: self._compiled_step(phase) for phase in TRAINED}
        self._measure = {phase: self._compiled_measure(phase) for phase in TRAINED}
        self._move = {
            phase: tf.function(partial(self._moved, phase), autograph=False) for phase in TRAINED
        }
        self.restore(state)

    @property
    def device(self) -> str:
        """Where it runs."""
        return self._device

    def train_step(
        self,
        gray: NDArray[np.float32],
        color: NDArray[np.float32],
        *,
        phase: Phase = "adversarial",
        rate: float = 1.0,
    ) -> Mapping[str, float]:
        """Learn from gray `(N, 1, H, W)` and colour `(N, C, H, W)`; return the losses."""
        seed = self._dropout_seed()
        factors = self._next_factors(phase, rate)
        parts = parts_of(len(gray), self._config.micro_batch)
        if self._workers is None and len(parts) == 1:
            pair = _tensor(gray), _tensor(color)
            losses = self._learn[phase](*pair, _of_part(seed, 0), *factors)
        else:
            losses, gradients = self._accumulated(gray, color, phase, seed)
            self._move[phase](gradients, *factors)
        return {name: float(loss) for name, loss in losses.items()}

    def generate(self, gray: NDArray[np.float32]) -> NDArray[np.float32]:
        """Predict colour `(N, C, H, W)` for gray `(N, 1, H, W)`, by the average if there is one."""
        return run_compiled(self._predict, gray)

    def state(self) -> State:
        """Return copies of the networks and both optimizers, as `core.cgan_state` names them."""
        state: State = {}
        for name, network in self._networks.items():
            state |= {f"{name}/{key}": array for key, array in network.arrays().items()}
        for name, adam in self._adams.items():
            state |= {f"{name}/{key}": array for key, array in adam.arrays().items()}
        return state

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from a state. Raises BadConfigError if it does not fit."""
        check_state(self._config, state)
        for name, network in self._networks.items():
            network.load(weights_of(state, name))
        for name, adam in self._adams.items():
            adam.load({key: state[f"{name}/{key}"] for key in adam.names})

    def _next_factors(self, phase: Phase, rate: float) -> tuple[Tensor, Tensor]:
        """Count a step; return the factors of each network's move, and the average's share."""
        factors = [self._adams[name].next_factors(rate) for name in TRAINED[phase]]
        decay = average_decay(self._config, step=self._adams[GENERATOR].step)
        return tf.constant(factors, tf.float32), tf.constant(1 - decay, tf.float32)

    def _dropout_seed(self) -> int:
        rank = 0 if self._workers is None else self._workers.rank
        return dropout_seed(self._seed, step=self._adams[GENERATOR].step, rank=rank)

    def _accumulated(
        self, gray: NDArray[np.float32], color: NDArray[np.float32], phase: Phase, seed: int
    ) -> Measured:
        """Return the means over the whole batch, of which its parts have shares, all workers'."""
        if self._workers is None:
            return self._added_up(gray, color, phase, seed)
        with self._workers.losses_told():
            losses, gradients = self._workers.total(self._added_up(gray, color, phase, seed))
        return losses, gradients

    def _added_up(
        self, gray: NDArray[np.float32], color: NDArray[np.float32], phase: Phase, seed: int
    ) -> Measured:
        total: Any = None
        whole, parts = self._parts(len(gray))
        for number, part in enumerate(parts):
            pair = (_tensor(array[part]) for array in (gray, color))
            share = tf.constant((part.stop - part.start) / whole, tf.float32)
            measured = self._measure[phase](*pair, _of_part(seed, number), share)
            total = measured if total is None else tf.nest.map_structure(tf.add, total, measured)
        losses, gradients = total
        return losses, gradients

    def _parts(self, pictures: int) -> tuple[int, list[slice]]:
        """Count the pictures of the whole batch, and cut those that are here into its parts."""
        most, workers = self._config.micro_batch, self._workers
        if workers is None:
            return pictures, parts_of(pictures, most)
        whole = int(workers.sum(np.array([pictures], np.int64))[0])
        shares = shares_of(whole, most, rank=workers.rank, workers=workers.count)
        return whole, joined_up(shares)

    def _compiled_step(self, phase: Phase) -> CompiledBySize:
        def compiled(signature: list[Any]) -> Any:
            function = partial(self._step, phase)
            return tf.function(function, input_signature=signature, autograph=False)

        factors = tf.TensorSpec([len(TRAINED[phase]), 2], tf.float32)
        output = self._config.generator.output
        return CompiledBySize(compiled, output=output, others=[SEED, factors, SHARE])

    def _compiled_measure(self, phase: Phase) -> CompiledBySize:
        function, workers = partial(self._measured, phase), self._workers

        def compiled(signature: list[Any]) -> Any:
            if workers is not None:
                return workers.in_replica(function, signature=signature)
            return tf.function(function, input_signature=signature, autograph=False)

        output = self._config.generator.output
        return CompiledBySize(compiled, output=output, others=[SEED, SHARE])

    def _step(
        self,
        phase: Phase,
        gray: Tensor,
        real: Tensor,
        seed: Tensor,
        factors: Tensor,
        share: Tensor,
    ) -> dict[str, Tensor]:
        losses, gradients = self._measured(phase, gray, real, seed)
        self._moved(phase, gradients, factors, share)
        return losses

    def _measured(
        self,
        phase: Phase,
        gray: Tensor,
        real: Tensor,
        seed: Tensor,
        share: Tensor | None = None,
    ) -> Measured:
        """Return losses and gradients, of which this part has a share of the whole batch's."""
        with tf.device(placement(self._device)):
            # All gradients come from the same forward pass; each goes to its own network alone.
            with tf.GradientTape(persistent=True) as tape:
                losses = self._losses(phase, to_channels_last(gray), to_channels_last(real), seed)
                if share is not None:
                    losses = {name: share * loss for name, loss in losses.items()}
            gradients = [
                tape.gradient(losses[name], self._adams[name].learnt) for name in TRAINED[phase]
            ]
        return losses, gradients

    def _moved(
        self, phase: Phase, gradients: list[list[Tensor]], factors: Tensor, share: Tensor
    ) -> None:
        with tf.device(placement(self._device)):
            for number, name in enumerate(TRAINED[phase]):
                self._adams[name].move(gradients[number], factors[number])
            if self._config.ema_decay:
                self._move_average(share)

    def _move_average(self, share: Tensor) -> None:
        generator = self._networks[GENERATOR]
        for name, mean in self._networks[AVERAGE].variables.items():
            mean.assign_add(share * (generator.variables[name] - mean))

    def _losses(self, phase: Phase, gray: Tensor, real: Tensor, seed: Tensor) -> dict[str, Tensor]:
        weight = self._config.l1_weight
        seeds = tf.unstack(tf.random.split(seed, PASSES, alg=DRAWN_BY))
        fake = self._networks[GENERATOR](gray, is_training=True, seed=seeds[0])
        l1 = self._l1(tf.cast(fake, tf.float32), real)
        if phase == "warm_up":
            return {"generator": (weight or 1) * l1, "l1": l1}
        discriminator = self._networks[DISCRIMINATOR]
        fake_logits, real_logits = (
            tf.cast(discriminator(gray, color, is_training=True, seed=own), tf.float32)
            for color, own in zip((fake, real), seeds[1:], strict=True)
        )
        adversarial = generator_loss(self._config.loss, fake_logits)
        return {
            "discriminator": discriminator_loss(self._config.loss, real_logits, fake_logits),
            "generator": adversarial + weight * l1,
            "adversarial": adversarial,
            "l1": l1,
        }

    def _l1(self, fake: Tensor, real: Tensor) -> Tensor:
        chroma_weight, smoothness = self._config.chroma_weight, self._config.smoothness
        if not (chroma_weight or smoothness):
            return l1_loss(fake, real)
        return weighted_l1_loss(fake, real, chroma_weight=chroma_weight, smoothness=smoothness)


def _of_part(seed: int, number: int) -> Tensor:
    return tf.constant([seed, number], tf.int64)


def _tensor(array: NDArray[np.float32]) -> Tensor:
    return tf.constant(np.ascontiguousarray(array))
