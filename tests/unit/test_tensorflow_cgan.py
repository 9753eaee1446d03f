"""The training step in TensorFlow; that it equals PyTorch's is for `contract/test_parity.py`."""

from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from colorize_cli.core.architecture import DiscriminatorSpec, GeneratorSpec
from colorize_cli.core.cgan_config import CganConfig

if find_spec("tensorflow") is None:
    pytest.skip("tensorflow is not installed", allow_module_level=True)

CONFIG = CganConfig(
    generator=GeneratorSpec(output="ab", has_skips=True, base_width=3, size=16),
    discriminator=DiscriminatorSpec(output="ab", base_width=3, size=16),
    loss="nonsaturating",
    l1_weight=10.0,
    learning_rate=1e-3,
)
RANDOM = np.random.default_rng(0)
GRAY = RANDOM.uniform(-1, 1, (4, 1, 16, 16)).astype(np.float32)
COLOR = RANDOM.uniform(-1, 1, (4, 2, 16, 16)).astype(np.float32)
LEARNT = "generator/down2.convolution.weight"


def make(config: CganConfig = CONFIG, seed: int = 0) -> Any:
    from colorize_tensorflow.backend import TensorFlowBackend

    return TensorFlowBackend().create_cgan(config, device="cpu", seed=seed)


def traces(compiled: Any) -> dict[tuple[int, int], int]:
    """Return how often a function was traced for each size."""
    return {
        size: function.experimental_get_tracing_count()
        for size, function in compiled.by_size.items()
    }


def test_steps_of_adam_are_those_of_the_formula() -> None:
    cgan = make()
    for step in (1, 2, 3):
        before = cgan.state()
        cgan.train_step(GRAY, COLOR)
        after = {key: array.astype(np.float64) for key, array in cgan.state().items()}
        first, second = (f"{LEARNT}/{moment}_moment" for moment in ("first", "second"))
        gradient = (after[first] - 0.5 * before[first]) / 0.5
        square = 0.999 * before[second] + 0.001 * gradient**2
        np.testing.assert_allclose(after[second], square, rtol=1e-3, atol=1e-12)
        # Kingma and Ba 2015, algorithm 1: epsilon is added to the corrected root.
        root = np.sqrt(after[second] / (1 - 0.999**step)) + 1e-8
        expected = before[LEARNT] - 1e-3 * after[first] / (1 - 0.5**step) / root
        np.testing.assert_allclose(after[LEARNT], expected, atol=1e-7)


def test_gradients_are_the_slopes_of_the_loss() -> None:
    cgan = make()
    state = cgan.state()
    cgan.train_step(GRAY, COLOR)
    slopes = 2 * cgan.state()[f"{LEARNT}/first_moment"]
    place = np.unravel_index(np.abs(slopes).argmax(), slopes.shape)
    losses = []
    for shift in (-1e-2, 1e-2):
        moved = {key: array.copy() for key, array in state.items()}
        moved[LEARNT][place] += shift
        cgan.restore(moved)
        losses.append(cgan.train_step(GRAY, COLOR)["generator"])
    assert (losses[1] - losses[0]) / 2e-2 == pytest.approx(slopes[place], rel=0.05)


def test_training_brings_the_picture_nearer_to_the_truth() -> None:
    cgan = make(replace(CONFIG, l1_weight=100.0))
    first = cgan.train_step(GRAY, 0.5 * np.ones_like(COLOR))["l1"]
    for _ in range(60):
        last = cgan.train_step(GRAY, 0.5 * np.ones_like(COLOR))["l1"]
    assert last < first / 2


def test_batches_of_every_size_and_steps_of_every_rate_run_through_one_compiled_step() -> None:
    cgan = make()
    for batch, rate in ((1, 1.0), (4, 0.5), (3, 0.0)):
        cgan.train_step(GRAY[:batch], COLOR[:batch], rate=rate)
        cgan.generate(GRAY[:batch])
    assert traces(cgan._learn["adversarial"]) == {(16, 16): 1}
    assert cgan._predict.experimental_get_tracing_count() == 1


def test_bfloat16_gives_nearly_the_losses_of_float32() -> None:
    exact = make().train_step(GRAY, COLOR)
    cgan = make(replace(CONFIG, precision="bfloat16"))
    rough = cgan.train_step(GRAY, COLOR)
    assert rough["generator"] == pytest.approx(exact["generator"], rel=0.02)
    assert rough != exact
    kinds = {array.dtype for key, array in cgan.state().items() if not key.endswith("step")}
    assert kinds == {np.dtype(np.float32)}


def test_batches_in_parts_run_through_one_compiled_step_as_well() -> None:
    cgan = make(replace(CONFIG, micro_batch=2))
    for rate in (1.0, 0.5):
        cgan.train_step(GRAY, COLOR, rate=rate)
    assert traces(cgan._measure["adversarial"]) == {(16, 16): 1}
    assert cgan._move["adversarial"].experimental_get_tracing_count() == 1
    assert traces(cgan._learn["adversarial"]) == {}


def test_pictures_of_every_size_run_through_one_compiled_step_each() -> None:
    patches = DiscriminatorSpec(family="patch", output="ab", base_width=2, size=32)
    cgan = make(replace(CONFIG, discriminator=patches))
    for height, width in ((32, 32), (32, 48), (32, 32), (32, 48)):
        gray = np.zeros((2, 1, height, width), np.float32)
        losses = cgan.train_step(gray, np.full((2, 2, height, width), 0.5, np.float32))
        assert losses["l1"] == pytest.approx(0.5, abs=0.1)
    assert traces(cgan._learn["adversarial"]) == {(32, 32): 1, (32, 48): 1}
    assert cgan._move["adversarial"].experimental_get_tracing_count() == 0
