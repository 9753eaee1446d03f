"""`colorize doctor`: whether all that colorize needs is there and right."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from colorize_cli import console
from colorize_cli.commands.grouped_help import COMMON

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from colorize_cli.commands.doctor_coloring import Choice
    from colorize_cli.commands.doctor_findings import Finding


def doctor(
    context: typer.Context,
    is_json: Annotated[
        bool,
        typer.Option("--json", rich_help_panel=COMMON, help="Print one JSON object on stdout."),
    ] = False,
) -> None:
    """Check that all is well here, and say what helps.

    \b
    colorize doctor
    colorize doctor --json                  # for programs, and for bug reports
    COLORIZE_BACKEND=torch colorize doctor  # would another backend do?

    Looks at versions, settings, backends, devices, limits and folders, and colours with what
    colorize run would use here: its numbers are compared with those of the ONNX specification.
    Ends with 0 if nothing failed, with 78 if settings are wrong, with 69 if the chosen backend
    cannot be used or a backend is broken.
    """
    from colorize_cli.standard_streams import protected_stdout

    with protected_stdout() as stdout:
        findings = list(_findings(context.find_root()))
        failed = [finding for finding in findings if finding.state == "failed"]
        status = failed[0].status if failed else 0
        text = _as_json(findings, status) if is_json else _as_text(findings)
        stdout.write(f"{text}\n".encode("utf-8", "backslashreplace"))
    if failed:
        console.print_line(f"{console.PROGRAM}: {len(failed)} of {len(findings)} checks failed")
        raise typer.Exit(status)


def _findings(program: Any) -> "Iterator[Finding]":
    from colorize_cli.commands.doctor_coloring import coloring_findings
    from colorize_cli.commands.doctor_findings import Finding
    from colorize_cli.commands.doctor_machine import machine_findings
    from colorize_cli.commands.doctor_settings import settings_findings

    settings = list(settings_findings(program))
    yield from settings
    yield from machine_findings()
    if any(finding.state == "failed" for finding in settings):
        text = "not tried: the settings have to be right first"
        yield Finding(check="colours", state="note", text=text)
    else:
        yield from coloring_findings(_choice(program))


def _choice(program: Any) -> "Choice":
    from colorize_cli.commands.doctor_coloring import Choice
    from colorize_cli.commands.settings import options_of, settings_of

    settings, options = settings_of(program), options_of(program.command.commands["run"])
    found = {
        key: setting.value
        for key in ("model", "backend", "device", "precision")
        if (setting := settings.find("run", options[key]))
    }
    return Choice(**found)


def _as_json(findings: "Sequence[Finding]", status: int) -> str:
    import json
    from dataclasses import asdict

    report = {
        "is_healthy": not status,
        "status": status,
        "findings": [asdict(finding) for finding in findings],
    }
    return json.dumps(report, indent=2)


def _as_text(findings: "Sequence[Finding]") -> str:
    rows = [[finding.state, finding.check, _told(finding)] for finding in findings]
    return "\n".join(console.aligned(["STATE", "CHECK", "FOUND"], rows))


def _told(finding: "Finding") -> str:
    remedy = f"; try: {finding.remedy}" if finding.remedy else ""
    text = " ".join(f"{finding.text}{remedy}".split())
    return text.encode("utf-8", "backslashreplace").decode()
