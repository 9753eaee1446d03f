"""Charts on the page: matplotlib's drawings, in colours that follow the reader's light or dark."""

from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element

from colorize_trainers.report.curves import (
    COLORS,
    FAINT,
    INK,
    REFERENCE,
    Chart,
    Line,
    color_of,
    svg_of,
)
from colorize_trainers.report.html import element, inline_svg
from colorize_trainers.report.words import number

_VARIABLES: Final = {
    INK: "var(--axis)",
    FAINT: "var(--grid)",
    REFERENCE: "var(--reference)",
    **{color: f"var(--series-{place})" for place, color in enumerate(COLORS, start=1)},
}
_PATTERNS: Final = {"-": None, "--": "6 3", ":": "2 3"}


def chart_section(charts: Sequence[Chart]) -> Element:
    """Show the charts side by side, or below each other where the screen is narrow."""
    drawn = [_figure(chart) for chart in charts if any(line.curve[0] for line in chart.lines)]
    return element("div", drawn, class_="charts")


def legend(names: Sequence[str]) -> Element:
    """Say which line is which run."""
    items = [element("li", _swatch(place), name) for place, name in enumerate(names)]
    return element("ul", items, class_="legend")


def _figure(chart: Chart) -> Element:
    source = svg_of(chart)
    for color, variable in _VARIABLES.items():
        source = source.replace(color, variable)
    label = f"{chart.title}. {' '.join(_line_words(line) for line in chart.lines)}"
    drawing = inline_svg(source, prefix=f"{chart.key}-", label=label)
    return element("figure", element("figcaption", chart.title), drawing, class_="chart")


def _line_words(line: Line) -> str:
    epochs, values = line.curve
    if not epochs:
        return f"{line.label}: nothing."
    first, last = (f"{number(values[end])} at epoch {epochs[end]}" for end in (0, -1))
    return f"{line.label}: from {first} to {last}."


def _swatch(place: int) -> Element:
    color, dash = color_of(place)
    stroke = element(
        "line",
        x1="0",
        y1="5",
        x2="28",
        y2="5",
        style=f"stroke: {_VARIABLES[color]}; stroke-width: 3",
        stroke_dasharray=_PATTERNS[dash],
    )
    return element("svg", stroke, viewBox="0 0 28 10", aria_hidden="true")
