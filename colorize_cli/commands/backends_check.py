"""`colorize backends check`: whether a backend keeps the promises of the contract."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from colorize_cli import console
from colorize_cli.commands.grouped_help import COMMON
from colorize_cli.core.errors import SomeInputsFailed

if TYPE_CHECKING:
    from colorize_cli.testing.runner import Result


def check(
    name: str = typer.Argument(metavar="NAME", help="A backend, as colorize backends lists it."),
    is_json: bool = typer.Option(
        False, "--json", rich_help_panel=COMMON, help="Print one JSON object on stdout."
    ),
    device: str = typer.Option(
        "auto",
        "--device",
        rich_help_panel=COMMON,
        metavar="NAME",
        help="Where it computes: auto, cpu, cuda, ... Never another.",
    ),
) -> None:
    """Check that a backend keeps every promise of the contract.

    \b
    colorize backends check torch
    colorize backends check torch --device cuda
    colorize backends check onnx --json

    Ends with 1 if a promise is broken, with 69 if the backend cannot be used here at all.
    """
    from colorize_cli.standard_streams import protected_stdout
    from colorize_cli.testing.subject import AUTO, find_subject

    # Only the report is for stdout, whatever a backend prints.
    with protected_stdout():
        best = find_subject(name).device
        results = _run(name, device)
    place = best if device == AUTO else device
    typer.echo(_as_json(name, place, results) if is_json else _as_text(name, place, results))
    failed = _summary(results)["failed"]
    if failed:
        raise SomeInputsFailed(f"backend {name!r} breaks {failed} of {len(results)} promises")


def _run(name: str, device: str) -> "list[Result]":
    from colorize_cli.testing.own_process import run_apart
    from colorize_cli.testing.suite import CHECKS

    with console.progress("checking", len(CHECKS)) as advance:
        return run_apart(name, device=device, after_each=lambda _: advance())


def _as_json(name: str, device: str, results: "Sequence[Result]") -> str:
    import json
    from dataclasses import asdict

    from colorize_cli.testing.subject import entry_point_of

    package = entry_point_of(name).dist
    report = {
        "backend": name,
        "distribution": package.name if package else None,
        "version": package.version if package else None,
        "device": device,
        "checks": [asdict(result) for result in results],
        "summary": _summary(results),
    }
    return json.dumps(report, indent=2)


def _as_text(name: str, device: str, results: "Sequence[Result]") -> str:
    columns = ["CHECK", "STATE", "SECONDS", "PROMISE"]
    rows = [[r.name, r.state, f"{r.seconds:.2f}", r.description] for r in results]
    lines = console.aligned(columns, rows)
    counts = _summary(results)
    total = ", ".join(f"{counts[state]} {state}" for state in ("passed", "failed", "skipped"))
    end = f"{name} on {device}: {total} in {counts['seconds']:.1f} s"
    return "\n".join([*lines, "", *_reasons(results), end])


def _reasons(results: "Sequence[Result]") -> list[str]:
    skipped = Counter(r.reason for r in results if r.state == "skipped")
    failed = [f"failed: {r.name}: {r.reason}" for r in results if r.state == "failed"]
    return [*failed, *(f"skipped: {count} as {reason}" for reason, count in skipped.items())]


def _summary(results: "Sequence[Result]") -> dict[str, Any]:
    states = Counter(result.state for result in results)
    return {
        "passed": states["passed"],
        "failed": states["failed"],
        "skipped": states["skipped"],
        "seconds": round(sum(result.seconds for result in results), 3),
    }
