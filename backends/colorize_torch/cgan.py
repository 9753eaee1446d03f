"""The CGAN in PyTorch: one step of training, and its state."""

from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

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
from colorize_torch.adam import Adam, to_array
from colorize_torch.inference import autocast, on_device, predict, to_device
from colorize_torch.losses import (
    discriminator_loss,
    generator_loss,
    l1_loss,
    weighted_l1_loss,
)
from colorize_torch.networks import TableNetwork

if TYPE_CHECKING:
    from colorize_torch.workers import TorchWorkers

Gradients: TypeAlias = dict[str, dict[str, Tensor]]
"""By the names of networks and of their parameters."""


class TorchCgan:
    """A generator and a discriminator that learn from each other in PyTorch.

    With `workers` it is one of as many equal ones, each with its share of every batch. Dropout
    follows from the `seed` and the generator's steps.
    """

    def __init__(
        self,
        config: CganConfig,
        state: Mapping[str, NDArray[Any]],
        *,
        device: torch.device,
        seed: int = 0,
        workers: "TorchWorkers | None" = None,
    ) -> None:
        self._config = config
        self._seed = seed
        self._device = device
        self._workers = workers
        self._networks = {
            name: on_device(TableNetwork(network, workers=workers), device)
            for name, network in networks_of(config).items()
        }
        self._adams = {
            name: Adam(name, network, config) for name, network in self._networks.items()
        }
        self._average = self._twin_of_generator() if config.ema_decay else None
        self.restore(state)

    @property
    def device(self) -> str:
        """Where it runs."""
        return str(self._device)

    def train_step(
        self,
        gray: NDArray[np.float32],
        color: NDArray[np.float32],
        *,
        phase: Phase = "adversarial",
        rate: float = 1.0,
    ) -> Mapping[str, float]:
        """Learn from gray `(N, 1, H, W)` and colour `(N, C, H, W)`; return the losses."""
        self._seed_dropout()
        losses, gradients = self._measured(gray, color, phase)
        for name, of_network in gradients.items():
            self._adams[name].move(of_network, rate)
        if self._average is not None:
            self._move_average(self._average)
        return {name: loss.item() for name, loss in losses.items()}

    def generate(self, gray: NDArray[np.float32]) -> NDArray[np.float32]:
        """Predict colour `(N, C, H, W)` for gray `(N, 1, H, W)`, by the average if there is one."""
        average = self._average
        generator = (self._networks[GENERATOR] if average is None else average).eval()
        try:
            precision = self._config.precision
            return predict(generator, gray, device=self._device, precision=precision)
        finally:
            generator.train()

    def state(self) -> State:
        """Return copies of the networks and both optimizers, as `core.cgan_state` names them."""
        state: State = {}
        for name, network in self._networks.items():
            state |= _arrays(name, network)
            state |= {f"{name}/{key}": array for key, array in self._adams[name].arrays().items()}
        if self._average is not None:
            state |= _arrays(AVERAGE, self._average)
        return state

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from a state. Raises BadConfigError if it does not fit."""
        check_state(self._config, state)
        for name, network in self._networks.items():
            network.load(weights_of(state, name))
            adam = self._adams[name]
            adam.load({key: state[f"{name}/{key}"] for key in adam.names})
        if self._average is not None:
            self._average.load(weights_of(state, AVERAGE))

    def _seed_dropout(self) -> None:
        rank = 0 if self._workers is None else self._workers.rank
        draws = torch.Generator(self._device)
        draws.manual_seed(dropout_seed(self._seed, step=self._adams[GENERATOR].step, rank=rank))
        for network in self._networks.values():
            network.draw_dropout_from(draws)

    def _measured(
        self, gray: NDArray[np.float32], color: NDArray[np.float32], phase: Phase
    ) -> tuple[dict[str, Tensor], Gradients]:
        """Return the batch's losses and gradients, those of all workers' shares together."""
        totals: dict[str, Tensor] = {}
        gradients: Gradients = {name: {} for name in TRAINED[phase]}
        whole, parts = self._parts(len(gray))
        for part in parts:
            pair = (to_device(array[part], self._device) for array in (gray, color))
            share = (part.stop - part.start) / whole
            losses = {name: share * loss for name, loss in self._losses(phase, *pair).items()}
            self._add_gradients(losses, gradients)
            totals = {name: loss.detach() + totals.get(name, 0) for name, loss in losses.items()}
        if self._workers is not None:
            all_gradients = chain(*(of_network.values() for of_network in gradients.values()))
            self._workers.add_up_all([*all_gradients, *totals.values()])
        return totals, gradients

    def _parts(self, pictures: int) -> tuple[int, list[slice]]:
        """Count the pictures of the whole batch, and cut those that are here into its parts."""
        most, workers = self._config.micro_batch, self._workers
        if workers is None:
            return pictures, parts_of(pictures, most)
        whole = int(workers.sum(np.array([pictures], np.int64))[0])
        shares = shares_of(whole, most, rank=workers.rank, workers=workers.count)
        return whole, joined_up(shares)

    def _losses(self, phase: Phase, gray: Tensor, real: Tensor) -> dict[str, Tensor]:
        weight = self._config.l1_weight
        with autocast(self._device, self._config.precision):
            fake = self._networks[GENERATOR](gray)
        l1 = self._l1(fake.float(), real)
        if phase == "warm_up":
            return {"generator": (weight or 1) * l1, "l1": l1}
        real_logits, fake_logits = self._judge(gray, real, fake)
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

    def _judge(self, gray: Tensor, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        discriminator = self._networks[DISCRIMINATOR]
        with autocast(self._device, self._config.precision):
            fake_logits = discriminator(gray, fake).float()
            real_logits = discriminator(gray, real).float()
        return real_logits, fake_logits

    def _add_gradients(self, losses: Mapping[str, Tensor], gradients: Gradients) -> None:
        # All gradients come from the same forward pass; each goes to its own network alone.
        last = list(gradients)[-1]
        for name, sums in gradients.items():
            learnt = self._adams[name].learnt
            found = torch.autograd.grad(
                losses[name], list(learnt.values()), retain_graph=name != last
            )
            for key, gradient in zip(learnt, found, strict=True):
                sums[key] = sums[key] + gradient if key in sums else gradient

    def _move_average(self, average: TableNetwork) -> None:
        generator = self._networks[GENERATOR]
        share = 1 - average_decay(self._config, step=self._adams[GENERATOR].step)
        pairs = zip(average.state_dict().values(), generator.state_dict().values(), strict=True)
        for mean, value in pairs:
            mean.lerp_(value, share)

    def _twin_of_generator(self) -> TableNetwork:
        twin = TableNetwork(networks_of(self._config)[GENERATOR])
        return on_device(twin, self._device).requires_grad_(False)


def _arrays(name: str, network: TableNetwork) -> State:
    return {f"{name}/{key}": to_array(tensor) for key, tensor in network.state_dict().items()}
