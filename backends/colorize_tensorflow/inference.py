"""Colouring with TensorFlow."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from colorize_cli.core.backend import Precision
from colorize_cli.core.layers import Network
from colorize_tensorflow.devices import placement
from colorize_tensorflow.networks import TableNetwork, to_channels_first, to_channels_last


class TensorFlowColorizer:
    """A generator with fixed weights on one device."""

    def __init__(
        self,
        network: Network,
        weights: Mapping[str, NDArray[np.float32]],
        *,
        device: str,
        precision: Precision,
    ) -> None:
        generator = TableNetwork(network, device=device, precision=precision)
        generator.load(weights)
        self._predict = compiled_prediction(generator, device=device)
        self._device = device

    @property
    def device(self) -> str:
        """Where it runs."""
        return self._device

    def __call__(self, gray: NDArray[np.float32]) -> NDArray[np.float32]:
        """Predict colour `(N, C, H, W)` for gray `(N, 1, H, W)`."""
        return run_compiled(self._predict, gray)


def compiled_prediction(generator: TableNetwork, *, device: str) -> Any:
    """Return a generator's prediction, from gray `(N, 1, H, W)`, as a graph for all sizes."""

    def predict(gray: Any) -> Any:
        with tf.device(placement(device)):
            color = generator(to_channels_last(gray), is_training=False)
            return to_channels_first(tf.cast(color, tf.float32))

    gray = tf.TensorSpec([None, 1, None, None], tf.float32, name="gray")
    return tf.function(predict, input_signature=[gray], autograph=False)


def run_compiled(function: Any, gray: NDArray[np.float32]) -> NDArray[np.float32]:
    """Run a compiled prediction on an array."""
    color: NDArray[np.float32] = function(tf.constant(np.ascontiguousarray(gray))).numpy()
    return color
