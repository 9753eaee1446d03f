"""What a backend computes on an accelerator is what it computes on the processor."""

from dataclasses import replace

import numpy as np
import pytest

from colorize_cli.core.architecture import DiscriminatorSpec, GeneratorSpec
from colorize_cli.core.cgan_config import CganConfig
from tiny_models import make_gray, make_model

pytestmark = pytest.mark.gpu

CONFIG = CganConfig(
    generator=GeneratorSpec(output="ab", base_width=4, size=16),
    discriminator=DiscriminatorSpec(output="ab", base_width=4, size=16),
    loss="nonsaturating",
    l1_weight=10.0,
)


def accelerator_of(backend):
    """Return the backend's best device, or skip where that is the processor."""
    device = backend.probe().devices[0]
    if device == "cpu":
        pytest.skip(f"{backend.name} finds no accelerator here")
    return device


def test_colour_is_that_of_the_processor(backend):
    device = accelerator_of(backend)
    there = backend.load_colorizer(make_model(), device=device)
    here = backend.load_colorizer(make_model(), device="cpu")
    assert there.device.split(":")[0] == device.split(":")[0]
    # Accelerators may multiply float32 with shortened mantissas (TF32).
    np.testing.assert_allclose(there(make_gray(2)), here(make_gray(2)), atol=2e-3)


def test_losses_are_those_of_the_processor(trainer):
    device = accelerator_of(trainer)
    random = np.random.default_rng(0)
    gray = random.uniform(-1, 1, (4, 1, 16, 16)).astype(np.float32)
    color = random.uniform(-1, 1, (4, 2, 16, 16)).astype(np.float32)
    losses = [
        trainer.create_cgan(CONFIG, device=place, seed=0).train_step(gray, color)
        for place in (device, "cpu")
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-2)


def test_warm_up_and_parts_give_the_losses_of_the_processor(trainer):
    device = accelerator_of(trainer)
    config = replace(CONFIG, ema_decay=0.9, micro_batch=2)
    random = np.random.default_rng(0)
    gray = random.uniform(-1, 1, (4, 1, 16, 16)).astype(np.float32)
    color = random.uniform(-1, 1, (4, 2, 16, 16)).astype(np.float32)
    there, here = (trainer.create_cgan(config, device=place, seed=0) for place in (device, "cpu"))
    for phase in ("warm_up", "adversarial"):
        losses = [cgan.train_step(gray, color, phase=phase, rate=0.5) for cgan in (there, here)]
        assert losses[0] == pytest.approx(losses[1], rel=1e-2)
    np.testing.assert_allclose(there.generate(gray), here.generate(gray), atol=5e-3)


def test_a_checkpoint_of_the_accelerator_continues_on_the_processor(trainer):
    device = accelerator_of(trainer)
    config = replace(CONFIG, ema_decay=0.9)
    there = trainer.create_cgan(config, device=device, seed=0)
    here = trainer.create_cgan(config, device="cpu", seed=1)
    here.restore(there.state())
    assert all(np.array_equal(here.state()[name], array) for name, array in there.state().items())
