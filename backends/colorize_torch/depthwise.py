"""Depthwise convolutions whose gradients are fast on the processor.

PyTorch's own backward pass has no fast kernels there for 5x5 weight gradients, nor for bfloat16
input gradients of stride 2: one of them takes longer than the rest of its block. The same numbers
come from operations that have them (PyTorch 2.13, one thread of an EPYC with AVX-512, bfloat16,
32 pictures):

- input gradient, 96 channels at 64x64, 3x3, stride 2: from 50 ms to 5 ms;
- weight gradient, 672 channels at 8x8, 5x5: from 33 ms to 1.4 ms.
"""

from itertools import product
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own abbreviation
from torch import Tensor


def depthwise_convolution(
    source: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: int = 1,
    padding: tuple[int, int] = (0, 0),
) -> Tensor:
    """Convolve each channel of `(N, C, H, W)` by its own kernel, weight `(C, 1, k, k)`.

    `padding` is the number of zeros before and after, in height and width alike. Values are
    those of `conv2d`, gradients too, up to rounding; autocast is heeded as `conv2d` heeds it.
    """
    source, weight, bias = (_as_autocast(tensor) for tensor in (source, weight, bias))
    # Without gradients the operations stay PyTorch's own, also for torch.export.
    is_learnt = torch.is_grad_enabled() and (source.requires_grad or weight.requires_grad)
    if not (is_learnt and _has_fast_gradients(source, weight, stride=stride, padding=padding)):
        return padded_convolution(
            source, weight, bias, stride=stride, padding=padding, groups=source.shape[1]
        )
    result: Tensor = _DepthwiseConvolution.apply(source, weight, bias, stride, padding)  # type: ignore[no-untyped-call]
    return result


def padded_convolution(
    source: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: int = 1,
    padding: tuple[int, int] = (0, 0),
    groups: int = 1,
) -> Tensor:
    """Convolve `(N, C, H, W)`; padding may be uneven, which `conv2d` itself does not know."""
    before, after = padding
    if before == after:
        return F.conv2d(source, weight, bias, stride, before, groups=groups)
    padded = F.pad(source, (before, after, before, after))
    return F.conv2d(padded, weight, bias, stride, groups=groups)


class _DepthwiseConvolution(torch.autograd.Function):
    @staticmethod
    def forward(
        context: Any,
        source: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        stride: int,
        padding: tuple[int, int],
    ) -> Tensor:
        context.save_for_backward(source, weight)
        context.stride, context.padding = stride, padding
        return padded_convolution(
            source, weight, bias, stride=stride, padding=padding, groups=source.shape[1]
        )

    @staticmethod
    def backward(
        context: Any, gradient: Tensor
    ) -> tuple[Tensor | None, Tensor | None, Tensor | None, None, None]:
        source, weight = context.saved_tensors
        if source.is_contiguous(memory_format=torch.channels_last):
            gradient = gradient.contiguous(memory_format=torch.channels_last)
        of_source, of_weight, of_bias = context.needs_input_grad[:3]
        window = {"stride": context.stride, "padding": context.padding}
        with torch.autocast("cpu", enabled=False):
            return (
                _source_gradient(gradient, source, weight, **window) if of_source else None,
                _weight_gradient(gradient, source, weight, **window) if of_weight else None,
                gradient.sum(dim=(0, 2, 3)) if of_bias else None,
                None,
                None,
            )


def _has_fast_gradients(
    source: Tensor, weight: Tensor, *, stride: int, padding: tuple[int, int]
) -> bool:
    size = weight.shape[-1]
    is_depthwise = weight.shape == (source.shape[1], 1, size, size)
    # In float32 PyTorch's own gradients of stride 2 are fast.
    is_slow_itself = stride == 1 or (stride == 2 and source.dtype != torch.float32)
    return (
        source.device.type == "cpu"
        and is_depthwise
        and is_slow_itself
        and size in (3, 5)
        and max(padding) < size
    )


def _as_autocast(tensor: Tensor | None) -> Any:
    """Cast what autocast lets `conv2d` cast: an own autograd function is not on its list."""
    if tensor is None or tensor.dtype == torch.float64:
        return tensor
    kind = tensor.device.type
    return tensor.to(torch.get_autocast_dtype(kind)) if torch.is_autocast_enabled(kind) else tensor


def _source_gradient(
    gradient: Tensor, source: Tensor, weight: Tensor, *, stride: int, padding: tuple[int, int]
) -> Tensor:
    """Convolve the gradient, `stride` apart among zeros, with the mirrored kernel."""
    first = weight.shape[-1] - 1 - padding[0]
    mirrored, channels = weight.flip(2, 3), source.shape[1]
    if stride == 1 and padding[0] == padding[1]:
        return F.conv2d(gradient, mirrored, None, 1, first, groups=channels)
    rows, columns = (length + weight.shape[-1] - 1 for length in source.shape[2:])
    is_last = source.is_contiguous(memory_format=torch.channels_last)
    spread = torch.empty(
        (*source.shape[:2], rows, columns),
        dtype=gradient.dtype,
        memory_format=torch.channels_last if is_last else torch.contiguous_format,
    ).zero_()
    last_row, last_column = (first + stride * (length - 1) for length in gradient.shape[2:])
    spread[:, :, first : last_row + 1 : stride, first : last_column + 1 : stride] = gradient
    return F.conv2d(spread, mirrored, groups=channels)


def _weight_gradient(
    gradient: Tensor, source: Tensor, weight: Tensor, *, stride: int, padding: tuple[int, int]
) -> Tensor:
    """Take 3x3 gradients, for which there are fast kernels, at the corners of larger kernels."""
    corners = range(0, weight.shape[-1] - 2, 2)
    result = torch.empty_like(weight)
    for row, column in product(corners, corners):
        window = _window(
            source,
            starts=(row - padding[0], column - padding[0]),
            lengths=[stride * (length - 1) + 3 for length in gradient.shape[2:]],
        )
        taps = (slice(None), slice(None), slice(row, row + 3), slice(column, column + 3))
        result[taps] = torch.ops.aten.convolution_backward(
            gradient, window, weight[taps], None, [stride] * 2, [0, 0], [1, 1], False, [0, 0],
            source.shape[1], [False, True, False],
        )[1]  # fmt: skip
    return result


def _window(source: Tensor, *, starts: tuple[int, int], lengths: list[int]) -> Tensor:
    """Cut out a part of the pictures that may reach beyond their edges, into zeros."""
    (row, column), (rows, columns) = starts, lengths
    below, right = row + rows - source.shape[2], column + columns - source.shape[3]
    return F.pad(source, (-column, right, -row, below))
