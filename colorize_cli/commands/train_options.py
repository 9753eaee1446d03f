"""The options of `colorize train`: their types, help and groups."""

from collections.abc import Mapping
from enum import StrEnum
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import typer

from colorize_cli.commands.grouped_help import COMMON, COMPUTING
from colorize_cli.core.errors import UsageError

RUN: Final = "The run"
NETWORKS: Final = "Networks and losses, where they differ from the recipe"
SCHEDULE: Final = "Schedule, where it differs from the recipe"
ENDS: Final = "When it ends"
FILES: Final = "What it keeps"


class LossChoice(StrEnum):
    """The loss forms of `core.backend.LossForm`."""

    MINIMAX = "minimax"
    NONSATURATING = "nonsaturating"
    LSGAN = "lsgan"
    HINGE = "hinge"


class OutputChoice(StrEnum):
    """What the generator predicts."""

    RGB = "rgb"
    AB = "ab"


class PrecisionChoice(StrEnum):
    """The precision of convolutions."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


class ScheduleChoice(StrEnum):
    """The schedules of the learning rate."""

    CONSTANT = "constant"
    LINEAR = "linear"
    COSINE = "cosine"


def _option(help_text: str, group: str, *names: str, **settings: Any) -> Any:
    return typer.Option(*names, help=help_text, rich_help_panel=group, **settings)


def _finite(parameter: typer.CallbackParam, value: float | None) -> float | None:
    """Refuse what is no number, which is in no range and so outside of none."""
    if value is not None and not isfinite(value):
        raise UsageError(f"{parameter.opts[0]} {value} is no finite number")
    return value


Data: TypeAlias = Annotated[
    Path | None,
    typer.Argument(
        help="A folder that colorize prep has made; colorize-data if not given.",
        metavar="[DATA]",
        rich_help_panel="Arguments",
    ),
]
RecipeName: TypeAlias = Annotated[
    str | None,
    _option(
        "natural, compact, pix2pix, paper-plain, or paper-skip if not given.",
        COMMON,
        metavar="NAME",
    ),
]
RunPath: TypeAlias = Annotated[
    Path | None, _option("The run directory; runs/TIME-RECIPE if not given.", COMMON, metavar="DIR")
]
Resume: TypeAlias = Annotated[
    str | None,
    _option(
        "Go on with this run; with the last one below runs/ if none is named.",
        COMMON,
        metavar="[RUN|last]",
    ),
]
From: TypeAlias = Annotated[
    str | None,
    _option("Begin with the networks of a model or a run.", RUN, "--from", metavar="MODEL"),
]
Limit: TypeAlias = Annotated[
    int | None, _option("Train on this many photos only.", RUN, metavar="N")
]
Seed: TypeAlias = Annotated[
    int | None, _option("Start of everything random; 0 if not given.", RUN, min=0, metavar="N")
]
BackendName: TypeAlias = Annotated[
    str | None,
    _option(
        "torch, tensorflow, or any other that trains; see `colorize backends`.",
        COMPUTING,
        metavar="NAME",
    ),
]
Device: TypeAlias = Annotated[
    str | None,
    _option("Where it computes: auto, cpu, cuda, ... Never another.", COMMON, metavar="NAME"),
]
DryRun: TypeAlias = Annotated[
    bool,
    _option("Say what it would take, from a few timed steps; write nothing.", COMMON, "--dry-run"),
]

Output: TypeAlias = Annotated[
    OutputChoice | None,
    _option("What the generator says: all colours, or ab beside L.", NETWORKS, "--predict"),
]
BaseWidth: TypeAlias = Annotated[
    int | None,
    _option(
        "Filters of the first layer, 64 in the paper; of natural's last.", NETWORKS, metavar="N"
    ),
]
Loss: TypeAlias = Annotated[LossChoice | None, _option("The form of the CGAN's loss.", NETWORKS)]
L1Weight: TypeAlias = Annotated[
    float | None, _option("Weight of the L1 term: 0 in the paper.", NETWORKS, min=0, metavar="X")
]
ChromaWeight: TypeAlias = Annotated[
    float | None,
    _option(
        "How much more vivid colours count in the L1 term than dull ones: 0 is alike.",
        NETWORKS,
        min=0,
        metavar="X",
    ),
]
Precision: TypeAlias = Annotated[
    PrecisionChoice | None,
    _option(
        "bfloat16 is faster where the processor has it; recipes in it take float32 elsewhere.",
        NETWORKS,
    ),
]
EmaDecay: TypeAlias = Annotated[
    float | None,
    _option("Use the generator's moving average, as 0.999; 0: none.", NETWORKS, metavar="X"),
]

Epochs: TypeAlias = Annotated[
    str | None,
    _option(
        "How often every picture is seen; with --resume also +N: so many more.",
        COMMON,
        metavar="N|+N",
    ),
]
BatchSize: TypeAlias = Annotated[int | None, _option("Pictures per step.", SCHEDULE, metavar="N")]
MicroBatch: TypeAlias = Annotated[
    int | None, _option("Pictures at a time, where memory is short.", SCHEDULE, metavar="N")
]
LearningRate: TypeAlias = Annotated[
    float | None, _option("Adam's step size for both networks.", SCHEDULE, min=0, metavar="X")
]
Schedule: TypeAlias = Annotated[
    ScheduleChoice | None, _option("How the learning rate goes down.", SCHEDULE)
]
WarmUpEpochs: TypeAlias = Annotated[
    int | None,
    _option("First epochs, from L1 alone.", SCHEDULE, min=0, metavar="N"),
]

Augment: TypeAlias = Annotated[
    str | None,
    _option(
        "Vary the pictures by crop, tone, grain, blur, as crop=0.4,tone=0.5,grain=0.02,blur=1.",
        SCHEDULE,
        metavar="KIND=X,...",
    ),
]

MaxTime: TypeAlias = Annotated[
    str | None, _option("End after this time, as 2h, 30m or 90s.", ENDS, metavar="TIME")
]
Patience: TypeAlias = Annotated[
    int | None,
    _option("End after N epochs without a smaller ab error on test.", ENDS, min=1, metavar="N"),
]

SamplesEvery: TypeAlias = Annotated[
    int | None, _option("Epochs between two grids of samples: 1.", FILES, min=1, metavar="N")
]
Keep: TypeAlias = Annotated[
    int | None,
    _option("Keep the checkpoints of the last N epochs as well: 0.", FILES, min=0, metavar="N"),
]
CheckpointEvery: TypeAlias = Annotated[
    float | None,
    _option(
        "Between two checkpoints within a long epoch: 10.",
        FILES,
        "--checkpoint-every",
        metavar="MINUTES",
        min=0,
        callback=_finite,
    ),
]
Quiet: TypeAlias = Annotated[bool, _option("Say nothing but errors.", COMMON, "--quiet", "-q")]

UNITS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0}


def seconds_of(text: str | None) -> float | None:
    """Read a time as 2h, 30m or 90s. Raises UsageError."""
    if text is None:
        return None
    try:
        seconds = float(text[:-1]) * UNITS[text[-1:]]
    except (KeyError, ValueError):
        seconds = 0.0
    # Neither nan nor infinity is a time.
    if not 0 < seconds < float("inf"):
        raise UsageError(f"--max-time {text!r} is not a time such as 2h, 30m or 90s")
    return seconds


def epochs_of(text: str | None, *, before: int | None) -> int | None:
    """Read a number of epochs, or +N: so many more than `before`. Raises UsageError."""
    if text is None:
        return None
    is_more = text.startswith("+")
    if is_more and before is None:
        raise UsageError(f"--epochs {text} goes with --resume; a new run has no epochs yet")
    if not text.removeprefix("+").isascii() or not text.removeprefix("+").isdigit():
        raise UsageError(f"--epochs {text!r} is neither a number nor, with --resume, +N")
    return int(text) + (before or 0 if is_more else 0)


def amounts_of(text: str | None) -> dict[str, float] | None:
    """Read `KIND=X,KIND=X`, the amounts of augmentation. Raises UsageError."""
    if text is None:
        return None
    try:
        pairs = [part.split("=") for part in text.split(",")]
        return {kind: float(amount) for kind, amount in pairs}
    except ValueError as error:
        raise UsageError(f"--augment {text!r} is not of the form crop=0.4,tone=0.5") from error


def origins_of(given: Mapping[str, object]) -> dict[str, str]:
    """Name the options that settings of a run came from."""
    names = {"start": "from", "checkpoint_minutes": "checkpoint_every"}
    return {name: f"--{names.get(name, name).replace('_', '-')}" for name in given}


def true_origins(origins: Mapping[str, str], places: Mapping[str, str]) -> dict[str, str]:
    """Replace the options that nobody gave by the variables and files that set them."""
    return {name: places.get(origin.removeprefix("--"), origin) for name, origin in origins.items()}
