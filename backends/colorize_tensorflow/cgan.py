"""The CGAN in TensorFlow: one step of training, and its state."""

from collections.abc import Mapping
from math import sqrt
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from colorize_cli.core.architecture import CHANNELS
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
from colorize_tensorflow.devices import placement
from colorize_tensorflow.inference import compiled_prediction, run_compiled
from colorize_tensorflow.losses import Tensor, discriminator_loss, generator_loss, l1_loss
from colorize_tensorflow.networks import TableNetwork, to_channels_last


class TensorFlowCgan:
    """A generator and a discriminator that learn from each other in TensorFlow."""

    def __init__(
        self, config: CganConfig, state: Mapping[str, NDArray[Any]], *, device: str
    ) -> None:
        self._config = config
        self._device = device
        self._networks = {
            name: TableNetwork(network, device=device, precision=config.precision)
            for name, network in networks_of(config).items()
        }
        self._adams = {name: _Adam(net, config, device) for name, net in self._networks.items()}
        self._predict = compiled_prediction(self._networks[GENERATOR], device=device)
        self._learn = self._compiled_step()
        self.restore(state)

    @property
    def device(self) -> str:
        """Where it runs."""
        return self._device

    def train_step(
        self, gray: NDArray[np.float32], color: NDArray[np.float32]
    ) -> Mapping[str, float]:
        """Learn from gray `(N, 1, H, W)` and colour `(N, C, H, W)`; return the losses."""
        factors = {name: adam.next_factors() for name, adam in self._adams.items()}
        pair = (tf.constant(np.ascontiguousarray(array)) for array in (gray, color))
        losses = self._learn(*pair, factors[GENERATOR], factors[DISCRIMINATOR])
        return {name: float(loss) for name, loss in losses.items()}

    def generate(self, gray: NDArray[np.float32]) -> NDArray[np.float32]:
        """Predict colour `(N, C, H, W)` for gray `(N, 1, H, W)` with the present weights."""
        return run_compiled(self._predict, gray)

    def state(self) -> State:
        """Return copies of both networks and both optimizers, as `core.cgan_state` names them."""
        state: State = {}
        for name, network in self._networks.items():
            arrays: State = {**network.arrays(), **self._adams[name].arrays()}
            state |= {f"{name}/{key}": array for key, array in arrays.items()}
        return state

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from a state. Raises BadConfigError if it does not fit."""
        check_state(self._config, state)
        for name, network in self._networks.items():
            network.load(weights_of(state, name))
            self._adams[name].load({key: state[f"{name}/{key}"] for key in self._adams[name].names})

    def _compiled_step(self) -> Any:
        generator = self._config.generator
        batch = tf.TensorSpec([None, 1, generator.size, generator.size], tf.float32)
        colors = CHANNELS[generator.output]
        truth = tf.TensorSpec([None, colors, generator.size, generator.size], tf.float32)
        factors = tf.TensorSpec([2], tf.float32)
        signature = [batch, truth, factors, factors]
        return tf.function(self._step, input_signature=signature, autograph=False)

    def _step(self, gray: Tensor, real: Tensor, *factors: Tensor) -> dict[str, Tensor]:
        with tf.device(placement(self._device)):
            # Both gradients come from the same forward pass; each goes to its own network alone.
            with tf.GradientTape(persistent=True) as tape:
                losses = self._losses(to_channels_last(gray), to_channels_last(real))
            gradients = [
                tape.gradient(losses[name], self._adams[name].learnt)
                for name in (GENERATOR, DISCRIMINATOR)
            ]
            for adam, gradient, factor in zip(
                self._adams.values(), gradients, factors, strict=True
            ):
                adam.move(gradient, factor)
        return losses

    def _losses(self, gray: Tensor, real: Tensor) -> dict[str, Tensor]:
        generator, discriminator = self._networks[GENERATOR], self._networks[DISCRIMINATOR]
        fake = generator(gray, is_training=True)
        fake_logits = tf.cast(discriminator(gray, fake, is_training=True), tf.float32)
        real_logits = tf.cast(discriminator(gray, real, is_training=True), tf.float32)
        adversarial = generator_loss(self._config.loss, fake_logits)
        l1 = l1_loss(tf.cast(fake, tf.float32), real)
        return {
            "discriminator": discriminator_loss(self._config.loss, real_logits, fake_logits),
            "generator": adversarial + self._config.l1_weight * l1,
            "adversarial": adversarial,
            "l1": l1,
        }


class _Adam:
    """Adam (Kingma and Ba 2015) as `CganConfig` defines it, for one network.

    TensorFlow's own adds epsilon before the second moment is corrected; it is added after.
    """

    def __init__(self, network: TableNetwork, config: CganConfig, device: str) -> None:
        self._network = network
        self._config = config
        self._step = 0
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

    def next_factors(self) -> Tensor:
        """Count a step; return its size and the root of the second moment's correction.

        They are worked out here, in double precision: 1 - beta2^t loses digits in single.
        """
        self._step += 1
        size = self._config.learning_rate / (1 - self._config.beta1**self._step)
        return tf.constant([size, sqrt(1 - self._config.beta2**self._step)], tf.float32)

    def move(self, gradients: list[Tensor], factors: Tensor) -> None:
        """Change the parameters and the moments by one step."""
        config = self._config
        for name, parameter, gradient in zip(
            self._network.learnt, self.learnt, gradients, strict=True
        ):
            first, second = (self._moments[f"{name}/{moment}"] for moment in MOMENTS)
            mean = first.assign(config.beta1 * first + (1 - config.beta1) * gradient)
            square = second.assign(config.beta2 * second + (1 - config.beta2) * tf.square(gradient))
            parameter.assign_sub(
                factors[0] * mean / (tf.sqrt(square) / factors[1] + config.epsilon)
            )

    def arrays(self) -> State:
        """Return copies of the moments in the table's layout, and how many steps were done."""
        moments: State = {
            key: self._network.to_table(_owner(key), variable)
            for key, variable in self._moments.items()
        }
        return {**moments, "step": np.array(self._step, np.int64)}

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take over what `arrays` returned, here or in another framework."""
        self._step = int(arrays["step"])
        for key, variable in self._moments.items():
            variable.assign(self._network.to_native(_owner(key), arrays[key]))


def _owner(moment: str) -> str:
    return moment.rpartition("/")[0]
