"""A backend met for the first time: in a process that has imported nothing of it yet."""

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pluggy

from colorize_cli import hookspecs
from colorize_cli.testing import fresh_python

GROUP: Final = "colorize.backends"
GREATEST_SECONDS: Final = 300
"""The largest frameworks take a minute to import from a cold disk."""
PROGRAM: Final = (
    "import sys; from colorize_cli.testing.first_meeting import meet; meet(*sys.argv[1:])"
)


@dataclass(frozen=True)
class Meeting:
    """What was seen: what the probe calls the framework, the top-level modules that were imported
    for the plug-in and its probe, and all that was written to stdout; or how it failed."""

    framework: str
    imported: frozenset[str]
    stdout: bytes
    failure: str | None


def meet_in_a_fresh_process(
    plugin: str, *, model: Path | None = None, device: str = "auto"
) -> Meeting:
    """Import a plug-in and probe its backend elsewhere; with a model, colour as well.

    `plugin` is the value of an entry point. The process sees the modules that this one sees.
    """
    with TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        order = [plugin, str(report), *([str(model), device] if model else [])]
        ending = subprocess.run(
            fresh_python.command(PROGRAM, *order),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=fresh_python.environment(),
            timeout=GREATEST_SECONDS,
            check=False,
        )
        seen = json.loads(report.read_text("utf-8")) if report.exists() else {}
    return Meeting(
        framework=seen.get("framework", ""),
        imported=frozenset(seen.get("imported", ())),
        stdout=ending.stdout,
        failure=_last_line(ending.stderr) if ending.returncode else None,
    )


def meet(plugin: str, report: str, model: str | None = None, device: str = "auto") -> None:
    """Do what `meet_in_a_fresh_process` asks for, in that process."""
    # What colorize itself has loaded by now is no plug-in's doing.
    import colorize_cli.core.cgan_state
    import colorize_cli.core.onnx_graph  # noqa: F401

    known = set(sys.modules)
    backend, probe = _probed(plugin)
    imported = {name.partition(".")[0] for name in set(sys.modules) - known}
    facts = {"framework": probe.framework, "imported": sorted(imported)}
    Path(report).write_text(json.dumps(facts), "utf-8")
    if model is not None:
        _colour(backend, Path(model), device)


def _probed(plugin: str) -> tuple[Any, Any]:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(EntryPoint(name="met", value=plugin, group=GROUP).load())
    backend = manager.hook.colorize_inference() or manager.hook.colorize_training()
    return backend, backend.probe()


def _colour(backend: Any, path: Path, device: str) -> None:
    import numpy as np

    from colorize_cli.core.model_file import read_model

    model = read_model(path)
    size = model.generator.size
    backend.load_colorizer(model, device=device)(np.zeros((1, 1, size, size), np.float32))


def _last_line(stderr: bytes) -> str:
    lines = stderr.decode(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "no message")
