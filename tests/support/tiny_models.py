"""Models of a few hundred numbers: everything that a real one has, in no time."""

from pathlib import Path

import numpy as np

from colorize_cli.core.architecture import ColorSpace, GeneratorSpec, build_generator
from colorize_cli.core.layers import draw_parameters
from colorize_cli.core.model_file import Model, write_model

STRIDE = 16


def make_model(seed: int = 0, *, output: ColorSpace = "ab", has_skips: bool = True) -> Model:
    """Return an untrained generator whose batch-norm statistics are not the initial ones."""
    spec = GeneratorSpec(output=output, has_skips=has_skips, base_width=2, size=STRIDE)
    random = np.random.default_rng(seed)
    weights = draw_parameters(build_generator(spec), random)
    for name, array in weights.items():
        if name.endswith("running_mean"):
            array += random.normal(0, 0.1, array.shape).astype(np.float32)
        elif name.endswith("running_var"):
            array *= random.uniform(0.01, 0.1, array.shape).astype(np.float32)
    return Model(
        generator=spec,
        weights=weights,
        training={"recipe": "tiny", "steps": 3},
        license="CC0-1.0",
        provenance={"by": "the tests"},
    )


def write_tiny_model(path: Path, seed: int = 0) -> Model:
    """Write such a model and return it."""
    model = make_model(seed)
    write_model(path, model)
    return model


def make_gray(batch: int = 1, rows: int = 1, columns: int = 1, seed: int = 0) -> np.ndarray:
    """Return noise in [-1, 1], its height and width counted in strides."""
    random = np.random.default_rng(seed)
    shape = (batch, 1, rows * STRIDE, columns * STRIDE)
    return random.uniform(-1, 1, shape).astype(np.float32)
