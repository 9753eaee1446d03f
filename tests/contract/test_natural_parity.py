"""A step of the recipe `natural`'s kind of networks gives the same numbers in every framework."""

import os
import subprocess
import sys

import numpy as np
import pytest

import natural_run
from colorize_cli.core.cgan_state import rate_share
from natural_run import CONFIG, LOSSES, make_state

LOSS_TOLERANCE = 1e-5
"""Relative; 2e-7 was measured."""
GRADIENT_TOLERANCE = 2e-4
"""Relative to the largest of an array; 3e-5 was measured."""
ENCODER_TOLERANCE = 5e-2
"""Relative to the length of an array. Its last maps have four pixels: a value so near to a kink of
ReLU6 that rounding decides on its side changes all gradients behind it. 2e-2 was measured, and as
much from one framework after its weights were moved by 1e-7 of themselves."""
OUTPUT_TOLERANCE = 1e-4
NO_GRADIENT = 1e-6
"""Relative to the largest of all: a shift before batch norm has none but rounding."""
MOMENT = "/first_moment"


@pytest.fixture(scope="module")
def pair(trainers, tmp_path_factory):
    """Return what torch and tensorflow found, each in a process of its own."""
    folder = tmp_path_factory.mktemp("natural")
    results = {}
    for name in trainers:
        command = [sys.executable, natural_run.__file__, name, f"{name}.npz"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        subprocess.run(command, cwd=folder, check=True, timeout=300, env=environment)
        with np.load(folder / f"{name}.npz") as file:
            results[name] = dict(file)
    return results["torch"], results["tensorflow"]


def gradients_in(result):
    """Return the gradients of a first step: Adam's first moment began at zero."""
    return {
        name.removesuffix(MOMENT): array / (1 - CONFIG.beta1)
        for name, array in result.items()
        if name.endswith(MOMENT)
    }


def test_losses_are_the_same(pair):
    first, second = (result["losses"] for result in pair)
    assert len(first) == len(LOSSES)
    assert (first != 0).all()
    np.testing.assert_allclose(first, second, rtol=LOSS_TOLERANCE)


@pytest.mark.parametrize("network", ["generator/decoder", "generator/ab", "discriminator"])
def test_gradients_are_the_same(pair, network):
    first, second = (gradients_in(result) for result in pair)
    own = {name: array for name, array in first.items() if name.startswith(network)}
    largest = max(np.abs(array).max() for array in own.values())
    for name, array in own.items():
        tolerance = GRADIENT_TOLERANCE * np.abs(array).max() + NO_GRADIENT * largest
        np.testing.assert_allclose(second[name], array, rtol=0, atol=tolerance, err_msg=name)


def test_gradients_of_the_encoder_are_nearly_the_same(pair):
    first, second = (gradients_in(result) for result in pair)
    kernels = [
        name for name in first
        if name.startswith("generator/encoder.") and name.endswith("convolution.weight")
    ]  # fmt: skip
    assert len(kernels) == 1 + 3 * 16 - 1
    for name in kernels:
        difference = np.linalg.norm(second[name] - first[name])
        assert difference < ENCODER_TOLERANCE * np.linalg.norm(first[name]), name


def test_spectral_vectors_have_moved_alike(pair):
    first, second = pair
    start = make_state()
    names = [name for name in start if name.endswith(".weight_u")]
    assert len(names) == 5
    for name in names:
        assert np.abs(first[name] - start[name]).max() > 0.1
        np.testing.assert_allclose(second[name], first[name], atol=1e-5, err_msg=name)
        np.testing.assert_allclose(np.linalg.norm(first[name]), 1, rtol=1e-5)


def test_every_parameter_moves_at_the_rate_of_its_network(pair):
    """theta - rate g / (|g| + epsilon): the first step of Adam, with each its own rate."""
    start = make_state()
    for result in pair:
        for name, gradient in gradients_in(result).items():
            exact = gradient.astype(np.float64)
            rate = CONFIG.learning_rate * rate_share(CONFIG, *name.split("/"))
            expected = start[name] - rate * exact / (np.abs(exact) + CONFIG.epsilon)
            np.testing.assert_allclose(result[name], expected, atol=5e-7, err_msg=name)


def test_running_statistics_move_alike(pair):
    first, second = pair
    names = [name for name in first if ".running_" in name]
    assert len(names) > 100
    for name in names:
        tolerance = 1e-4 * np.abs(first[name]).max() + 1e-6
        np.testing.assert_allclose(second[name], first[name], atol=tolerance, err_msg=name)


@pytest.mark.parametrize("when", ["before", "after"])
def test_pictures_that_are_wider_than_high_have_the_same_colour(pair, when):
    first, second = (result[when] for result in pair)
    assert first.shape == (1, 2, 64, 96)
    assert first.std() > 0.05
    np.testing.assert_allclose(first, second, rtol=0, atol=OUTPUT_TOLERANCE)
