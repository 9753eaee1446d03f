"""`colorize export`: a trained model as a file for other programs."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from colorize_cli import console
from colorize_cli.commands.grouped_help import COMMON, COMPUTING
from colorize_cli.core.errors import UsageError

if TYPE_CHECKING:
    from colorize_cli.core.backend import Colorizer, TrainingBackend
    from colorize_cli.core.model_file import Model

SELF_DESCRIBING: Final = "onnx"
"""The form that has a place for metadata, and that the embedded backend reads."""
FORMS: Final = frozenset({SELF_DESCRIBING, "pt2", "savedmodel", "tflite"})
"""The forms whose names are suffixes as well."""


def export(
    model: str = typer.Argument(metavar="MODEL", help="Bundled name, model file or run directory."),
    output: Path = typer.Option(
        ...,
        "-o",
        "--output",
        rich_help_panel=COMMON,
        metavar="FILE",
        help="The file to write, or the folder (savedmodel).",
    ),
    form: str = typer.Option(
        SELF_DESCRIBING,
        "--format",
        rich_help_panel=COMMON,
        metavar="FORMAT",
        help="onnx; pt2 with torch; savedmodel or tflite with tensorflow.",
    ),
    backend: str | None = typer.Option(
        None,
        "--backend",
        rich_help_panel=COMPUTING,
        metavar="NAME",
        help="The framework that exports; see `colorize backends`.",
    ),
    device: str = typer.Option(
        "auto",
        "--device",
        rich_help_panel=COMPUTING,
        metavar="NAME",
        help="Where it computes to compare: auto, cpu, cuda, ... Never another.",
    ),
    is_forced: bool = typer.Option(
        False, "--force", "-f", rich_help_panel=COMMON, help="Replace FILE if it is there already."
    ),
) -> None:
    """Write a trained model as a file for other programs.

    \b
    colorize export runs/RUN -o model.onnx
    colorize export natural -o model.pt2 --format pt2          # torch.export
    colorize export runs/RUN -o model.tflite --format tflite --backend tensorflow

    It is self-contained, and takes any size and number of pictures. The file is loaded again and
    compared with the framework: it is written only if both agree. ONNX files say in their
    metadata what they are and how far they differ; the other forms get a card beside them,
    FILE.json.
    """
    if str(output) == "-":
        raise UsageError("an exported model goes to a file, not to stdout: use -o FILE")
    from colorize_cli.core.exported_files import check_place
    from colorize_cli.core.model_choice import find_model
    from colorize_cli.plugins import choose_training_backend

    _check_suffix(output, form)
    check_place(output, is_forced=is_forced)
    trainer = choose_training_backend(backend)
    _check_form(trainer, form)
    difference = _export_checked(find_model(model), output, trainer, form=form, device=device)
    console.print_line(
        f"wrote {str(output)!r}: largest difference from {trainer.name} {difference:.1e}"
    )


def _check_suffix(output: Path, form: str) -> None:
    """Raise UsageError for a file that is called as another form than it would have."""
    called = output.suffix.lower().removeprefix(".")
    if called in FORMS and called != form:
        raise UsageError(f"{output.name!r} would hold {form}: use --format {called}, or rename it")


def _check_form(trainer: "TrainingBackend", form: str) -> None:
    from colorize_cli.core.suggestions import did_you_mean
    from colorize_cli.plugins import backend_states

    if f"export:{form}" in trainer.capabilities:
        return
    able = [s.name for s in backend_states() if f"export:{form}" in s.capabilities]
    if able:
        raise UsageError(f"{trainer.name} does not export {form!r}: use --backend {able[0]}")
    known = ", ".join(sorted(c[7:] for c in trainer.capabilities if c.startswith("export:")))
    hint = did_you_mean(form, sorted(FORMS))
    raise UsageError(f"no backend exports {form!r} ({trainer.name} exports {known}){hint}")


def _export_checked(
    model: "Model", output: Path, trainer: "TrainingBackend", *, form: str, device: str
) -> float:
    from colorize_cli.core import onnx_graph
    from colorize_cli.core.export_check import card_facts, check_difference
    from colorize_cli.core.exported_files import placing, write_card

    with placing(output) as unchecked:
        trainer.export(model, unchecked, form=form)
        difference = _compare(unchecked, model, trainer, form=form, device=device)
        check_difference(difference)
        framework = trainer.probe()
        facts = {
            "largest_difference": f"{difference:.3e}",
            "compared_with": f"{framework.framework} {framework.version or ''}".strip(),
        }
        if form == SELF_DESCRIBING:
            onnx_graph.annotate(unchecked, facts)
        else:
            write_card(unchecked, {"form": form, **card_facts(model), **facts})
    return difference


def _compare(
    exported: Path, model: "Model", trainer: "TrainingBackend", *, form: str, device: str
) -> float:
    from colorize_cli.core.architecture import build_generator
    from colorize_cli.core.export_check import largest_difference

    original = trainer.load_colorizer(model, device=device)
    stride = build_generator(model.generator).stride
    return largest_difference(_reader(exported, trainer, form), original, stride=stride)


def _reader(exported: Path, trainer: "TrainingBackend", form: str) -> "Colorizer":
    from colorize_cli.core import onnx_graph
    from colorize_cli.plugins import choose_inference_backend

    if form != SELF_DESCRIBING:
        return trainer.load_export(exported, form=form)
    # Read from the file, the model carries its path: the graph that is run is the file's own.
    return choose_inference_backend("onnx").load_colorizer(onnx_graph.read_model(exported))
