"""Functions of batches, compiled for each size of pictures."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from colorize_cli.core.architecture import CHANNELS, ColorSpace


class CompiledBySize:
    """A function of gray and colour `(N, C, H, W)` and more, compiled once for each H and W.

    Batches may be of any length. Were the sizes open, convolutions would have to be padded in
    numbers, with gradients that take several times as long (`networks._padding`).
    """

    def __init__(
        self,
        compiled: Callable[[list[Any]], Any],
        *,
        output: ColorSpace,
        others: Sequence[Any] = (),
    ) -> None:
        self._compiled_for = compiled
        self._output = output
        self._others = others
        self.by_size: dict[tuple[int, int], Any] = {}

    def __call__(self, gray: Any, color: Any, *others: Any) -> Any:
        """Call the function, which `compiled` makes from the signature of its arguments."""
        height, width = gray.shape[2:]
        if (height, width) not in self.by_size:
            self.by_size[height, width] = self._compiled_for(self._signature(height, width))
        return self.by_size[height, width](gray, color, *others)

    def _signature(self, height: int, width: int) -> list[Any]:
        batch = [
            tf.TensorSpec([None, channels, height, width], tf.float32)
            for channels in (1, CHANNELS[self._output])
        ]
        return [*batch, *self._others]
