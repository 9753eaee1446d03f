"""The paper's training step as people write it in PyTorch: channels last, bfloat16, fused Adam."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.nn.functional import l1_loss

LEARNING_RATE = 2e-4
BETAS = (0.5, 0.999)


class Level(nn.Module):
    """One level of the U-Net, with those below it."""

    def __init__(self, above: int, width: int, *, below: "Level | None", out: int) -> None:
        super().__init__()
        is_first, is_last = above == 1, below is None
        down = [nn.Conv2d(above, width, 4, 2, 1, bias=is_first or is_last)]
        if not (is_first or is_last):
            down.append(nn.BatchNorm2d(width))
        self.down = nn.Sequential(*down, nn.LeakyReLU(0.2))
        self.below = below
        up = [nn.ConvTranspose2d(width if is_last else 2 * width, out, 4, 2, 1, bias=is_first)]
        up += [nn.Tanh()] if is_first else [nn.BatchNorm2d(out), nn.ReLU()]
        self.up = nn.Sequential(*up)

    def forward(self, source: Tensor) -> Tensor:
        """Halve, go through the levels below, and double again."""
        inner = self.down(source)
        if self.below is not None:
            inner = torch.cat([self.below(inner), inner], 1)
        return self.up(inner)


def generator(base_width: int, size: int) -> nn.Module:
    """Build the U-Net, whose innermost map is 1x1."""
    widths = [base_width * min(2**level, 8) for level in range(size.bit_length() - 1)]
    levels: list[Level | None] = [None]
    for above, width in reversed(list(pairwise([1, *widths]))):
        levels.append(Level(above, width, below=levels[-1], out=2 if above == 1 else above))
    return nn.Sequential(levels[-1])


def discriminator(base_width: int, size: int) -> nn.Module:
    """Build four halvings and a dense unit."""
    layers: list[nn.Module] = []
    for level, (above, width) in enumerate(pairwise([3, *(base_width * 2**n for n in range(4))])):
        layers.append(nn.Conv2d(above, width, 4, 2, 1, bias=level == 0))
        layers += [nn.BatchNorm2d(width)] if level else []
        layers.append(nn.LeakyReLU(0.2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(8 * base_width * (size // 16) ** 2, 1))


def step_of(
    gray: Any, color: Any, *, base_width: int, precision: str, is_in_turn: bool
) -> Callable[[], object]:
    """Return a step on a fixed batch `(N, C, H, W)`.

    In turn, as pix2pix does: the discriminator's on a detached picture, and then the generator's
    through the moved discriminator. Otherwise both from one forward pass, as ours.
    """
    pictures = [_last(torch.from_numpy(array)) for array in (gray, color)]
    shape = base_width, gray.shape[-1]
    networks = [_last(network) for network in (generator(*shape), discriminator(*shape))]
    adams = [
        torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, betas=BETAS, fused=True)
        for network in networks
    ]
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16")
    step = _step_in_turn if is_in_turn else _step_of_one_pass
    return lambda: step(*pictures, *networks, *adams, autocast)


def _step_in_turn(
    gray: Tensor, real: Tensor, draw: Any, judge: Any, drawing: Any, judging: Any, autocast: Any
) -> list[float]:
    with autocast:
        fake = draw(gray)
        loss = _bce(judge(_pair(gray, real)), 1) + _bce(judge(_pair(gray, fake.detach())), 0)
    judging.zero_grad()
    loss.backward()
    judging.step()
    judge.requires_grad_(False)
    with autocast:
        of_generator = _bce(judge(_pair(gray, fake)), 1) + 100 * l1_loss(fake.float(), real)
    drawing.zero_grad()
    of_generator.backward()
    drawing.step()
    judge.requires_grad_(True)
    return [loss.item(), of_generator.item()]


def _step_of_one_pass(
    gray: Tensor, real: Tensor, draw: Any, judge: Any, drawing: Any, judging: Any, autocast: Any
) -> list[float]:
    with autocast:
        fake = draw(gray)
        of_fake, of_real = judge(_pair(gray, fake)), judge(_pair(gray, real))
        loss = _bce(of_real, 1) + _bce(of_fake, 0)
        of_generator = _bce(of_fake, 1) + 100 * l1_loss(fake.float(), real)
    for part, network in ((loss, judge), (of_generator, draw)):
        learnt = list(network.parameters())
        gradients = torch.autograd.grad(part, learnt, retain_graph=part is loss)
        for parameter, gradient in zip(learnt, gradients, strict=True):
            parameter.grad = gradient
    judging.step()
    drawing.step()
    return [loss.item(), of_generator.item()]


def _bce(logits: Tensor, truth: int) -> Tensor:
    return bce(logits.float(), torch.full_like(logits, truth, dtype=torch.float32))


def _pair(gray: Tensor, color: Tensor) -> Tensor:
    return torch.cat([gray, color.to(gray.dtype)], 1)


def _last(value: Any) -> Any:
    return value.to(memory_format=torch.channels_last)
