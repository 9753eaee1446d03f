"""The ONNX Runtime backend of colorize: colours, and needs no framework."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from colorize_onnx.backend import OnnxBackend


def colorize_inference() -> "OnnxBackend":
    """Offer ONNX Runtime for colouring."""
    from colorize_onnx.backend import OnnxBackend

    return OnnxBackend()


# What `hookimpl` leaves at a function, whose library a filter should not wait for.
vars(colorize_inference)["colorize_impl"] = {}
