from importlib.util import find_spec
from typing import Any

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

if find_spec("tensorflow") is None:
    pytest.skip("tensorflow is not installed", allow_module_level=True)


@pytest.fixture
def tf() -> Any:
    from colorize_tensorflow.devices import load_tensorflow

    return load_tensorflow()


@pytest.mark.parametrize("form", DISCRIMINATOR_FORMULAE)
def test_the_discriminators_loss_is_its_formula(form: LossForm, tf: Any) -> None:
    from colorize_tensorflow.losses import discriminator_loss

    loss = discriminator_loss(form, tf.constant(REAL), tf.constant(FAKE))
    assert float(loss) == pytest.approx(DISCRIMINATOR_FORMULAE[form])


@pytest.mark.parametrize("form", GENERATOR_FORMULAE)
def test_the_generators_loss_is_its_formula(form: LossForm, tf: Any) -> None:
    from colorize_tensorflow.losses import generator_loss

    loss = generator_loss(form, tf.constant(FAKE))
    assert float(loss) == pytest.approx(GENERATOR_FORMULAE[form])


@pytest.mark.parametrize("form", GENERATOR_SLOPES)
def test_slopes_are_those_of_the_formulae(form: LossForm, tf: Any) -> None:
    from colorize_tensorflow.losses import discriminator_loss, generator_loss

    real, fake = (tf.Variable(array) for array in (REAL, FAKE))
    with tf.GradientTape(persistent=True) as tape:
        losses = generator_loss(form, fake), discriminator_loss(form, real, fake)
    slope = tape.gradient(losses[0], fake)
    np.testing.assert_allclose(slope, GENERATOR_SLOPES[form], rtol=1e-12)
    slopes = tape.gradient(losses[1], [real, fake])
    for found, expected in zip(slopes, DISCRIMINATOR_SLOPES[form], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("form", GENERATOR_FORMULAE)
@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_losses_and_their_gradients_stay_finite_at_certainty(
    form: LossForm, logit: float, tf: Any
) -> None:
    from colorize_tensorflow.losses import discriminator_loss, generator_loss

    logits = tf.Variable(tf.fill([3], logit))
    with tf.GradientTape() as tape:
        loss = discriminator_loss(form, logits, logits) + generator_loss(form, logits)
    assert np.isfinite(tape.gradient(loss, logits).numpy()).all()


def test_the_l1_loss_is_the_mean_absolute_difference(tf: Any) -> None:
    from colorize_tensorflow.losses import l1_loss

    loss = l1_loss(tf.constant(FAKE), tf.constant(REAL))
    assert float(loss) == pytest.approx(np.abs(FAKE - REAL).mean())


@pytest.mark.parametrize(("chroma_weight", "smoothness"), WEIGHTED_L1)
def test_vivid_colours_weigh_more_and_small_differences_less(
    chroma_weight: float, smoothness: float, tf: Any
) -> None:
    from colorize_tensorflow.losses import weighted_l1_loss

    fake, real = (tf.Variable(np.moveaxis(array, 1, -1)) for array in (FOUND_AB, TRUE_AB))
    with tf.GradientTape() as tape:
        loss = weighted_l1_loss(fake, real, chroma_weight=chroma_weight, smoothness=smoothness)
    assert float(loss) == pytest.approx(WEIGHTED_L1[chroma_weight, smoothness])
    if chroma_weight and smoothness:
        slopes = np.moveaxis(tape.gradient(loss, fake).numpy(), -1, 1)
        np.testing.assert_allclose(slopes, WEIGHTED_SLOPES, atol=1e-12)
