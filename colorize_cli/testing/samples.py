"""What backends are checked with: tiny networks with lively weights, and noise for pictures."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.architecture import (
    CHANNELS,
    GENERATOR_FAMILIES,
    ColorSpace,
    DiscriminatorFamily,
    DiscriminatorSpec,
    GeneratorSpec,
    build_generator,
)
from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.layers import Network, parameters
from colorize_cli.core.model_file import Model
from colorize_cli.testing.every_layer import every_layer

FloatArray = NDArray[np.float32]

STRIDE: Final = 16
"""Of all networks here: the least that the discriminator's four levels leave something of."""
WIDTH: Final = 2
EVERY_LAYER: Final = "every-layer"
SHAPES: Final = ((1, 1, 1), (2, 3, 1), (1, 1, 4))
"""Batch, and height and width in strides: no two of a shape's sides are always equal."""


def make_model(
    seed: int = 0,
    *,
    output: ColorSpace = "ab",
    has_skips: bool = True,
    family: str = "unet",
    size: int = STRIDE,
) -> Model:
    """Return a generator whose signal neither dies out nor saturates on the way."""
    spec = GeneratorSpec(
        family=family, output=output, has_skips=has_skips, base_width=WIDTH, size=size
    )
    return Model(generator=spec, weights=_lively(build_generator(spec), seed))


def make_gray(batch: int = 1, rows: int = 1, columns: int = 1, *, seed: int = 0) -> FloatArray:
    """Return noise in [-1, 1] `(batch, 1, H, W)`, its height and width counted in strides."""
    random = np.random.default_rng(seed)
    shape = (batch, 1, rows * STRIDE, columns * STRIDE)
    return random.uniform(-1, 1, shape).astype(np.float32)


def make_batch(
    seed: int = 0, size: int = 4, *, rows: int = 1, columns: int = 1
) -> tuple[FloatArray, FloatArray]:
    """Return a batch to train on: gray, and colour that is different noise."""
    random = np.random.default_rng([seed, 1])
    shape = (size, CHANNELS["ab"], rows * STRIDE, columns * STRIDE)
    color = random.uniform(-1, 1, shape).astype(np.float32)
    return make_gray(size, rows, columns, seed=seed), color


def make_config(
    *, family: str = "unet", judge: DiscriminatorFamily = "whole", **settings: Any
) -> CganConfig:
    """Return the settings of a tiny CGAN, in which those of CganConfig can be changed."""
    # Patches are judged in pictures of two strides at least.
    size = STRIDE if judge == "whole" else 2 * STRIDE
    return CganConfig(
        generator=GeneratorSpec(family=family, output="ab", base_width=WIDTH, size=STRIDE),
        discriminator=DiscriminatorSpec(family=judge, output="ab", base_width=WIDTH, size=size),
        **{"l1_weight": 10.0, **settings},
    )


@contextmanager
def every_layer_model() -> Iterator[Model]:
    """Lend a model of all kinds of layer, whose family is known while the block runs."""
    families = cast(dict[str, object], GENERATOR_FAMILIES)
    families[EVERY_LAYER] = _every_layer
    try:
        yield make_model(family=EVERY_LAYER)
    finally:
        del families[EVERY_LAYER]


def _every_layer(spec: GeneratorSpec) -> Network:
    return every_layer(CHANNELS[spec.output], stride=spec.size)


def _lively(network: Network, seed: int) -> Mapping[str, FloatArray]:
    """Draw kernels of variance 1 / fan-in (LeCun et al. 1998), and statistics unlike the initial.

    Small running variances make the epsilon of batch norm count.
    """
    random = np.random.default_rng(seed)
    draws = {}
    for entry in parameters(network):
        kind = entry.name.rpartition(".")[2]
        if kind == "weight" and len(entry.shape) == 4:
            fan_in = prod(entry.shape[1:])
            draws[entry.name] = random.normal(0, fan_in**-0.5, entry.shape)
        elif kind == "running_var":
            draws[entry.name] = random.uniform(0.1, 1, entry.shape)
        else:
            draws[entry.name] = random.normal(entry.initial_mean, 0.1, entry.shape)
    return {name: array.astype(np.float32) for name, array in draws.items()}
