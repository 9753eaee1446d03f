"""Exporting from PyTorch. ONNX goes by the table, so that every framework writes one graph."""

from pathlib import Path

from colorize_cli.core.errors import UsageError
from colorize_cli.core.model_file import Model
from colorize_cli.core.onnx_graph import write_onnx


def export_model(model: Model, path: Path, *, form: str) -> None:
    """Write a model as ONNX. Raises UsageError for any other form."""
    if form != "onnx":
        raise UsageError(f"torch does not export {form!r} (it exports onnx)")
    write_onnx(path, model)
