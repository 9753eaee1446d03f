"""Backends that each break one promise: the example backend with a planted fault.

`caught_by` are exactly the checks that fail; where there are several, the fault breaks as many
promises at once, and the check that is meant for it stands first.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from colorize_cli.core.layers import BATCH_NORM_EPSILON
from colorize_cli.core.model_file import read_model
from colorize_cli.core.model_names import SUFFIX
from example_backend.colorize_numpy_example.backend import NumpyBackend

EVERY_COMPARISON = ("parity", "every-layer")
"""Both compare with the reference: colour that is wrong anywhere is wrong there as well."""


@dataclass(frozen=True)
class Fault:
    """One planted fault: what it is, how to make the backend, and which checks fail."""

    name: str
    make: Callable[[], Any]
    caught_by: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


class FaultyColorizer:
    """A correct colorizer between a caller and a fault."""

    def __init__(self, inner, colour, device="cpu"):
        self._inner, self._colour, self.device = inner, colour, device

    def __call__(self, gray):
        return self._colour(self._inner, gray)


class FaultyInference(NumpyBackend):
    """The example backend, of which a fault replaces a method or what its colorizers do."""

    def __init__(self, colour=None, load=None, probe=None, capabilities=None):
        self._colour, self._load = colour, load
        self.capabilities = capabilities or self.capabilities
        if probe is not None:
            self.probe = probe

    def load_colorizer(self, model, *, device="auto", precision="float32"):
        if self._load is not None:
            return self._load(super().load_colorizer, model, device, precision)
        inner = super().load_colorizer(model, device=device, precision=precision)
        return inner if self._colour is None else FaultyColorizer(inner, self._colour)


def transposed(inner, gray):
    return np.ascontiguousarray(inner(gray).swapaxes(2, 3))


def mutating(inner, gray):
    color = inner(gray)
    if gray.flags.writeable:
        gray *= 0.5
    return color


def normalizing_over_the_batch(inner, gray):
    color = inner(gray)
    return color - 0.1 * (color.mean(axis=0, keepdims=True) - color) * (len(gray) > 1)


def unsteady(inner, gray):
    noise = np.random.default_rng().uniform(-4e-6, 4e-6, gray.shape)
    return np.clip(inner(gray) + noise.astype(np.float32), -1, 1)


def printing(inner, gray):
    print("colouring", len(gray))
    return inner(gray)


def reading_memory_in_order(inner, gray):
    return inner(gray.ravel(order="K").reshape(gray.shape))


def one_buffer_for_all():
    buffers = {}

    def colour(inner, gray):
        color = inner(gray)
        buffer = buffers.setdefault(color.shape, np.empty_like(color))
        buffer[:] = color
        return buffer

    return colour


def falling_back(load, model, device, precision):
    return load(model, precision=precision)


def pretending(load, model, device, precision):
    inner = load(model, precision=precision)
    return FaultyColorizer(inner, lambda inner, gray: inner(gray), device)


def ignoring_the_precision(load, model, device, precision):
    return load(model, device=device)


def with_another_epsilon(load, model, device, precision):
    """Normalize with the epsilon of Keras."""
    weights = {
        name: array + np.float32(1e-3 - BATCH_NORM_EPSILON) * name.endswith("running_var")
        for name, array in model.weights.items()
    }
    return load(replace(model, weights=weights), device=device, precision=precision)


def folding_in_place(load, model, device, precision):
    colorizer = load(model, device=device, precision=precision)
    for array in model.weights.values():
        array *= 2
    return colorizer


def trusting_the_file(load, model, device, precision):
    if model.path and model.path.suffix == SUFFIX:
        model = read_model(model.path)
    return load(model, device=device, precision=precision)


def printing_from_c(load, model, device, precision):
    os.write(1, b"a banner\n")
    return load(model, device=device, precision=precision)


def boasting():
    return replace(NumpyBackend().probe(), devices=("cpu", "cuda"))


def lost_in_folders(load, model, device, precision):
    if model.path and not model.path.is_absolute():
        raise FileNotFoundError(model.path)
    return load(model, device=device, precision=precision)


def nothing_at_the_ends(inner, gray):
    return np.where(np.abs(gray) == 1, np.float32(np.nan), inner(gray))


INFERENCE_FAULTS = (
    Fault(
        "channels last",
        lambda: FaultyInference(lambda inner, gray: np.moveaxis(inner(gray), 1, -1)),
        ("shape", *EVERY_COMPARISON),
    ),
    Fault("height for width", lambda: FaultyInference(transposed), ("shape", *EVERY_COMPARISON)),
    Fault("mutated input", lambda: FaultyInference(mutating), ("input",)),
    Fault("silent fall-back", lambda: FaultyInference(load=falling_back), ("device",)),
    Fault("pretended device", lambda: FaultyInference(load=pretending), ("device", "probe")),
    Fault("prints while colouring", lambda: FaultyInference(printing), ("quiet",)),
    Fault("prints from C", lambda: FaultyInference(load=printing_from_c), ("quiet",)),
    Fault(
        "batch differs from singles",
        lambda: FaultyInference(normalizing_over_the_batch),
        ("batch", *EVERY_COMPARISON),
    ),
    Fault("nondeterminism", lambda: FaultyInference(unsteady), ("repeatable",)),
    Fault(
        "wrong range",
        lambda: FaultyInference(lambda inner, gray: 4 * inner(gray)),
        ("range", *EVERY_COMPARISON),
    ),
    Fault("not a number", lambda: FaultyInference(nothing_at_the_ends), ("range",)),
    Fault(
        "wrong type",
        lambda: FaultyInference(lambda inner, gray: inner(gray).astype(np.float64)),
        ("type",),
    ),
    Fault("wrong epsilon", lambda: FaultyInference(load=with_another_epsilon), EVERY_COMPARISON),
    Fault("one buffer for all", lambda: FaultyInference(one_buffer_for_all()), ("results",)),
    Fault("assumed layout", lambda: FaultyInference(reading_memory_in_order), ("layouts",)),
    Fault(
        "ignored precision", lambda: FaultyInference(load=ignoring_the_precision), ("precision",)
    ),
    Fault("mutated model", lambda: FaultyInference(load=folding_in_place), ("model",)),
    Fault("trusts the file", lambda: FaultyInference(load=trusting_the_file), ("weights",)),
    Fault("relative path", lambda: FaultyInference(load=lost_in_folders), ("model-file",)),
    Fault("untruthful probe", lambda: FaultyInference(probe=boasting), ("probe",)),
    Fault(
        "untruthful capabilities",
        lambda: FaultyInference(capabilities=frozenset({"infer", "train"})),
        ("contract",),
    ),
)


@dataclass(frozen=True, kw_only=True)
class ArrivalFault:
    """A fault that only a process sees which meets the plug-in for the first time."""

    name: str
    caught_by: tuple[str, ...]
    on_import: str = "pass"
    in_probe: str = "pass"
    in_load: str = "pass"

    def __str__(self) -> str:
        return self.name

    @property
    def source(self) -> str:
        """The module of a plug-in that has it."""
        return PLUGIN.format(self)


PLUGIN = """
from dataclasses import replace
from colorize_cli.hookspecs import hookimpl
from example_backend.colorize_numpy_example.backend import NumpyBackend
{0.on_import}

