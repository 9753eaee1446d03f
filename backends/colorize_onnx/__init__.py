"""The ONNX Runtime backend of colorize: colours, and needs no framework."""

from typing import TYPE_CHECKING

from colorize_cli.hookspecs import hookimpl

if TYPE_CHECKING:
    from colorize_onnx.backend import OnnxBackend


@hookimpl
def colorize_inference() -> "OnnxBackend":
    """Offer ONNX Runtime for colouring."""
    from colorize_onnx.backend import OnnxBackend

    return OnnxBackend()
