"""A CGAN without a framework, for tests of what surrounds it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.backend import API_VERSION, Phase, Probe
from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.cgan_state import State, check_state, initial_state


class FakeCgan:
    """Counts its steps in the state and predicts a constant colour that moves with each step."""

    device = "cpu"

    def __init__(self, config: CganConfig, seed: int) -> None:
        self.config = config
        self._state = initial_state(config, seed=seed)
        self.seen: list[bytes] = []
        self.phases: list[Phase] = []
        self.rates: list[float] = []
        self.on_step: Callable[[int], None] = lambda step: None
        self.loss_of: Callable[[int], float] = lambda step: 1 / (1 + step)
        self.discriminator_loss = 0.5
        self.colors_of: Callable[[int], NDArray[np.float32] | None] = lambda step: None

    @property
    def steps(self) -> int:
        return int(self._state["generator/step"])

    def train_step(
        self,
        gray: NDArray[np.float32],
        color: NDArray[np.float32],
        *,
        phase: Phase = "adversarial",
        rate: float = 1.0,
    ) -> Mapping[str, float]:
        self.seen.append(gray.tobytes())
        self.phases.append(phase)
        self.rates.append(rate)
        loss = self.loss_of(self.steps)
        trained = ("generator", "discriminator") if phase == "adversarial" else ("generator",)
        for network in trained:
            self._state[f"{network}/step"] = self._state[f"{network}/step"] + np.int64(1)
        self.on_step(self.steps)
        if phase == "warm_up":
            return {"generator": loss, "l1": 0.25}
        return {
            "discriminator": self.discriminator_loss,
            "generator": loss,
            "adversarial": loss,
            "l1": 0.25,
        }

    def generate(self, gray: NDArray[np.float32]) -> NDArray[np.float32]:
        count, _, height, width = gray.shape
        shape = (count, 2 if self.config.generator.output == "ab" else 3, height, width)
        colors = self.colors_of(self.steps)
        if colors is not None:
            return np.ascontiguousarray(np.broadcast_to(colors, shape))
        return np.full(shape, 0.05 / (1 + self.steps), np.float32)

    def spoil(self, name: str) -> None:
        """Make an array of the state hold what is no number."""
        self._state[name] = np.full_like(self._state[name], np.nan)

    def state(self) -> State:
        return {name: array.copy() for name, array in self._state.items()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        check_state(self.config, state)
        self._state = {name: array.copy() for name, array in state.items()}


class FakeTrainingBackend:
    """Makes fake CGANs and remembers them."""

    name = "fake"
    api_version = API_VERSION
    capabilities = frozenset({"train"})

    def __init__(self, prepare: Callable[[FakeCgan], None] = lambda cgan: None) -> None:
        self.prepare = prepare
        self.made: list[FakeCgan] = []

    def probe(self) -> Probe:
        return Probe(framework="fakes", version="1", devices=("cpu",))

    def create_cgan(self, config: CganConfig, *, device: str = "auto", seed: int = 0) -> FakeCgan:
        cgan = FakeCgan(config, seed)
        self.prepare(cgan)
        self.made.append(cgan)
        return cgan
