"""The page of a report: one HTML file that needs nothing beside itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Final
from xml.etree.ElementTree import Element

from colorize_cli import __version__
from colorize_trainers.report.charts import chart_section, legend
from colorize_trainers.report.curves import Chart
from colorize_trainers.report.gallery import Gallery
from colorize_trainers.report.html import document, element
from colorize_trainers.report.photos import OutsidePhoto
from colorize_trainers.report.run import RunRecord
from colorize_trainers.report.samples import SamplesByEpoch
from colorize_trainers.report.settings import (
    environment_table,
    report_command,
    settings_table,
    training_commands,
)
from colorize_trainers.report.summary import comparison, tiles
from colorize_trainers.report.test_set import JudgedPhotos, choice_in_words
from colorize_trainers.report.words import ModelErrors, sentences

GENERATOR: Final = "colorize report"
"""What the page says made it: by this a folder is known to hold a report."""

_POLICY: Final = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)
"""Content security policy: the page cannot load anything, whatever stands in it."""


@dataclass(frozen=True, kw_only=True)
class RunPart:
    """All that the page shows of one run. `facts` are those of its model file.

    `files` are the names of the figures beside the page, by what they show; `remarks` say what
    is missing and why.
    """

    run: RunRecord
    facts: Mapping[str, Any] = field(default_factory=dict)
    errors: ModelErrors | None = None
    samples: SamplesByEpoch | None = None
    test: JudgedPhotos | None = None
    outside: Sequence[OutsidePhoto] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    remarks: Sequence[str] = ()


def render_page(parts: Sequence[RunPart], charts: Sequence[Chart]) -> str:
    """Return the page of one run, or of several to compare."""
    names = [part.run.name for part in parts]
    title = f"Training report: {', '.join(names)}"
    sections = list(_sections(parts, charts))
    body = element(
        "body",
        _header(names, [(section.get("id", ""), heading) for section, heading in sections]),
        element("main", [section for section, _ in sections]),
        _footer(),
        element("script", _asset("page.js")),
    )
    return document(element("html", _head(title), body, lang="en"))


def unfinished_page() -> str:
    """Return the page that stands there until the report is done."""
    body = element("body", element("main", element("h1", "This report is not finished.")))
    return document(element("html", _head("Unfinished report"), body, lang="en"))


def _head(title: str) -> Element:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content=f"{GENERATOR} {__version__}"),
        element("link", rel="icon", href="data:,"),
        element("title", title),
        element("style", _asset("page.css")),
    )


def _header(names: Sequence[str], links: Sequence[tuple[str, str]]) -> Element:
    heading = names[0] if len(names) == 1 else f"{len(names)} runs compared"
    items = [element("li", element("a", text, href=f"#{name}")) for name, text in links]
    return element(
        "header",
        element("p", "Training report of colorize"),
        element("h1", heading),
        element("nav", element("ul", items), aria_label="Sections"),
    )


def _footer() -> Element:
    return element(
        "footer",
        element(
            "p",
            "Colours made by a machine are plausible at best; they are not what was there. "
            "Pictures on this page are JPEG-compressed; the PNG files beside it are exact. "
            f"Made by colorize {__version__}.",
        ),
    )


def _sections(parts: Sequence[RunPart], charts: Sequence[Chart]) -> Iterator[tuple[Element, str]]:
    """Give each section with its heading."""
    yield _section("summary", "In short", _summary(parts)), "In short"
    if charts:
        names = [part.run.name for part in parts]
        content = [legend(names) if len(names) > 1 else None, chart_section(charts)]
        lead = "Means over each epoch; tests at its end, on photos that are not trained on."
        yield _section("curves", "Curves", content, lead=lead), "Curves"
    gallery = Gallery()
    for name, heading, lead, show in (
        ("samples", "Samples by epoch", _SAMPLES_LEAD, _samples),
        ("test", "Test photos", _TEST_LEAD, _test),
        ("outside", "Photos from outside the set", _OUTSIDE_LEAD, _outside),
    ):
        shown = [(part, content) for part in parts for content in show(part, gallery)]
        if shown:
            yield _section(name, heading, _by_run(shown, parts), lead=lead), heading
    made = [(part, content) for part in parts for content in _making(part)]
    yield _section("making", "How it was made", _by_run(made, parts)), "How it was made"


_SAMPLES_LEAD: Final = (
    "The same test photos, coloured at the end of several epochs, evenly spread over the run. "
    "The network gives the colour; the lightness is the photo's own."
)
_TEST_LEAD: Final = (
    "Coloured by the run's model as it is now. Draw the edge of a picture, or move it with the "
    "arrow keys, to compare."
)
_OUTSIDE_LEAD: Final = (
    "Taken gray where they had colours, then coloured as colorize run does, at their own size; "
    "smaller copies are shown here."
)


def _section(name: str, heading: str, content: Any, *, lead: str = "") -> Element:
    opening = element("p", lead, class_="lead") if lead else None
    title = element("h2", heading, id=f"{name}-title")
    return element("section", title, opening, content, id=name, aria_labelledby=f"{name}-title")


def _by_run(
    shown: Sequence[tuple[RunPart, Element]], parts: Sequence[RunPart]
) -> Iterator[Element]:
    """Give the contents, each run's after its name where there are several."""
    last: RunPart | None = None
    for part, content in shown:
        if len(parts) > 1 and part is not last:
            yield element("h3", part.run.name)
        last = part
        yield content


