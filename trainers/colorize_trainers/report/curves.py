"""Curves of losses and scores. The only importer of matplotlib, and only when curves are drawn.

Figures are made with matplotlib's objects, without pyplot: nothing global is changed, and the
same numbers give the same bytes.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from colorize_cli.core.errors import UnavailableError
from colorize_cli.core.outputs import replacing
from colorize_trainers.report.run import Curve, RunRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#56b4e9")
"""Told apart by colour-blind people (Okabe and Ito 2008; their yellow darkened for white paper)."""
DASHES: Final = ("-", "--", ":")
"""When the colours are used up they come again in another dash."""
INK, FAINT, REFERENCE = "#33383d", "#d8dbde", "#7a828a"
FEW_POINTS: Final = 12
"""Up to so many epochs each one gets a dot: a single epoch is no line."""
PANEL_INCHES: Final = (4.0, 2.4)
PNG_DPI: Final = 150
TITLE: Final = 44
"""Letters of a run's name that fit above a panel."""

_STYLE: Final[Any] = {
    "svg.hashsalt": "colorize",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "axes.unicode_minus": True,
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One run's values, and a level to compare them with, such as that of gray."""

    label: str
    curve: Curve
    reference: float | None = None


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Lines of one quantity over epochs. `reference` says what the dashed levels are."""

    key: str
    title: str
    lines: Sequence[Line]
    reference: str = ""


def check_matplotlib() -> None:
    """Raise UnavailableError if curves cannot be drawn here."""
    try:
        import matplotlib.figure  # noqa: F401 - whether it is there is the question
    except ImportError as error:
        raise UnavailableError(
            "curves are drawn by matplotlib, which is not installed; "
            "try: pip install 'colorize-gan[report]'"
        ) from error


def loss_charts(runs: Sequence[RunRecord], undecided: Sequence[float | None]) -> list[Chart]:
    """Return a chart for each loss; `undecided` are the levels of discriminators that guess."""
    return [
        Chart(
            key="discriminator",
            title="Discriminator loss",
            lines=[
                Line(label=run.name, curve=run.losses("discriminator"), reference=level)
                for run, level in zip(runs, undecided, strict=True)
            ],
            reference="cannot tell",
        ),
        Chart(
            key="adversarial",
            title="Generator loss (adversarial)",
            lines=[Line(label=run.name, curve=run.losses("adversarial")) for run in runs],
        ),
        Chart(
            key="l1",
            title="L1 distance in training",
            lines=[Line(label=run.name, curve=run.losses("l1")) for run in runs],
        ),
    ]


def score_charts(runs: Sequence[RunRecord], gray: Sequence[Mapping[str, float]]) -> list[Chart]:
    """Return a chart for each test score, beside that of gray where it is known."""
    titles = {
        "ab_error": "Test: ab error (less is better)",
        "psnr": "Test: PSNR in dB (more is better)",
        "colorfulness": "Test: colourfulness",
    }
    return [
        Chart(
            key=name,
            title=title,
            lines=[
                Line(label=run.name, curve=run.scores(name), reference=level.get(name))
                for run, level in zip(runs, gray, strict=True)
            ],
            reference="gray",
        )
        for name, title in titles.items()
    ]


def svg_of(chart: Chart) -> str:
    """Draw a chart without title and legend, for a page that writes them itself."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=PANEL_INCHES, layout="constrained")
        _draw(figure.add_subplot(), chart.lines, chart.reference)
        buffer = BytesIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return buffer.getvalue().decode("utf-8")


def write_curves(path: Path, charts: Sequence[Chart]) -> None:
    """Write a PNG: for one run the charts in a row, for several a column for each run.

    The panels of a row share their scale, so that runs are compared at a glance.
    """
    import matplotlib
    from matplotlib.figure import Figure

    runs = len(charts[0].lines)
    shape = (1, len(charts)) if runs == 1 else (len(charts), runs)
    size = (PANEL_INCHES[0] * shape[1], PANEL_INCHES[1] * shape[0])
    with matplotlib.rc_context(_STYLE), replacing(path) as temporary, warnings.catch_warnings():
        # Letters that the font lacks stand as boxes in a run's name: no reason for noise.
        warnings.filterwarnings("ignore", "Glyph")
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots(*shape, squeeze=False, sharey=False if runs == 1 else "row")
        for place, chart in enumerate(charts):
            for run, line in enumerate(chart.lines):
                panel = axes[0][place] if runs == 1 else axes[place][run]
                _draw(panel, [line], chart.reference, first=run)
                title = chart.title if runs == 1 else f"{line.label[:TITLE]}\n{chart.title}"
                panel.set_title(title, parse_math=False)
        figure.savefig(temporary, format="png", dpi=PNG_DPI, metadata={"Software": None})


def color_of(place: int) -> tuple[str, str]:
    """Return the colour and the dash of the run at a place, counted from 0."""
    return COLORS[place % len(COLORS)], DASHES[place // len(COLORS) % len(DASHES)]


def _draw(axes: "Axes", lines: Sequence[Line], reference: str, *, first: int = 0) -> None:
    from matplotlib.ticker import MaxNLocator

    for place, line in enumerate(lines, start=first):
        color, dash = color_of(place)
        epochs, values = line.curve
        marker = "o" if len(epochs) <= FEW_POINTS else ""
        axes.plot(epochs, values, color=color, linestyle=dash, linewidth=1.6, marker=marker, ms=3)
    for level in sorted({line.reference for line in lines if line.reference is not None}):
        axes.axhline(level, color=REFERENCE, linewidth=1, linestyle=(0, (4, 3)))
        axes.annotate(
            f"{reference} {level:.2f}",
            (1, level),
            xycoords=("axes fraction", "data"),
            xytext=(0, 2),
            textcoords="offset points",
            ha="right",
            va="bottom",
            color=REFERENCE,
            fontsize=8,
        )
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
