import numpy as np
import pytest

from colorize_cli.core.cgan_config import LossForm
from loss_formulae import (
    DISCRIMINATOR_FORMULAE,
    DISCRIMINATOR_SLOPES,
    FAKE,
    FOUND_AB,
    GENERATOR_FORMULAE,
    GENERATOR_SLOPES,
    REAL,
    TRUE_AB,
    WEIGHTED_L1,
    WEIGHTED_SLOPES,
)

torch = pytest.importorskip("torch")


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


@pytest.mark.parametrize("form", GENERATOR_SLOPES)
def test_slopes_are_those_of_the_formulae(form: LossForm) -> None:
    from colorize_torch.losses import discriminator_loss, generator_loss

    real, fake = (torch.from_numpy(array).requires_grad_() for array in (REAL, FAKE))
    (slope,) = torch.autograd.grad(generator_loss(form, fake), [fake])
    np.testing.assert_allclose(slope, GENERATOR_SLOPES[form], rtol=1e-12)
    slopes = torch.autograd.grad(discriminator_loss(form, real, fake), [real, fake])
    for found, expected in zip(slopes, DISCRIMINATOR_SLOPES[form], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-16)


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


@pytest.mark.parametrize(("chroma_weight", "smoothness"), WEIGHTED_L1)
def test_vivid_colours_weigh_more_and_small_differences_less(
    chroma_weight: float, smoothness: float
) -> None:
    from colorize_torch.losses import weighted_l1_loss

    fake = torch.tensor(FOUND_AB, requires_grad=True)
    real = torch.from_numpy(TRUE_AB)
    loss = weighted_l1_loss(fake, real, chroma_weight=chroma_weight, smoothness=smoothness)
    assert loss.item() == pytest.approx(WEIGHTED_L1[chroma_weight, smoothness])
    if chroma_weight and smoothness:
        loss.backward()  # type: ignore[no-untyped-call]
        np.testing.assert_allclose(fake.grad, WEIGHTED_SLOPES, atol=1e-12)
