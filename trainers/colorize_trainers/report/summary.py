"""The numbers that sum a run up: tiles for one, a table to compare several."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from colorize_trainers.report.html import element
from colorize_trainers.report.run import RunRecord, shown
from colorize_trainers.report.words import (
    ModelErrors,
    epochs_in_words,
    gain_in_words,
    judge,
    loss_in_words,
    number,
)

_NONE = "–"


def tiles(run: RunRecord, errors: ModelErrors | None) -> Element:
    """Show what matters most at a glance."""
    cells = [
        element("div", element("dt", name), element("dd", value, more), class_="tile")
        for name, value, more in _tiles(run, errors)
    ]
    return element("dl", cells, class_="tiles")


def comparison(
    runs: Sequence[tuple[RunRecord, Mapping[str, Any], ModelErrors | None]],
) -> Element:
    """Show the runs as the rows of a table."""
    columns = list(_facts(*runs[0]))
    heads = [element("th", name, scope="col") for name in ("run", *columns)]
    rows = [
        element(
            "tr",
            element("th", run.name, scope="row"),
            [element("td", value) for value in _facts(run, facts, errors).values()],
        )
        for run, facts, errors in runs
    ]
    table = element("table", element("thead", element("tr", heads)), element("tbody", rows))
    label = "The runs compared"
    return element(
        "div", table, class_="scroll comparison", tabindex="0", role="region", aria_label=label
    )


def _tiles(run: RunRecord, errors: ModelErrors | None) -> Iterator[tuple[str, Element, Element]]:
    yield _tile("epochs", epochs_in_words(run), f"recipe {shown(run.recipe.get('name', '?'))}")
    if errors:
        gray = "" if errors.gray is None else f"gray {errors.gray:.2f}: "
        yield _tile("ab error on the test", f"{errors.model:.2f}", f"{gray}{gain_in_words(errors)}")
    verdict = judge(run)
    for name, key in (("discriminator loss", "discriminator"), ("adversarial loss", "adversarial")):
        _, values = run.losses(key)
        if values:
            more = f"at first {number(values[0])}"
            if verdict and key == "discriminator":
                more += f"; winner: {verdict.winner}"
            yield _tile(name, number(values[-1]), more)


def _tile(name: str, value: str, more: str) -> tuple[str, Element, Element]:
    return (
        name,
        element("div", value, class_="value"),
        element("div", more, class_="more"),
    )


def _facts(run: RunRecord, facts: Mapping[str, Any], errors: ModelErrors | None) -> dict[str, str]:
    verdict, recipe = judge(run), run.recipe
    first, last = _ends(run.losses("discriminator")[1])
    pictures = facts.get("images_per_epoch")
    return {
        "skips": "yes" if recipe.get("has_skips") else "no",
        "loss": loss_in_words(run),
        "pictures an epoch": f"{pictures:,}" if isinstance(pictures, int) else _NONE,
        "epochs": epochs_in_words(run),
        "D loss first": first,
        "D loss last": last,
        "winner": verdict.winner if verdict else _NONE,
        "ab error": f"{errors.model:.2f}" if errors else _NONE,
        "gray": f"{errors.gray:.2f}" if errors and errors.gray is not None else _NONE,
    }


def _ends(values: Sequence[float]) -> tuple[str, str]:
    return (number(values[0]), number(values[-1])) if values else (_NONE, _NONE)
