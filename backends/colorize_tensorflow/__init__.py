"""The TensorFlow backend of colorize: trains, exports, colours."""

from typing import TYPE_CHECKING

from colorize_cli.hookspecs import hookimpl

if TYPE_CHECKING:
    from colorize_tensorflow.backend import TensorFlowBackend


@hookimpl
def colorize_inference() -> "TensorFlowBackend":
    """Offer TensorFlow for colouring."""
    from colorize_tensorflow.backend import TensorFlowBackend

    return TensorFlowBackend()


@hookimpl
def colorize_training() -> "TensorFlowBackend":
    """Offer TensorFlow for training."""
    from colorize_tensorflow.backend import TensorFlowBackend

    return TensorFlowBackend()
