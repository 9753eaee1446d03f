"""The frameworks are twins: given the same state and batches, they find the same numbers.

What is compared was found in a process of its own for each (`parity_run.py`), so that neither
depends on libraries and settings that the other has loaded.
float32 sums up in another order in each of them, which is all that the tolerances allow for.
"""

import os
import subprocess
import sys

import numpy as np
import pytest

import parity_run
from parity_run import BATCH, CONFIG, LOSSES, SCHEDULE, SIZE, STEPS, make_given
from tiny_models import make_model

OUTPUT_TOLERANCE = 1e-4
"""What the contract allows between frameworks; 2e-7 was measured."""
LOSS_TOLERANCE = 1e-5
"""Relative, for one batch; 1e-7 was measured."""
GRADIENT_TOLERANCE = 1e-5
"""Relative to the largest of an array; 2e-6 was measured."""
SURE_GRADIENT = 1e-4
"""Relative to the largest of its array: above it a gradient's sign is no matter of rounding."""
DRIFT_OF_LOSSES, DRIFT_OF_OUTPUT = 5e-3, 2e-2
"""After 20 steps. Adam divides by the gradient's own size, so the rounding noise of a gradient
near zero moves a weight by whole learning rates, and from then on the two are two runs: losses
were seen to agree to 2e-7 for ten steps and to 4e-4 after twenty, outputs to 2e-3."""


@pytest.fixture(scope="module")
def given():
    return make_given()


@pytest.fixture(scope="module")
def found(trainers, given, tmp_path_factory):
    """Return what each framework found, by its name."""
    folder = tmp_path_factory.mktemp("parity")
    np.savez(folder / "given.npz", **given)
    results = {}
    for name in trainers:
        command = [sys.executable, parity_run.__file__, name, "given.npz", f"{name}.npz"]
        subprocess.run(command, cwd=folder, check=True, timeout=120, env=one_thread())
        with np.load(folder / f"{name}.npz") as file:
            results[name] = dict(file)
    return results


