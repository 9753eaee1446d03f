"""The CGAN in PyTorch: one step of training, and its state."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from colorize_cli.core.backend import CganConfig
from colorize_cli.core.cgan_state import (
    DISCRIMINATOR,
    GENERATOR,
    MOMENTS,
    State,
    check_state,
    networks_of,
    weights_of,
)
from colorize_torch.inference import autocast, on_device, predict, to_device
from colorize_torch.losses import discriminator_loss, generator_loss, l1_loss
from colorize_torch.networks import TableNetwork

ADAM_MOMENTS = ("exp_avg", "exp_avg_sq")
"""PyTorch's names of what `core.cgan_state.MOMENTS` names, in the same order."""


class TorchCgan:
    """A generator and a discriminator that learn from each other in PyTorch."""

    def __init__(
        self, config: CganConfig, state: Mapping[str, NDArray[Any]], *, device: torch.device
    ) -> None:
        self._config = config
        self._device = device
        self._networks = {
            name: on_device(TableNetwork(network), device)
            for name, network in networks_of(config).items()
        }
        self._optimizers = {
            name: _adam(network, config, device) for name, network in self._networks.items()
        }
        self.restore(state)

    @property
    def device(self) -> str:
        """Where it runs."""
        return str(self._device)

    def train_step(
        self, gray: NDArray[np.float32], color: NDArray[np.float32]
    ) -> Mapping[str, float]:
        """Learn from gray `(N, 1, H, W)` and colour `(N, C, H, W)`; return the losses."""
        losses = self._losses(to_device(gray, self._device), to_device(color, self._device))
        # Both gradients come from the same forward pass; each goes to its own network alone.
        self._take_gradients(DISCRIMINATOR, losses["discriminator"], keep_graph=True)
        self._take_gradients(GENERATOR, losses["generator"], keep_graph=False)
        for optimizer in self._optimizers.values():
            optimizer.step()
        return {name: loss.item() for name, loss in losses.items()}

    def generate(self, gray: NDArray[np.float32]) -> NDArray[np.float32]:
        """Predict colour `(N, C, H, W)` for gray `(N, 1, H, W)` with the present weights."""
        generator = self._networks[GENERATOR].eval()
        try:
            precision = self._config.precision
            return predict(generator, gray, device=self._device, precision=precision)
        finally:
            generator.train()

    def state(self) -> State:
        """Return copies of both networks and both optimizers, as `core.cgan_state` names them."""
        state: State = {}
        for name, network in self._networks.items():
            for key, tensor in network.state_dict().items():
                state[f"{name}/{key}"] = _array(tensor)
            state |= self._optimizer_state(name)
        return state

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from a state. Raises BadConfigError if it does not fit."""
        check_state(self._config, state)
        for name, network in self._networks.items():
            network.load(weights_of(state, name))
            self._restore_optimizer(name, state)

    def _losses(self, gray: Tensor, real: Tensor) -> dict[str, Tensor]:
        generator, discriminator = self._networks[GENERATOR], self._networks[DISCRIMINATOR]
        with autocast(self._device, self._config.precision):
            fake = generator(gray)
            fake_logits = discriminator(gray, fake).float()
            real_logits = discriminator(gray, real).float()
        adversarial = generator_loss(self._config.loss, fake_logits)
        l1 = l1_loss(fake.float(), real)
        return {
            "discriminator": discriminator_loss(self._config.loss, real_logits, fake_logits),
            "generator": adversarial + self._config.l1_weight * l1,
            "adversarial": adversarial,
            "l1": l1,
        }

    def _take_gradients(self, name: str, loss: Tensor, *, keep_graph: bool) -> None:
        learnt = list(self._networks[name].parameters())
        gradients = torch.autograd.grad(loss, learnt, retain_graph=keep_graph)
        for parameter, gradient in zip(learnt, gradients, strict=True):
            parameter.grad = gradient

    def _optimizer_state(self, name: str) -> State:
        state: State = {f"{name}/step": np.array(0, np.int64)}
        optimizer = self._optimizers[name]
        for key, parameter in self._networks[name].named_parameters():
            entries = optimizer.state[parameter]
            state[f"{name}/step"] = np.array(int(entries["step"]), np.int64)
            for moment, adam_moment in zip(MOMENTS, ADAM_MOMENTS, strict=True):
                state[f"{name}/{key}/{moment}"] = _array(entries[adam_moment])
        return state

    def _restore_optimizer(self, name: str, state: Mapping[str, NDArray[Any]]) -> None:
        optimizer = self._optimizers[name]
        for key, parameter in self._networks[name].named_parameters():
            entries = optimizer.state[parameter]
            entries["step"] = torch.tensor(float(state[f"{name}/step"]), device=self._device)
            for moment, adam_moment in zip(MOMENTS, ADAM_MOMENTS, strict=True):
                values = torch.from_numpy(state[f"{name}/{key}/{moment}"].copy())
                entries[adam_moment] = torch.empty_like(parameter).copy_(values)


def _adam(network: TableNetwork, config: CganConfig, device: torch.device) -> torch.optim.Adam:
    return torch.optim.Adam(
        network.parameters(),
        lr=config.learning_rate,
        betas=(config.beta1, config.beta2),
        eps=config.epsilon,
        fused=device.type in ("cpu", "cuda"),
    )


def _array(tensor: Tensor) -> NDArray[Any]:
    array: NDArray[Any] = tensor.detach().cpu().contiguous().numpy().copy()
    return array
