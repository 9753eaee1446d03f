"""Whether an exported generator colours as the framework does that it came from."""

from typing import Any, Final

import numpy as np

from colorize_cli.core.backend import Colorizer
from colorize_cli.core.errors import ColorizeError
from colorize_cli.core.model_file import Model
from colorize_cli.core.onnx_graph import interface
from colorize_cli.core.tensor_file import METADATA_KEY

TOLERANCE: Final = 1e-4
"""The contract's: forward passes of one model agree to it in every framework."""
SEED: Final = 0
SHAPES: Final = ((1, 1, 1), (3, 1, 2), (2, 3, 1))
"""Batch, and height and width in strides: each of the open dimensions differs somewhere."""


def largest_difference(exported: Colorizer, original: Colorizer, *, stride: int) -> float:
    """Return how far two colorizers are apart at most, on fixed noise of several shapes.

    Colour is in [-1, 1]. Not-a-number if either gives one.
    """
    random = np.random.default_rng(SEED)
    greatest = 0.0
    for batch, rows, columns in SHAPES:
        shape = (batch, 1, rows * stride, columns * stride)
        gray = random.uniform(-1, 1, shape).astype(np.float32)
        difference = np.abs(exported(gray) - original(gray)).max()
        # The maximum of Python would drop a not-a-number.
        greatest = float(np.maximum(greatest, difference))
    return greatest


def check_difference(difference: float) -> None:
    """Raise ColorizeError if the exported generator is not the same within the tolerance."""
    if not difference <= TOLERANCE:
        raise ColorizeError(
            f"the exported model differs by {difference:.1e} from the framework's, more than "
            f"{TOLERANCE:.0e}: nothing was written"
        )


def card_facts(model: Model) -> dict[str, Any]:
    """Return what a card says of the model itself: as an ONNX file's metadata does."""
    return {**interface(model), METADATA_KEY: model.header(), "identity": model.identity}