def one_thread():
    return {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.fixture
def pair(found):
    return found["torch"], found["tensorflow"]


@pytest.fixture(scope="module")
def cgans(trainers):
    return {
        name: trainer.create_cgan(CONFIG, device="cpu", seed=99)
        for name, trainer in trainers.items()
    }


def arrays_of(result, when, network):
    """Return the arrays of one network in the state of a moment, by name."""
    prefix = f"{when}/{network}/"
    return {
        name.removeprefix(prefix): array
        for name, array in result.items()
        if name.startswith(prefix)
    }


def gradients_of(result, network):
    """Return the first step's gradients: Adam's first moment began at zero."""
    state = arrays_of(result, "first", network)
    suffix = "/first_moment"
    return {
        name.removesuffix(suffix): array / (1 - CONFIG.beta1)
        for name, array in state.items()
        if name.endswith(suffix)
    }


@pytest.mark.parametrize("mode", ["inferring", "training"])
def test_generators_give_the_same_colour(pair, mode):
    first, second = (result[mode] for result in pair)
    assert first.shape == (BATCH, 2, SIZE, SIZE)
    assert first.std() > 0.01
    np.testing.assert_allclose(first, second, rtol=0, atol=OUTPUT_TOLERANCE)


def test_the_losses_of_the_first_batch_are_the_same(pair):
    first, second = (result["losses"][0] for result in pair)
    np.testing.assert_allclose(first, second, rtol=LOSS_TOLERANCE)


@pytest.mark.parametrize("network", ["generator", "discriminator"])
def test_gradients_are_the_same(pair, network):
    first, second = (gradients_of(result, network) for result in pair)
    assert first.keys() == second.keys() != set()
    for name, array in first.items():
        tolerance = GRADIENT_TOLERANCE * np.abs(array).max()
        np.testing.assert_allclose(second[name], array, rtol=0, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("network", ["generator", "discriminator"])
def test_second_moments_are_the_squares_in_both(pair, network):
    for result in pair:
        state = arrays_of(result, "first", network)
        for name, gradient in gradients_of(result, network).items():
            expected = (1 - CONFIG.beta2) * gradient**2
            found = state[f"{name}/second_moment"]
            np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-20, err_msg=name)


@pytest.mark.parametrize("network", ["generator", "discriminator"])
def test_running_statistics_move_alike(pair, network):
    first, second = (arrays_of(result, "first", network) for result in pair)
    names = [name for name in first if ".running_" in name]
    assert names
    for name in names:
        np.testing.assert_allclose(first[name], second[name], rtol=1e-5, atol=1e-7, err_msg=name)


@pytest.mark.parametrize("network", ["generator", "discriminator"])
def test_one_step_of_adam_is_the_same(pair, network):
    first, second = (arrays_of(result, "first", network) for result in pair)
    gradients = gradients_of(pair[0], network)
    for name, gradient in gradients.items():
        difference = np.abs(first[name] - second[name])
        is_sure = np.abs(gradient) > SURE_GRADIENT * np.abs(gradient).max()
        # A first step has the size of the learning rate and the sign of the gradient.
        assert difference.max() <= 2.01 * CONFIG.learning_rate, name
        assert difference[is_sure].max() <= 1e-3 * CONFIG.learning_rate + 1e-7, name


@pytest.mark.parametrize("network", ["generator", "discriminator"])
def test_the_first_step_is_that_of_the_formula(pair, given, network):
    """theta - lr m / (sqrt(v) + epsilon) with m = g and v = g^2 after correction at t = 1."""
    for result in pair:
        state = arrays_of(result, "first", network)
        for name, gradient in gradients_of(result, network).items():
            exact = gradient.astype(np.float64)
            step = CONFIG.learning_rate * exact / (np.abs(exact) + CONFIG.epsilon)
            expected = given[f"{network}/{name}"] - step
            tolerance = 1e-3 * CONFIG.learning_rate
            np.testing.assert_allclose(state[name], expected, atol=tolerance, err_msg=name)


def test_twenty_steps_stay_together(pair):
    first, second = (result["losses"] for result in pair)
    assert first.shape == (STEPS, len(LOSSES))
    np.testing.assert_allclose(first[:5], second[:5], rtol=LOSS_TOLERANCE)
    np.testing.assert_allclose(first, second, rtol=DRIFT_OF_LOSSES)
    outputs = [result["inferring_last"] for result in pair]
    np.testing.assert_allclose(*outputs, rtol=0, atol=DRIFT_OF_OUTPUT)


@pytest.mark.parametrize("begun_by", ["torch", "tensorflow"])
def test_either_continues_what_the_other_began(cgans, found, given, begun_by):
    last = {
        f"{network}/{name}": array
        for network in ("generator", "discriminator")
        for name, array in arrays_of(found[begun_by], "last", network).items()
    }
    losses = {}
    for name, cgan in cgans.items():
        cgan.restore(last)
        losses[name] = cgan.train_step(given["batches/gray"][0], given["batches/color"][0])
        assert cgan.state()["generator/step"] == STEPS + 1
    assert losses["tensorflow"] == pytest.approx(losses["torch"], rel=LOSS_TOLERANCE)


@pytest.mark.parametrize("step", range(len(SCHEDULE)))
def test_warm_up_rates_averages_and_micro_batches_are_the_same(pair, step):
    first, second = (
        {key: array for key, array in result.items() if key.startswith(f"scheduled{step}/")}
        for result in pair
    )
    losses = [result[f"scheduled_losses/{step}"] for result in pair]
    assert len(losses[0]) == (2 if SCHEDULE[step][0] == "warm_up" else 4)
    np.testing.assert_allclose(*losses, rtol=LOSS_TOLERANCE)
    assert first.keys() == second.keys()
    for name, array in first.items():
        # Of weights, that is a tenth of what one step may change: the rest is rounding.
        tolerance = 3e-5 * np.abs(array).max() + 0.1 * CONFIG.learning_rate
        np.testing.assert_allclose(second[name], array, rtol=0, atol=tolerance, err_msg=name)


def test_averaged_generators_give_the_same_colour(pair):
    first, second = (result["inferring_average"] for result in pair)
    assert np.abs(first - pair[0]["inferring"]).max() > 10 * OUTPUT_TOLERANCE
    np.testing.assert_allclose(first, second, rtol=0, atol=OUTPUT_TOLERANCE)


def test_exported_graphs_are_equal(trainers, tmp_path):
    for name, trainer in trainers.items():
        trainer.export(make_model(), tmp_path / name, form="onnx")
    files = [(tmp_path / name).read_bytes() for name in trainers]
    assert files[0] == files[1]
