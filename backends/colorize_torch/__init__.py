"""The PyTorch backend of colorize: trains, exports, colours."""

from typing import TYPE_CHECKING

from colorize_cli.hookspecs import hookimpl

if TYPE_CHECKING:
    from colorize_torch.backend import TorchBackend


@hookimpl
def colorize_inference() -> "TorchBackend":
    """Offer PyTorch for colouring."""
    from colorize_torch.backend import TorchBackend

    return TorchBackend()


@hookimpl
def colorize_training() -> "TorchBackend":
    """Offer PyTorch for training."""
    from colorize_torch.backend import TorchBackend

    return TorchBackend()
