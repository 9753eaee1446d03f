"""One suite for every backend. Where a framework is absent its tests are skipped, unless
COLORIZE_TEST_BACKENDS (names, separated by commas) says that it has to be there."""

import os

import pytest

from colorize_cli import plugins
from colorize_cli.core.errors import UnavailableError

INFERENCE = ("onnx", "openvino", "torch", "tensorflow")
TRAINING = ("torch", "tensorflow")


def choose(chooser, name):
    try:
        return chooser(name)
    except UnavailableError as error:
        if name in os.environ.get("COLORIZE_TEST_BACKENDS", "").split(","):
            pytest.fail(f"COLORIZE_TEST_BACKENDS asks for {name}: {error}")
        pytest.skip(str(error))


@pytest.fixture(params=INFERENCE)
def backend(request):
    """Every backend that colours, in turn."""
    return choose(plugins.choose_inference_backend, request.param)


@pytest.fixture(params=TRAINING)
def trainer(request):
    """Every backend that trains, in turn."""
    return choose(plugins.choose_training_backend, request.param)


@pytest.fixture(scope="session")
def trainers():
    """All backends that train, by name: skips where one of them is absent."""
    return {name: choose(plugins.choose_training_backend, name) for name in TRAINING}
