"""What a backend's colour is: shape, type, range, and the numbers of the reference."""

from functools import cache
from itertools import product
from typing import Final

import numpy as np

from colorize_cli.core.architecture import CHANNELS, ColorSpace
from colorize_cli.core.errors import UnavailableError
from colorize_cli.testing import reference
from colorize_cli.testing.promises import ROUNDING, TOLERANCE, NotApplicable, expect, expect_close
from colorize_cli.testing.samples import (
    SHAPES,
    STRIDE,
    FloatArray,
    every_layer_model,
    make_gray,
    make_model,
)
from colorize_cli.testing.subject import Subject

VARIANTS: Final = tuple(product(CHANNELS, (True, False)))
"""Each output, with skips and without."""
GREATEST_BFLOAT16_ERROR: Final = 0.1
"""bfloat16 keeps 8 bits: a relative error of 1/256 in each of some twenty layers."""


def gives_the_shape(subject: Subject) -> None:
    """Compare shapes for both outputs, with and without skips, wide, high and single pictures."""
    for output, has_skips in VARIANTS:
        colorizer = subject.colorizer(make_model(output=output, has_skips=has_skips))
        for batch, rows, columns in SHAPES:
            expected = (
                batch,
                CHANNELS[output],
                rows * STRIDE,
                columns * STRIDE,
            )
            color = colorizer(make_gray(batch, rows, columns))
            promised = f"colour (N, C, H, W) = {expected}"
            expect(np.shape(color) == expected, promised, f"{np.shape(color)}")


def gives_float32(subject: Subject) -> None:
    """Look at the type of the result."""
    color = subject.colorizer(make_model())(make_gray())
    promised = "a NumPy array of float32"
    expect(isinstance(color, np.ndarray), promised, type(color).__name__)
    expect(color.dtype == np.float32, promised, color.dtype)


def stays_in_range(subject: Subject) -> None:
    """Colour noise, black and white."""
    black = np.full((1, 1, STRIDE, STRIDE), -1, np.float32)
    for output in CHANNELS:
        colorizer = subject.colorizer(make_model(output=output))
        for gray in (make_gray(2), black, -black):
            color = np.asarray(colorizer(gray.copy()))
            promised = f"{output} in [-1, 1]"
            expect(bool(np.isfinite(color).all()), promised, "a number that is not finite")
            greatest = float(np.abs(color).max())
            expect(greatest <= 1, promised, f"{greatest:.3g}")


def computes_as_the_reference(subject: Subject) -> None:
    """Compare with the evaluator of the ONNX specification."""
    for output, has_skips in VARIANTS:
        skips = "with" if has_skips else "without"
        promised = f"the reference's {output}, {skips} skips"
        colorizer = subject.colorizer(make_model(output=output, has_skips=has_skips))
        for shape in SHAPES:
            expected = _reference_color(output, has_skips, shape)
            expect_close(colorizer(make_gray(*shape)), expected, promised, tolerance=TOLERANCE)


def computes_every_layer(subject: Subject) -> None:
    """Compare on a network of all kinds of layer."""
    with every_layer_model() as model:
        gray = make_gray(2, 1, 2)
        expected = reference.colored(model, gray)
        promised = "the reference's colour from a network of all kinds of layer"
        expect_close(subject.colorizer(model)(gray), expected, promised, tolerance=TOLERANCE)


def colours_batches_as_singles(subject: Subject) -> None:
    """Colour three pictures together and alone."""
    gray, colorizer = make_gray(3), subject.colorizer(make_model())
    alone = [np.copy(colorizer(gray[index : index + 1].copy())) for index in range(len(gray))]
    expect_close(
        colorizer(gray.copy()),
        np.concatenate(alone),
        "in a batch, the colour that each picture has alone",
        tolerance=ROUNDING,
    )


def repeats_itself(subject: Subject) -> None:
    """Colour the same twice, and with a second colorizer."""
    gray, colorizer = make_gray(2), subject.colorizer(make_model())
    tolerance = 0 if subject.is_repeatable else ROUNDING
    first = np.copy(colorizer(gray.copy()))
    for again in (colorizer, subject.colorizer(make_model())):
        promised = "the same colour for the same gray, every time"
        expect_close(again(gray.copy()), first, promised, tolerance=tolerance)


def honours_the_precision(subject: Subject) -> None:
    """Ask for bfloat16: refused or done, and float32 at the border either way."""
    gray = make_gray(2)
    try:
        colorizer = subject.colorizer(make_model(), precision="bfloat16")
    except UnavailableError as refusal:
        raise NotApplicable(f"it refuses bfloat16, as it may: {refusal.reason}") from refusal
    color = np.asarray(colorizer(gray.copy()))
    expect(color.dtype == np.float32, "float32 from bfloat16 too", color.dtype)
    exact = subject.colorizer(make_model())(gray.copy())
    promised = "bfloat16 honoured or refused"
    expect(not np.array_equal(color, exact), promised, "the very numbers of float32")
    expect_close(color, exact, promised, tolerance=GREATEST_BFLOAT16_ERROR)


@cache
def _reference_color(
    output: ColorSpace, has_skips: bool, shape: tuple[int, int, int]
) -> FloatArray:
    """Return what never changes: suites check many backends in one process."""
    return reference.colored(make_model(output=output, has_skips=has_skips), make_gray(*shape))
