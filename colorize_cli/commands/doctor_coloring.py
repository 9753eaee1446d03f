"""What `colorize doctor` says of backends and the model, and whether both colour rightly."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from colorize_cli.commands.doctor_findings import Finding, failure, parted
from colorize_cli.core.errors import ColorizeError, ExitStatus, UsageError
from colorize_cli.core.precision import resolved_precision

if TYPE_CHECKING:
    from colorize_cli.core.backend import Backend, Colorizer
    from colorize_cli.core.model_file import Model
    from colorize_cli.plugins import BackendState

TOLERANCES: Final[Mapping[str, float]] = {"float32": 1e-4, "bfloat16": 0.1}
"""How far the network's numbers may be off, as the checks of backends have it."""
LEAST_SIDE: Final = 64
PICTURE: Final = (48, 72)
"""Height and width of the picture that is coloured."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What `colorize run` would use here without options."""

    model: str | None = None
    backend: str | None = None
    device: str = "auto"
    precision: Any = "float32"


def coloring_findings(choice: Choice) -> Iterator[Finding]:
    """Look at the backends and the model, and colour with those that are chosen."""
    from colorize_cli.plugins import backend_states

    yield from map(_state_finding, backend_states())
    yield _training()
    backend, found = _backend(choice)
    yield found
    model, found = _model(choice)
    yield found
    if backend is not None and model is not None:
        yield from _coloring(backend, model, choice)


def _state_finding(state: "BackendState") -> Finding:
    what = f"{state.name}: {state.framework or state.distribution} {state.framework_version or ''}"
    if state.state == "ok":
        return Finding(check="backend", text=f"{what.strip()} on {', '.join(state.devices)}")
    text = f"{state.name} is {state.state}: {state.reason}"
    if state.state == "missing":
        return Finding(check="backend", state="note", text=text, remedy=state.remedy)
    return Finding(
        check="backend",
        state="failed",
        text=text,
        remedy=state.remedy or f"update or uninstall {state.distribution}",
        status=ExitStatus.UNAVAILABLE,
    )


def _training() -> Finding:
    from colorize_cli.plugins import choose_training_backend

    try:
        return Finding(check="training", text=f"by {choose_training_backend().name}")
    except ColorizeError as error:
        text, remedy = parted(error)
        remedy = remedy or "pip install 'colorize-gan[torch]'"
        return Finding(check="training", state="note", text=text, remedy=remedy)


def _backend(choice: Choice) -> "tuple[Backend | None, Finding]":
    from colorize_cli.plugins import choose_inference_backend

    try:
        backend = choose_inference_backend(choice.backend)
    except UsageError as error:
        # The command line names none: it was set.
        return None, _as_setting("chosen", error)
    except ColorizeError as error:
        return None, failure("chosen", error, remedy="colorize backends lists what there is")
    return backend, Finding(check="chosen", text=f"backend {backend.name}")


def _as_setting(check: str, error: ColorizeError) -> Finding:
    return Finding(
        check=check,
        state="failed",
        text=str(error),
        remedy="colorize info --config run tells where it is set",
        status=ExitStatus.BAD_CONFIG,
    )


def _model(choice: Choice) -> "tuple[Model | None, Finding]":
    from colorize_cli.core.model_choice import find_model

    try:
        model = find_model(choice.model)
    except ColorizeError as error:
        return None, failure("chosen", error, remedy="choose another model, or install anew")
    text = f"model {model.path} {model.identity[:12]}"
    return model, Finding(check="chosen", text=text)


def _coloring(backend: "Backend", model: "Model", choice: Choice) -> Iterator[Finding]:
    try:
        precision = resolved_precision(backend, choice.precision, device=choice.device)
        colorizer = backend.load_colorizer(model, device=choice.device, precision=precision)
        yield _network_finding(colorizer, model, precision)
        yield _picture_finding(colorizer, model)
    except UsageError as error:
        yield _as_setting("colours", error)
    except ColorizeError as error:
        yield failure("colours", error, remedy="colorize info --config run tells what is set")
    except Exception as error:  # noqa: BLE001 - backends are other people's: this is to be told
        yield Finding(
            check="colours",
            state="failed",
            text=f"backend {backend.name} raised {type(error).__name__}: {error}",
            remedy=f"colorize backends check {backend.name}",
            status=ExitStatus.UNAVAILABLE,
        )


def _network_finding(colorizer: "Colorizer", model: "Model", precision: str) -> Finding:
    """Compare what the network says with the evaluator of the ONNX specification."""
    side = max(LEAST_SIDE, model.generator.stride)
    gray = np.random.default_rng(0).uniform(-1, 1, (1, 1, side, side)).astype(np.float32)
    error = float(np.abs(colorizer(gray) - _reference(model, gray)).max())
    tolerance = TOLERANCES[precision]
    text = f"the network on {colorizer.device} is off by {error:.1e} at most ({precision})"
    if error <= tolerance:
        return Finding(check="colours", text=text)
    # Written this way round, it holds for what is no number as well.
    return Finding(
        check="colours",
        state="failed",
        text=f"{text}, more than {tolerance:g}",
        remedy="choose another backend or device, or install its framework anew",
        status=ExitStatus.UNAVAILABLE,
    )


def _picture_finding(colorizer: "Colorizer", model: "Model") -> Finding:
    """Colour a picture the whole way: its lightness, as a gray code, has to stay."""
    from colorize_cli.core.picture import Picture
    from colorize_cli.core.pipeline import colorize

    height, width = PICTURE
    ramp = np.linspace(0, 255, height * width).reshape(PICTURE)
    codes = np.rint(ramp).astype(np.uint8)
    colored = colorize(Picture(codes=codes), model.generator, colorizer).codes
    if np.array_equal(_gray_codes(colored), codes):
        return Finding(check="colours", text=f"{width} x {height} pixels, the lightness kept")
    return Finding(
        check="colours",
        state="failed",
        text="the lightness of a picture was not kept",
        remedy="install numpy and colorize-gan anew",
        status=ExitStatus.INTERNAL,
    )


def _gray_codes(codes: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the gray of the same luminance (IEC 61966-2-1)."""
    from colorize_cli.core.gamut import lightness_of
    from colorize_cli.core.lab import luminance_from_lightness, srgb_from_linear

    gray = srgb_from_linear(luminance_from_lightness(lightness_of(codes)))
    return np.rint(gray * 255).astype(np.uint8)


def _reference(model: "Model", gray: NDArray[np.float32]) -> NDArray[np.float32]:
    from colorize_cli.core.architecture import build_generator
    from colorize_cli.core.onnx_evaluation import evaluated
    from colorize_cli.core.onnx_graph import build_graph, embedded_weights

    graph = build_graph(build_generator(model.generator), embedded_weights(model.weights))
    (color,) = evaluated(graph, {"gray": gray})
    return np.asarray(color, np.float32)
