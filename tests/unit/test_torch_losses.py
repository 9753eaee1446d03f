from typing import Any

import numpy as np
import pytest

from colorize_cli.core.backend import LossForm

torch = pytest.importorskip("torch")

REAL = np.array([[2.0, -1.0], [0.5, 3.0]])
FAKE = np.array([[-2.0, 1.5], [0.0, -0.25]])


def probability(logits: Any) -> Any:
    return 1 / (1 + np.exp(-logits))


DISCRIMINATOR_FORMULAE: dict[LossForm, float] = {
    "minimax": -np.log(probability(REAL)).mean() - np.log(1 - probability(FAKE)).mean(),
    "nonsaturating": -np.log(probability(REAL)).mean() - np.log(1 - probability(FAKE)).mean(),
    "lsgan": ((REAL - 1) ** 2).mean() / 2 + (FAKE**2).mean() / 2,
    "hinge": np.maximum(0, 1 - REAL).mean() + np.maximum(0, 1 + FAKE).mean(),
}
GENERATOR_FORMULAE: dict[LossForm, float] = {
    "minimax": np.log(1 - probability(FAKE)).mean(),
    "nonsaturating": -np.log(probability(FAKE)).mean(),
    "lsgan": ((FAKE - 1) ** 2).mean() / 2,
    "hinge": -FAKE.mean(),
}


@pytest.mark.parametrize("form", DISCRIMINATOR_FORMULAE)
def test_the_discriminators_loss_is_its_formula(form: LossForm) -> None:
    from colorize_torch.losses import discriminator_loss

    loss = discriminator_loss(form, torch.from_numpy(REAL), torch.from_numpy(FAKE))
    assert loss.item() == pytest.approx(DISCRIMINATOR_FORMULAE[form])


@pytest.mark.parametrize("form", GENERATOR_FORMULAE)
def test_the_generators_loss_is_its_formula(form: LossForm) -> None:
    from colorize_torch.losses import generator_loss

    loss = generator_loss(form, torch.from_numpy(FAKE))
    assert loss.item() == pytest.approx(GENERATOR_FORMULAE[form])


@pytest.mark.parametrize("form", GENERATOR_FORMULAE)
@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_losses_and_their_gradients_stay_finite_at_certainty(form: LossForm, logit: float) -> None:
    from colorize_torch.losses import discriminator_loss, generator_loss

    logits = torch.full((3,), logit, requires_grad=True)
    (discriminator_loss(form, logits, logits) + generator_loss(form, logits)).backward()
    assert torch.isfinite(logits.grad).all()


def test_the_l1_loss_is_the_mean_absolute_difference() -> None:
    from colorize_torch.losses import l1_loss

    loss = l1_loss(torch.from_numpy(FAKE), torch.from_numpy(REAL))
    assert loss.item() == pytest.approx(np.abs(FAKE - REAL).mean())
