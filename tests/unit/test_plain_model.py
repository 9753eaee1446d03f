import numpy as np
import pytest

from colorize_cli.core import compiled_library
from colorize_cli.core.compiled_library import compiled_loops
from colorize_cli.core.model_choice import BUNDLED_FOLDER
from colorize_cli.core.model_file import read_model, write_model
from colorize_cli.core.plain_model import plain_model
from compiled_libraries import needs_compiler
from tiny_models import make_model

pytestmark = needs_compiler


@pytest.fixture
def loops(library, monkeypatch):
    monkeypatch.setattr(compiled_library, "PLACE", library)
    return compiled_loops()


@pytest.fixture
def path(tmp_path):
    write_model(tmp_path / "m.safetensors", make_model(3))
    return tmp_path / "m.safetensors"


@pytest.mark.parametrize("is_mapped", [False, True])
def test_it_is_identified_as_by_numpy(loops, path, is_mapped):
    model, found = read_model(path), plain_model(path)
    assert found is not None
    assert found.generator == model.generator
    assert found.identity(loops, is_mapped=is_mapped) == model.identity


def test_the_bundled_model_is_plain(loops):
    path = BUNDLED_FOLDER / "natural.safetensors"
    assert plain_model(path).identity(loops, is_mapped=True) == read_model(path).identity


def test_weights_that_are_no_numbers_are_left_to_whoever_says_so(loops, path):
    model = make_model(3)
    name = sorted(model.weights)[5]
    model.weights[name].flat[-1] = np.nan
    where = plain_model(path).places[name]
    data = bytearray(path.read_bytes())
    data[where[0] : sum(where)] = model.weights[name].tobytes()
    path.write_bytes(data)
    assert plain_model(path).identity(loops) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-4],
        lambda data: data + b"\0" * 4,
        lambda data: data.replace(b'"F32"', b'"I32"', 1),
        lambda data: data.replace(b'\\"base_width\\": 2', b'\\"base_width\\": 3'),
        lambda data: data.replace(b'"colorize":"{', b'"colorize":"1', 1),
        lambda data: b"no model",
        lambda data: b"\x02\0\0\0\0\0\0\0[]",
        lambda data: b"",
    ],
)
def test_what_is_not_plainly_whole_is_left_to_whoever_says_why(path, damage):
    path.write_bytes(damage(path.read_bytes()))
    assert plain_model(path) is None


def test_a_file_that_is_not_there_is_none(tmp_path):
    assert plain_model(tmp_path / "none.safetensors") is None
