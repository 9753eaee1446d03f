"""Nearest-neighbour enlargement whose gradient is fast on the processor."""

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own abbreviation
from torch import Tensor


def enlarged(source: Tensor, factor: int) -> Tensor:
    """Repeat each pixel of `(N, C, H, W)` `factor` times in height and in width.

    PyTorch's own gradient copies channels that are last in memory to and fro; a sum over windows
    is the same (one thread, bfloat16, 32x64x32x32 beside 16 more channels: 15 ms to 2.4 ms).
    """
    if source.device.type != "cpu" or not (torch.is_grad_enabled() and source.requires_grad):
        return F.interpolate(source, scale_factor=factor)
    result: Tensor = _Enlargement.apply(source, factor)  # type: ignore[no-untyped-call]
    return result


class _Enlargement(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, source: Tensor, factor: int) -> Tensor:
        context.factor = factor
        context.is_last = source.is_contiguous(memory_format=torch.channels_last)
        return F.interpolate(source, scale_factor=factor)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None]:
        if context.is_last:
            gradient = gradient.contiguous(memory_format=torch.channels_last)
        return F.avg_pool2d(gradient, context.factor, divisor_override=1), None
