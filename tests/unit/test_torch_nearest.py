"""Nearest-neighbour enlargement in PyTorch: its own gradient against sums by hand."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")


def drawn(*shape: int, seed: int = 0) -> Any:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("factor", [2, 3])
def test_each_pixel_is_repeated_and_gathers_the_gradients_of_its_copies(factor: int) -> None:
    from colorize_torch.nearest import enlarged

    source = drawn(2, 3, 4, 5).requires_grad_()
    found = enlarged(source, factor)
    repeated = source.detach().repeat_interleave(factor, 2).repeat_interleave(factor, 3)
    assert torch.equal(found, repeated)
    slopes = drawn(*found.shape, seed=1)
    (gradient,) = torch.autograd.grad(found, source, slopes)
    by_hand = slopes.reshape(2, 3, 4, factor, 5, factor).sum((3, 5))
    torch.testing.assert_close(gradient, by_hand)


def test_gradients_have_gradients_and_come_again_from_a_kept_graph() -> None:
    from colorize_torch.nearest import enlarged

    source = drawn(2, 2, 3, 2).requires_grad_()
    assert torch.autograd.gradgradcheck(lambda tensor: enlarged(tensor, 2) ** 2, (source,))
    result = enlarged(source, 2).square().sum()
    first, second = (torch.autograd.grad(result, source, retain_graph=True) for _ in range(2))
    assert torch.equal(first[0], second[0])


def test_channels_stay_last_also_in_gradients_of_a_part_of_a_concatenation() -> None:
    from colorize_torch.nearest import enlarged

    source = drawn(2, 4, 3, 5).bfloat16().to(memory_format=torch.channels_last).requires_grad_()
    skip = drawn(2, 3, 6, 10).bfloat16().to(memory_format=torch.channels_last)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        result = torch.cat([enlarged(source, 2), skip], 1)
    assert result.is_contiguous(memory_format=torch.channels_last)
    (gradient,) = torch.autograd.grad(result.float().square().sum(), source)
    assert gradient.is_contiguous(memory_format=torch.channels_last)
    assert gradient.dtype == torch.bfloat16
    torch.testing.assert_close(gradient, 8 * source.detach(), rtol=2**-7, atol=0)
