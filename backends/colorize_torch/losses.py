"""The losses of the CGAN: pure functions of logits, each in its stable form beside its formula.

Logits z are of any shape; D = sigmoid(z). Every loss is a mean over batch and positions.
"""

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own abbreviation
from torch import Tensor

from colorize_cli.core.cgan_config import LossForm


def discriminator_loss(form: LossForm, real: Tensor, fake: Tensor) -> Tensor:
    """Return what the discriminator minimizes, from its logits of real and generated pairs."""
    if form == "lsgan":
        # 1/2 (D(x) - 1)^2 + 1/2 D(G)^2 with D = z (Mao et al. 2017, equation 9)
        return ((real - 1).square().mean() + fake.square().mean()) / 2
    if form == "hinge":
        # max(0, 1 - z) + max(0, 1 + z) (Lim and Ye 2017; Miyato et al. 2018)
        return F.relu(1 - real).mean() + F.relu(1 + fake).mean()
    # -log D(x) - log(1 - D(G)) (Goodfellow et al. 2014; Putta et al. 2022, section 2.1)
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(form: LossForm, fake: Tensor) -> Tensor:
    """Return the adversarial part of what the generator minimizes."""
    if form == "minimax":
        # log(1 - D(G)) (Putta et al. 2022, section 2.1)
        return -F.softplus(fake).mean()
    if form == "nonsaturating":
        # -log D(G) (Goodfellow et al. 2014, section 3)
        return F.softplus(-fake).mean()
    if form == "lsgan":
        # 1/2 (D(G) - 1)^2 (Mao et al. 2017, equation 9)
        return (fake - 1).square().mean() / 2
    # -z (Lim and Ye 2017)
    return -fake.mean()


def l1_loss(fake: Tensor, real: Tensor) -> Tensor:
    """Return the mean absolute difference of two pictures (Isola et al. 2017, equation 3)."""
    return F.l1_loss(fake, real)


def weighted_l1_loss(
    fake: Tensor, real: Tensor, *, chroma_weight: float, smoothness: float
) -> Tensor:
    """Return the mean of (1 + chroma_weight * c) h(d): see `CganConfig`; ab `(N, 2, H, W)`."""
    difference = (fake - real).abs()
    if smoothness:
        is_small = difference < smoothness
        square = difference.square() / (2 * smoothness)
        difference = torch.where(is_small, square, difference - smoothness / 2)
    if chroma_weight:
        chroma = real.square().sum(dim=1, keepdim=True).sqrt()
        difference = difference * (1 + chroma_weight * chroma)
    return difference.mean()
