"""What `colorize eval` tells: a table for people on stderr, JSON for programs on stdout."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from colorize_cli import __version__, console

if TYPE_CHECKING:
    from colorize_cli.commands.eval_work import Evaluation
    from colorize_cli.core.confidence import Estimate
    from colorize_cli.core.photo_scores import Metric
    from colorize_cli.core.scoreboard import Scoreboard
    from colorize_cli.standard_streams import ImageOutput

FORMAT_VERSION: Final = 1
SCHEMA: Final = Path(__file__).parent.parent / "schemas" / f"eval-{FORMAT_VERSION}.json"

DIGITS: Final[Mapping[str, int]] = {"ssim": 3, "frechet_distance": 3, "kernel_distance": 3}
USUAL_DIGITS: Final = 2

PROTOCOL: Final = {
    "ab_error": "mean distance of ab, Lab (D65)",
    "psnr": "8-bit sRGB, R, G and B together, peak 255; at most 108.13 dB",
    "psnr_ab": "a and b together, peak 255 Lab units; at most 108.13 dB",
    "ssim": "Wang et al. 2004: 8-bit sRGB, mean of R, G and B, Gaussian 11x11 sigma 1.5, "
    "K1 0.01, K2 0.03, whole windows",
    "de2000": "CIEDE2000 (Sharma et al. 2005) of the 8-bit pictures, mean of a photo's pixels",
    "de2000_p95": "95th percentile of a photo's pixels",
    "auc": "Zhang et al. 2016: ab distance 0 to 150, area under the cumulative shares, exact",
    "auc_rebalanced": "the same, pixels weighted by the inverse probability of their true ab "
    "class: grid 10, smoothed with sigma 5, probabilities of the photos judged",
    "colorfulness": "Hasler and Suesstrunk 2003, M3",
    "colorfulness_abs": "M3 of |R - G| and |(R + G) / 2 - B|, as in much published code",
    "colorfulness_error": "mean over photos of |colorfulness - the truth's|",
    "colorfulness_gap": "|mean colorfulness - the truth's mean|",
    "frechet_distance": "squared Frechet distance of the features; not the FID of papers, which "
    "is of Inception's",
    "kernel_distance": "unbiased squared MMD of the features, kernel (xy/D + 1)^3, for paired "
    "sets; not the KID of papers, which is of Inception's",
    "mean_of_sets": "every photo counts the same; intervals: 95 %, percentile bootstrap over "
    "photos, 2000 resamples",
}
"""How each number is made, for those who compare it with another program's."""


def print_report(evaluation: "Evaluation", stdout: "ImageOutput") -> None:
    """Print one JSON object on stdout, then the table on stderr.

    In this order, as on a terminal the last is what people see.
    """
    import json

    text = json.dumps(as_document(evaluation), indent=2, allow_nan=False)
    stdout.write(f"{text}\n".encode())
    _print_table(evaluation)


def as_document(evaluation: "Evaluation") -> dict[str, Any]:
    """Return the evaluation for JSON: every value is finite, or left out."""
    from colorize_cli.core.scoreboard import METRICS

    board = evaluation.board
    return {
        "format_version": FORMAT_VERSION,
        "program": f"colorize {__version__}",
        "model": dict(evaluation.model),
        "engine": dict(evaluation.engine),
        "data": dict(evaluation.data),
        "way": evaluation.way,
        "features": evaluation.features,
        "metrics": {
            metric.name: {
                "unit": metric.unit,
                "better": metric.better,
                "how": PROTOCOL.get(metric.name, "mean length of ab"),
            }
            for metric in METRICS
        },
        "how_summed": PROTOCOL["mean_of_sets"],
        "scores": _numbers(board.scores),
        "gain_over_gray": _numbers(board.gains),
        "better_than_gray_on": {name: dict(counts) for name, counts in board.nearer.items()},
    }


def _numbers(values: "Mapping[str, Mapping[str, Estimate]]") -> dict[str, Any]:
    return {
        maker: {metric: _number(found) for metric, found in entries.items()}
        for maker, entries in values.items()
    }


def _number(found: "Estimate") -> dict[str, float]:
    parts = {"value": found.value, "low": found.low, "high": found.high}
    return {name: round(part, 6) for name, part in parts.items() if part is not None}


def _print_table(evaluation: "Evaluation") -> None:
    from colorize_cli.core.scoreboard import MAKERS, METRICS, MODEL

    board = evaluation.board
    makers = [name for name in MAKERS if name in board.scores]
    columns = ["", *makers, "gain over gray"]
    console.print_table(
        _title(evaluation), columns, [_row(metric, makers, board) for metric in METRICS]
    )
    nearer, photos = board.nearer[MODEL]["ab_error"], board.photos
    console.print_line(f"Less ab error than gray on {nearer} of {photos} photos.")
    if board.photos > 1:
        console.print_line("Gains with 95 % intervals; what each number hides: docs/evaluation.md")


def _title(evaluation: "Evaluation") -> str:
    data = evaluation.data
    kind = f"{data['side']} photos" if data["kind"] == "prepared" else "photos"
    return f"{evaluation.model['name']} on {data['photos']} {kind} of {data['path']}"


def _row(metric: "Metric", makers: list[str], board: "Scoreboard") -> list[str]:
    from colorize_cli.core.scoreboard import MODEL

    digits = DIGITS.get(metric.name, USUAL_DIGITS)
    cells = [_cell(board.scores[maker].get(metric.name), digits) for maker in makers]
    gain = board.gains[MODEL].get(metric.name)
    return [metric.title, *cells, "" if gain is None else _gain(gain, digits)]


def _cell(found: "Estimate | None", digits: int) -> str:
    return "-" if found is None else f"{found.value:z.{digits}f}"


def _gain(found: "Estimate", digits: int) -> str:
    return f"{found.value:+z.{digits}f} ({found.low:z.{digits}f} to {found.high:z.{digits}f})"
