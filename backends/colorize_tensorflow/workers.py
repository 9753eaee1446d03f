"""Several processes that train one CGAN with TensorFlow, by MultiWorkerMirroredStrategy.

Each has one replica, on one device. Variables are not the strategy's: all workers restore the same
state and make the same moves, from sums that collective operations give them, bit for bit the same
on each.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from colorize_cli.core.workers import Launch, LostWorkersError
from colorize_tensorflow.losses import Tensor

PATIENCE: Final = 600.0
"""Seconds that a worker waits for another one that still lives: longer than worker 0 takes for the
scores and files of an epoch."""
WORDS: Final = (8, 2**17)
"""Numbers that are summed at a time: collective operations repeat with the same shapes alone."""
LOSSES: Final = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.DeadlineExceededError,
    tf.errors.CancelledError,
    tf.errors.InternalError,
)
"""What collective operations raise when a worker is gone."""


class TensorFlowWorkers:
    """The workers of a cluster that TF_CONFIG describes, as one of them sees them."""

    def __init__(self, launch: Launch) -> None:
        self.rank, self.count = launch.rank, launch.count
        options = tf.distribute.experimental.CommunicationOptions(timeout_seconds=PATIENCE)
        with self.losses_told():
            self._strategy = tf.distribute.MultiWorkerMirroredStrategy(
                communication_options=options
            )
        self._sums = {words: self._compiled_sum(words) for words in WORDS}
        self.total = self.in_replica(self.add_up)
        """Sums up what is not yet in a replica, as `add_up` does."""

    def sum(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the sums over all workers. Raises LostWorkersError."""
        words = next((words for words in WORDS if len(values) <= words), WORDS[-1])
        padded = np.zeros(-(-len(values) // words) * words, np.int64)
        padded[: len(values)] = values
        with self.losses_told():
            sums = [self._sums[words](part).numpy() for part in padded.reshape(-1, words)]
        return np.concatenate(sums)[: len(values)]

    def leave(self) -> None:
        """Do nothing: the connection ends with the process."""

    def add_up(self, tensors: Any) -> Any:
        """Return the sums of tensors over all workers, within what `in_replica` has compiled.

        The gradient of a sum is the sum of the gradients.
        """
        # Where a sum is to be is taken from its operand, and arguments are nowhere yet.
        placed = tf.nest.map_structure(tf.identity, tensors)
        return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, placed)

    def in_replica(
        self, function: Callable[..., Any], *, signature: list[Any] | None = None
    ) -> Callable[..., Any]:
        """Compile a function that all workers call together."""
        compiled: Callable[..., Any] = tf.function(
            lambda *arguments: self._strategy.run(function, arguments),
            input_signature=signature,
            autograph=False,
        )
        return compiled

    def whole_statistics(self, source: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return mean, biased and unbiased variance `(C,)` of the batch of which this is a share.

        In two passes: sums of squares would lose digits.
        """
        channels = source.shape[-1]
        number = tf.cast(tf.size(source) // channels, tf.float32)
        sums = self.add_up(tf.concat([tf.reduce_sum(source, (0, 1, 2)), [number]], axis=0))
        count = sums[-1]
        mean = sums[:-1] / count
        squares = self.add_up(tf.reduce_sum(tf.square(source - mean), (0, 1, 2)))
        return mean, squares / count, squares / (count - 1)

    @contextmanager
    def losses_told(self) -> Iterator[None]:
        """Report in our words that a worker is gone."""
        try:
            yield
        except LOSSES as error:
            raise LostWorkersError from error

    def _compiled_sum(self, words: int) -> Callable[..., Any]:
        return self.in_replica(self.add_up, signature=[tf.TensorSpec([words], tf.int64)])
