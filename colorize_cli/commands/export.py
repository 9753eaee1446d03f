"""`colorize export`: a trained model as a file for other programs."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from colorize_cli import console
from colorize_cli.core.errors import CannotCreateError, UsageError

if TYPE_CHECKING:
    from colorize_cli.core.backend import TrainingBackend
    from colorize_cli.core.model_file import Model


def export(
    model: str = typer.Argument(
        metavar="RUN|MODEL", help="A run directory, a model file or a bundled model's name."
    ),
    output: Path = typer.Option(..., "-o", "--output", metavar="FILE", help="The file to write."),
    form: str = typer.Option("onnx", "--form", help="The kind of file: onnx."),
    backend: str | None = typer.Option(None, "--backend", help="The framework that exports."),
    device: str = typer.Option("auto", "--device", help="Where the framework runs to compare."),
    is_forced: bool = typer.Option(False, "--force", help="Replace the file if it exists."),
) -> None:
    """Write a trained model as a self-contained ONNX file.

    The file is loaded again and compared with the framework: it is written only if both agree.
    """
    _check_output(output, is_forced=is_forced)
    from colorize_cli.core.model_choice import find_model
    from colorize_cli.plugins import choose_training_backend

    trainer = choose_training_backend(backend)
    difference = _export_checked(find_model(model), output, trainer, form=form, device=device)
    console.print_line(
        f"wrote {str(output)!r}: largest difference from {trainer.name} {difference:.1e}"
    )


def _check_output(output: Path, *, is_forced: bool) -> None:
    if str(output) == "-":
        raise UsageError("an exported model goes to a file, not to stdout: use -o FILE")
    if output.is_dir():
        raise CannotCreateError("it is a folder: name a file in it", path=output)
    if output.exists() and not is_forced:
        raise CannotCreateError("it exists already; --force replaces it", path=output)


def _export_checked(
    model: "Model", output: Path, trainer: "TrainingBackend", *, form: str, device: str
) -> float:
    from colorize_cli.core import onnx_graph
    from colorize_cli.core.export_check import check_difference
    from colorize_cli.core.outputs import replacing

    with replacing(output) as unchecked:
        trainer.export(model, unchecked, form=form)
        difference = _compare(unchecked, model, trainer, device)
        check_difference(difference)
        framework = trainer.probe()
        facts = {
            "largest_difference": f"{difference:.3e}",
            "compared_with": f"{framework.framework} {framework.version or ''}".strip(),
        }
        onnx_graph.annotate(unchecked, facts)
    return difference


def _compare(exported: Path, model: "Model", trainer: "TrainingBackend", device: str) -> float:
    from colorize_cli.core import onnx_graph
    from colorize_cli.core.architecture import build_generator
    from colorize_cli.core.export_check import largest_difference
    from colorize_cli.plugins import choose_inference_backend

    # Read from the file, the model carries its path: the graph that is run is the file's own.
    reader = choose_inference_backend("onnx").load_colorizer(onnx_graph.read_model(exported))
    original = trainer.load_colorizer(model, device=device)
    stride = build_generator(model.generator).stride
    return largest_difference(reader, original, stride=stride)
