"""Colouring with PyTorch."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from colorize_cli.core.backend import Precision
from colorize_cli.core.layers import Network
from colorize_torch.networks import TableNetwork


class TorchColorizer:
    """A generator with fixed weights on one device."""

    def __init__(
        self,
        network: Network,
        weights: Mapping[str, NDArray[np.float32]],
        *,
        device: torch.device,
        precision: Precision,
    ) -> None:
        generator = TableNetwork(network)
        generator.load(weights)
        self._generator = on_device(generator, device).eval()
        if precision == "bfloat16":
            cast_weights(self._generator)
        self._device = device
        self._precision = precision

    @property
    def device(self) -> str:
        """Where it runs."""
        return str(self._device)

    def __call__(self, gray: NDArray[np.float32]) -> NDArray[np.float32]:
        """Predict colour `(N, C, H, W)` for gray `(N, 1, H, W)`."""
        return predict(self._generator, gray, device=self._device, precision=self._precision)


def cast_weights(network: TableNetwork) -> None:
    """Cast to bfloat16, once and for all, the weights that autocast would cast in each call.

    Those with a spectral norm stay: it is worked out from float32.
    """
    for module in network.modules():
        is_convolution = isinstance(module, nn.Conv2d | nn.ConvTranspose2d)
        if is_convolution and not hasattr(module, "weight_u"):
            module.to(torch.bfloat16)


def predict(
    generator: TableNetwork,
    gray: NDArray[np.float32],
    *,
    device: torch.device,
    precision: Precision,
) -> NDArray[np.float32]:
    """Run a generator that is in evaluation mode on gray `(N, 1, H, W)`."""
    with torch.inference_mode(), autocast(device, precision):
        color: Tensor = generator(to_device(gray, device))
        array: NDArray[np.float32] = color.float().contiguous().cpu().numpy()
        return array


def on_device(network: TableNetwork, device: torch.device) -> TableNetwork:
    """Move a network, with channels last in memory: faster convolutions on CPU and GPU alike."""
    # The stubs of Module.to do not know memory_format alone.
    return network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def to_device(array: NDArray[np.float32], device: torch.device) -> Tensor:
    """Copy an array `(N, C, H, W)` to the device, channels last in memory."""
    tensor = torch.from_numpy(np.ascontiguousarray(array))
    return tensor.to(device=device, memory_format=torch.channels_last)


def autocast(device: torch.device, precision: Precision) -> torch.autocast:
    """Return the context in which convolutions run in the chosen precision."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bfloat16")
