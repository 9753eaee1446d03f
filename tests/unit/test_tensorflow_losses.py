from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from colorize_cli.core.backend import LossForm

if find_spec("tensorflow") is None:
    pytest.skip("tensorflow is not installed", allow_module_level=True)

REAL = np.array([[2.0, -1.0], [0.5, 3.0]])
FAKE = np.array([[-2.0, 1.5], [0.0, -0.25]])


@pytest.fixture
def tf() -> Any:
    from colorize_tensorflow.devices import load_tensorflow

    return load_tensorflow()


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
def test_the_discriminators_loss_is_its_formula(form: LossForm, tf: Any) -> None:
    from colorize_tensorflow.losses import discriminator_loss

    loss = discriminator_loss(form, tf.constant(REAL), tf.constant(FAKE))
    assert float(loss) == pytest.approx(DISCRIMINATOR_FORMULAE[form])


@pytest.mark.parametrize("form", GENERATOR_FORMULAE)
def test_the_generators_loss_is_its_formula(form: LossForm, tf: Any) -> None:
    from colorize_tensorflow.losses import generator_loss

    loss = generator_loss(form, tf.constant(FAKE))
    assert float(loss) == pytest.approx(GENERATOR_FORMULAE[form])


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
