from dataclasses import replace

import numpy as np
import pytest

from colorize_cli.core.errors import BadConfigError, NoInputError
from colorize_cli.core.model_file import read_model, write_model
from colorize_cli.core.tensor_file import read_tensors, write_tensors
from tiny_models import make_model

WEIGHT = "down2.convolution.weight"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def rewrite_header(path, **changes):
    write_model(path, make_model())
    weights, header = read_tensors(path)
    kept = {key: value for key, value in {**header, **changes}.items() if value is not ...}
    write_tensors(path, weights, kept)


def test_what_is_written_is_read_again(path):
    model = make_model()
    write_model(path, model)
    found = read_model(path)
    assert found.identity == model.identity
    assert found.generator == model.generator
    assert found.training == {"recipe": "tiny", "steps": 3}
    assert found.license == "CC0-1.0"
    assert found.provenance == {"by": "the tests"}
    assert found.path == path


def test_the_header_states_what_is_needed_to_use_the_weights(path):
    write_model(path, make_model())
    header = read_tensors(path)[1]
    assert header["kind"] == "model"
    assert header["format_version"] == 1
    assert header["generator"]["output"] == "ab"
    assert header["color"]["ab"] == "ab / 110"


def test_the_identity_follows_the_weights_and_not_the_story():
    model = make_model()
    assert replace(model, training={}).identity == model.identity
    changed = {**model.weights, WEIGHT: model.weights[WEIGHT] + 1}
    assert replace(model, weights=changed).identity != model.identity


def test_weights_that_are_no_numbers_are_refused(path):
    model = make_model()
    spoilt = {**model.weights, WEIGHT: np.full_like(model.weights[WEIGHT], np.nan)}
    write_tensors(path, spoilt, model.header())
    with pytest.raises(BadConfigError, match=f"'{WEIGHT}' holds what is no number"):
        read_model(path)


def test_a_missing_file_is_missing_input(path):
    with pytest.raises(NoInputError):
        read_model(path)


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (None, f"{WEIGHT} is missing"),
        (np.zeros((4, 2, 4, 3), "f"), "has shape"),
        (np.zeros((4, 2, 4, 4), "d"), "is float64, not float32"),
    ],
)
def test_weights_that_do_not_fit_are_not_written(path, array, reason):
    model = make_model()
    weights = {name: value for name, value in model.weights.items() if name != WEIGHT}
    if array is not None:
        weights[WEIGHT] = array
    with pytest.raises(BadConfigError, match=reason):
        write_model(path, replace(model, weights=weights))
    assert not path.exists()


def test_weights_that_do_not_fit_are_not_read(path):
    write_model(path, make_model())
    weights, header = read_tensors(path)
    weights["extra"] = weights.pop(WEIGHT)
    write_tensors(path, weights, header)
    with pytest.raises(BadConfigError, match=r"is missing \(and 1 more\)") as caught:
        read_model(path)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": "checkpoint"}, "this is a checkpoint, not a model"),
        ({"format_version": 2}, "model format 2 is not known here .known: 1.; update colorize"),
        ({"color": {"space": "YUV"}}, "colour conventions"),
        ({"generator": ...}, "does not describe a generator"),
        ({"generator": {"family": "unet"}}, "description does not fit"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(path, changes, reason):
    rewrite_header(path, **changes)
    with pytest.raises(BadConfigError, match=reason) as caught:
        read_model(path)
    assert caught.value.path == path
    assert caught.value.status == 78
