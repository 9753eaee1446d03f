"""Concatenation in PyTorch: its own gradient against PyTorch's, and where the numbers lie."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")


def drawn(*shape: int, seed: int = 0) -> Any:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_values_and_gradients_are_those_of_pytorch() -> None:
    from colorize_torch.joining import joined

    sources = [drawn(2, channels, 4, 5, seed=channels).requires_grad_() for channels in (1, 3, 2)]
    found, slopes = joined(sources), drawn(2, 6, 4, 5)
    assert torch.equal(found, torch.cat(sources, 1))
    gradients = torch.autograd.grad(found, sources, slopes, retain_graph=True)
    for gradient, expected in zip(gradients, slopes.split([1, 3, 2], dim=1), strict=True):
        assert torch.equal(gradient, expected)
    (alone,) = torch.autograd.grad(found, sources[1:2], slopes)
    assert torch.equal(alone, slopes[:, 1:4])
    assert torch.autograd.gradgradcheck(lambda *parts: joined(list(parts)) ** 2, sources)


def test_gradients_lie_together_with_channels_last() -> None:
    from colorize_torch.joining import joined

    last = torch.channels_last
    sources = [drawn(2, 4, 3, 3, seed=n).to(memory_format=last).requires_grad_() for n in (1, 2)]
    slopes = drawn(2, 8, 3, 3).to(memory_format=last)
    for gradient in torch.autograd.grad(joined(sources), sources, slopes):
        assert gradient.is_contiguous(memory_format=last)


def test_different_types_become_the_wider_one() -> None:
    from colorize_torch.joining import joined

    wide, narrow = drawn(1, 1, 2, 2).float(), drawn(1, 2, 2, 2).bfloat16().requires_grad_()
    found = joined([wide, narrow])
    assert found.dtype == torch.float32
    (gradient,) = torch.autograd.grad(found.sum(), narrow)
    assert gradient.dtype == torch.bfloat16