def _summary(parts: Sequence[RunPart]) -> Iterator[Element]:
    if len(parts) > 1:
        yield comparison([(part.run, part.facts, part.errors) for part in parts])
    for part in parts:
        if len(parts) > 1:
            yield element("h3", part.run.name)
        yield tiles(part.run, part.errors)
        words = sentences(part.run, part.facts, part.errors)
        yield element("ul", [element("li", sentence) for sentence in words], class_="words")
        for remark in part.remarks:
            yield element("p", remark, class_="note")


def _samples(part: RunPart, gallery: Gallery) -> Iterator[Element]:
    if part.samples is not None:
        yield gallery.samples_by_epoch(part.samples, of=part.run.name)
        yield _file_line(part, "samples")


def _test(part: RunPart, gallery: Gallery) -> Iterator[Element]:
    if part.test is not None:
        text = choice_in_words(part.test)
        if part.test.photos[0].network is not None:
            text += (
                " This network predicts RGB: “generated” is its colour on the photo's own "
                "lightness, as in use; “raw RGB” is the picture as it drew it."
            )
        yield element("p", text)
        yield gallery.test_photos(part.test)
        yield _file_line(part, "test")


def _outside(part: RunPart, gallery: Gallery) -> Iterator[Element]:
    if part.outside:
        yield gallery.outside_photos(part.outside)
        yield _file_line(part, "outside")


def _file_line(part: RunPart, kind: str) -> Element:
    name = part.files.get(kind, "")
    return element("p", "As a figure: ", element("code", name), class_="lead")


def _making(part: RunPart) -> Iterator[Element]:
    run = part.run
    yield element("p", "The commands that train such a run and make this report:")
    commands = [*training_commands(run), report_command(run)]
    yield element("pre", element("code", "\n".join(commands)))
    rows = [_setting_row(*row) for row in settings_table(run)]
    yield _table(("setting", "value", "from"), rows)
    if environment := environment_table(run):
        cells = [
            element("tr", element("th", name, scope="row"), element("td", value))
            for name, value in environment
        ]
        yield _table(("environment", "value"), cells)


def _setting_row(name: str, value: str, origin: str) -> Element:
    is_changed = origin.startswith("--")
    return element(
        "tr",
        element("th", name, scope="row"),
        element("td", value, class_="changed" if is_changed else None),
        element("td", origin, class_="origin"),
    )


def _table(columns: Sequence[str], rows: Sequence[Element]) -> Element:
    heads = [element("th", column, scope="col") for column in columns]
    table = element("table", element("thead", element("tr", heads)), element("tbody", rows))
    return element(
        "div",
        table,
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label=f"Table: {columns[0]}",
    )


def _asset(name: str) -> str:
    return (files("colorize_trainers.report") / name).read_text("utf-8")
