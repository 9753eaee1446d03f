"""The OpenVINO backend of colorize: colours fast on processors, with bfloat16 where asked."""

from typing import TYPE_CHECKING

from colorize_cli.hookspecs import hookimpl

if TYPE_CHECKING:
    from colorize_openvino.backend import OpenvinoBackend


@hookimpl
def colorize_inference() -> "OpenvinoBackend":
    """Offer OpenVINO for colouring."""
    from colorize_openvino.backend import OpenvinoBackend

    return OpenvinoBackend()