class Planted(NumpyBackend):
    def probe(self):
        {0.in_probe}
        return replace(super().probe(), framework="slowframe")

    def load_colorizer(self, model, **settings):
        {0.in_load}
        return super().load_colorizer(model, **settings)

@hookimpl
def colorize_inference():
    return Planted()
"""
FRAMEWORKS_TO_PLANT = ("tensorflow", "slowframe")
"""Stand-ins for one that the kit knows, and for the one that the plug-in's probe names."""
C_PRINT = "import os; os.write(1, b'a banner')"
ARRIVAL_FAULTS = (
    ArrivalFault(
        name="framework at import", on_import="import tensorflow", caught_by=("light-import",)
    ),
    ArrivalFault(
        name="framework in the probe", in_probe="import tensorflow", caught_by=("light-import",)
    ),
    ArrivalFault(
        name="its own framework in the probe",
        in_probe="import slowframe",
        caught_by=("light-import",),
    ),
    ArrivalFault(name="prints at import", on_import="print('hello')", caught_by=("quiet-start",)),
    ArrivalFault(name="prints in the probe", in_probe=C_PRINT, caught_by=("quiet-start",)),
    ArrivalFault(name="a banner at the first load", in_load=C_PRINT, caught_by=("quiet-start",)),
    ArrivalFault(
        # Neither can be looked at.
        name="fails at import",
        on_import="raise OSError('libslow.so is missing')",
        caught_by=("light-import", "quiet-start"),
    ),
)
