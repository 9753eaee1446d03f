"""Adam for TensorFlow, as the contract defines it."""

from collections.abc import Mapping
from math import sqrt
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.cgan_state import MOMENTS, State, rate_share
from colorize_tensorflow.devices import placement
from colorize_tensorflow.losses import Tensor
from colorize_tensorflow.networks import TableNetwork


class Adam:
    """Adam (Kingma and Ba 2015) as `CganConfig` defines it, for the network of a name.

    TensorFlow's own adds epsilon before the second moment is corrected; it is added after.
    """

    def __init__(
        self, name: str, network: TableNetwork, config: CganConfig, *, device: str
    ) -> None:
        self._network = network
        self._config = config
        self._shares = [rate_share(config, name, parameter) for parameter in network.learnt]
        self.step = 0
        self.learnt = [network.variables[name] for name in network.learnt]
        with tf.device(placement(device)):
            self._moments = {
                f"{name}/{moment}": tf.Variable(tf.zeros_like(variable), trainable=False)
                for name, variable in zip(network.learnt, self.learnt, strict=True)
                for moment in MOMENTS
            }

    @property
    def names(self) -> list[str]:
        """The names of its arrays in a state."""
        return [*self._moments, "step"]

    def next_factors(self, rate: float) -> tuple[float, float]:
        """Count a step; return its size and the root of the second moment's correction.

        They are worked out here, in double precision: 1 - beta2^t loses digits in single.
        """
        self.step += 1
        size = self._config.learning_rate * rate / (1 - self._config.beta1**self.step)
        return size, sqrt(1 - self._config.beta2**self.step)

    def move(self, gradients: list[Tensor], factors: Tensor) -> None:
        """Change the parameters and the moments by one step."""
        config = self._config
        for name, parameter, gradient, share in zip(
            self._network.learnt, self.learnt, gradients, self._shares, strict=True
        ):
            first, second = (self._moments[f"{name}/{moment}"] for moment in MOMENTS)
            mean = first.assign(config.beta1 * first + (1 - config.beta1) * gradient)
            square = second.assign(config.beta2 * second + (1 - config.beta2) * tf.square(gradient))
            parameter.assign_sub(
                share * factors[0] * mean / (tf.sqrt(square) / factors[1] + config.epsilon)
            )

    def arrays(self) -> State:
        """Return copies of the moments in the table's layout, and how many steps were done."""
        moments: State = {
            key: self._network.to_table(_owner(key), variable)
            for key, variable in self._moments.items()
        }
        return {**moments, "step": np.array(self.step, np.int64)}

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take over what `arrays` returned, here or in another framework."""
        self.step = int(arrays["step"])
        for key, variable in self._moments.items():
            variable.assign(self._network.to_native(_owner(key), arrays[key]))


def _owner(moment: str) -> str:
    return moment.rpartition("/")[0]
