"""Depthwise convolutions in PyTorch: their own gradients against those of `conv2d`."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

WINDOWS = [(3, 1, (1, 1)), (5, 1, (2, 2)), (3, 2, (0, 1)), (5, 2, (1, 2)), (5, 2, (2, 2))]
"""Kernel, stride and padding of the convolutions that EfficientNets have, and an even one."""


def drawn(*shape: int, dtype: Any = None, seed: int = 0) -> Any:
    values = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return values.to(dtype or torch.float64).requires_grad_()


def plain(source: Any, weight: Any, stride: int, padding: tuple[int, int]) -> Any:
    """Write it with PyTorch's own operations, whose gradients it knows itself."""
    import torch.nn.functional as F  # noqa: N812 - PyTorch's own abbreviation

    padded = F.pad(source, (*padding, *padding))
    return F.conv2d(padded, weight, stride=stride, groups=source.shape[1])


def gradients(result: Any, *tensors: Any) -> tuple[Any, ...]:
    """Return the gradients of a sum weighted by fixed draws."""
    weights = drawn(*result.shape, dtype=result.dtype, seed=1).detach()
    found: tuple[Any, ...] = torch.autograd.grad(result, tensors, weights, retain_graph=True)
    return found


@settings(deadline=None, max_examples=60)
@given(
    kernel=st.sampled_from([1, 2, 3, 5, 7]),
    stride=st.integers(1, 3),
    padding=st.tuples(st.integers(0, 6), st.integers(0, 6)),
    size=st.tuples(st.integers(7, 11), st.integers(7, 11)),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    is_last=st.booleans(),
)
def test_values_and_gradients_are_those_of_conv2d(
    kernel: int,
    stride: int,
    padding: tuple[int, int],
    size: tuple[int, int],
    dtype: Any,
    is_last: bool,
) -> None:
    from colorize_torch.depthwise import depthwise_convolution

    layout = torch.channels_last if is_last else torch.contiguous_format
    source = drawn(2, 3, *size, dtype=dtype).detach().to(memory_format=layout).requires_grad_()
    weight, bias = drawn(3, 1, kernel, kernel, dtype=dtype), drawn(3, dtype=dtype)
    found = depthwise_convolution(source, weight, bias, stride=stride, padding=padding)
    expected = plain(source, weight, stride, padding) + bias[:, None, None]
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(
        gradients(found, source, weight, bias),
        gradients(expected, source, weight, bias),
        atol=1e-4,
        rtol=1e-4,
    )


@pytest.mark.parametrize(("kernel", "stride", "padding"), WINDOWS)
def test_gradients_are_the_slopes_of_the_values(
    kernel: int, stride: int, padding: tuple[int, int]
) -> None:
    from colorize_torch.depthwise import depthwise_convolution

    tensors = (drawn(2, 2, 5, 4), drawn(2, 1, kernel, kernel), drawn(2))

    def convolve(*tensors: Any) -> Any:
        return depthwise_convolution(*tensors, stride=stride, padding=padding)

    assert torch.autograd.gradcheck(convolve, tensors)
    assert torch.autograd.gradgradcheck(convolve, tensors)


@pytest.mark.parametrize(("kernel", "stride", "padding"), WINDOWS)
def test_under_autocast_gradients_are_nearly_those_of_float32_and_of_its_type(
    kernel: int, stride: int, padding: tuple[int, int]
) -> None:
    from colorize_torch.depthwise import depthwise_convolution

    source = drawn(4, 8, 12, 10, dtype=torch.float32)
    weight = drawn(8, 1, kernel, kernel, dtype=torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = depthwise_convolution(source, weight, stride=stride, padding=padding)
    assert found.dtype == torch.bfloat16
    expected = plain(source, weight, stride, padding)
    for near, exact in zip(
        gradients(found, source, weight), gradients(expected, source, weight), strict=True
    ):
        assert near.dtype == torch.float32
        # Eight bits of mantissa, three roundings: operands, gradient and result.
        assert (near - exact).abs().max() < 3 * 2**-8 * exact.abs().max()


@pytest.mark.parametrize(("kernel", "stride", "padding"), WINDOWS)
def test_a_kept_graph_gives_the_same_gradients_again(
    kernel: int, stride: int, padding: tuple[int, int]
) -> None:
    from colorize_torch.depthwise import depthwise_convolution

    source, weight = drawn(2, 4, 8, 8), drawn(4, 1, kernel, kernel)
    result = depthwise_convolution(source, weight, stride=stride, padding=padding)
    first, second = gradients(result, source, weight), gradients(result, source, weight)
    assert all(torch.equal(once, again) for once, again in zip(first, second, strict=True))


@pytest.mark.parametrize(("kernel", "stride", "padding"), WINDOWS)
def test_channels_stay_last_in_values_and_gradients(
    kernel: int, stride: int, padding: tuple[int, int]
) -> None:
    from colorize_torch.depthwise import depthwise_convolution

    source = drawn(2, 4, 8, 8, dtype=torch.bfloat16).detach()
    source = source.to(memory_format=torch.channels_last).requires_grad_()
    weight = drawn(4, 1, kernel, kernel, dtype=torch.bfloat16)
    result = depthwise_convolution(source, weight, stride=stride, padding=padding)
    # A gradient of another layout, as that of a mean is.
    (slope,) = torch.autograd.grad(result.mean(), source)
    assert result.is_contiguous(memory_format=torch.channels_last)
    assert slope.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(("kernel", "stride", "padding"), WINDOWS)
def test_only_the_gradients_asked_for_are_computed(
    kernel: int, stride: int, padding: tuple[int, int]
) -> None:
    from colorize_torch.depthwise import depthwise_convolution

    source, weight = drawn(2, 4, 8, 8).detach(), drawn(4, 1, kernel, kernel)
    result = depthwise_convolution(source, weight, stride=stride, padding=padding)
    expected = plain(source, weight, stride, padding)
    torch.testing.assert_close(gradients(result, weight), gradients(expected, weight))


def test_the_graph_stays_plain_where_no_gradients_are_wanted() -> None:
    from torch import nn

    from colorize_torch.depthwise import depthwise_convolution

    class Layer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(drawn(4, 1, 5, 5).detach())

        def forward(self, source: Any) -> Any:
            return depthwise_convolution(source, self.weight, stride=2, padding=(1, 2))

    source = drawn(2, 4, 8, 8).detach()
    with torch.no_grad():
        program = torch.export.export(Layer(), (source,))
    called = [str(node.target) for node in program.graph.nodes if node.op == "call_function"]
    assert called == ["aten.pad.default", "aten.conv2d.default"]


def test_the_fast_gradients_are_the_ones_in_use() -> None:
    from colorize_torch.depthwise import depthwise_convolution

    def name_of(stride: int, dtype: Any) -> str:
        tensors = (drawn(2, 4, 8, 8, dtype=dtype), drawn(4, 1, 5, 5, dtype=dtype))
        result: Any = depthwise_convolution(*tensors, stride=stride, padding=(2, 2))
        return str(result.grad_fn.name())

    own = "_DepthwiseConvolutionBackward"
    assert name_of(1, torch.float32) == name_of(1, torch.bfloat16) == own
    assert name_of(2, torch.bfloat16) == own
    # PyTorch's own are fast, or nothing has been measured.
    assert name_of(2, torch.float32) == name_of(3, torch.bfloat16) == "ConvolutionBackward0"
