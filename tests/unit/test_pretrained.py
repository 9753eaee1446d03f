"""Encoders that others trained: their weights, under our names."""

import hashlib
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from colorize_cli.core.architecture import GeneratorSpec, build_generator
from colorize_cli.core.cgan_state import weights_of
from colorize_cli.core.errors import BadConfigError, UnavailableError, UsageError
from colorize_cli.core.layers import Network, draw_parameters, parameters
from colorize_cli.core.model_file import read_model
from colorize_trainers import pretrained
from colorize_trainers.checkpointing import read_checkpoint
from colorize_trainers.pretrained import encoder_of, pretrained_encoder
from colorize_trainers.run_directory import RunConfig
from lite0_weights import PACKAGE, drawn_tensors, last_maps, weights_package
from packed_data import pack_photos
from run_sessions import config_for, resume, start

NAME = "efficientnet-lite0"
SPEC = GeneratorSpec(family="efficientnet-unet", output="ab", base_width=2, size=32)


@pytest.fixture
def theirs() -> dict[str, NDArray[Any]]:
    return drawn_tensors()


@pytest.fixture
def package(
    theirs: dict[str, NDArray[Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Install weights that are drawn, and let them be the known ones."""
    data = weights_package(tmp_path / "packages", theirs)
    monkeypatch.syspath_prepend(tmp_path / "packages")
    monkeypatch.setattr(pretrained, "SHA256", hashlib.sha256(data).hexdigest())
    return tmp_path / "packages" / PACKAGE


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, PACKAGE, None)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return pack_photos(tmp_path / "data", train=8, test=2, size=32)


def natural(data: Path, **changes: Any) -> RunConfig:
    """Return the settings of a short run whose generator begins with the pretrained encoder."""
    config = config_for(data, epochs=1, **changes)
    recipe = replace(
        config.recipe, family="efficientnet-unet", has_skips=True, encoder=NAME, size=32
    )
    return replace(config, recipe=recipe)


def test_an_encoder_has_the_names_and_shapes_of_the_generators_table(package: Path) -> None:
    found = pretrained_encoder(NAME)
    table = {
        entry.name: entry.shape
        for entry in parameters(build_generator(SPEC))
        if entry.name.startswith("encoder.")
    }
    assert {name: array.shape for name, array in found.items()} == table
    assert {array.dtype for array in found.values()} == {np.dtype(np.float32)}


def test_the_package_is_found_and_not_run(package: Path) -> None:
    pretrained_encoder(NAME)
    assert PACKAGE not in sys.modules


def test_each_array_is_the_files_own_but_for_stem_and_variances(
    theirs: dict[str, NDArray[Any]],
) -> None:
    found = encoder_of(theirs)
    for ours, own in {
        "encoder.stem.norm.weight": "_bn0.weight",
        "encoder.block1.depthwise.convolution.weight": "_blocks.0._depthwise_conv.weight",
        "encoder.block1.project.norm.bias": "_blocks.0._bn2.bias",
        "encoder.block2.expand.convolution.weight": "_blocks.1._expand_conv.weight",
        "encoder.block16.expand.norm.running_mean": "_blocks.15._bn0.running_mean",
        "encoder.block16.depthwise.norm.weight": "_blocks.15._bn1.weight",
        "encoder.block16.project.convolution.weight": "_blocks.15._project_conv.weight",
    }.items():
        np.testing.assert_array_equal(found[ours], theirs[own])
    red, green, blue = np.moveaxis(theirs["_conv_stem.weight"], 1, 0)
    stem = found["encoder.stem.convolution.weight"]
    np.testing.assert_allclose(stem[:, 0], red + green + blue, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        found["encoder.stem.norm.running_var"] + 1e-5,
        theirs["_bn0.running_var"] + 1e-3,
        rtol=1e-6,
    )


def test_the_encoder_sees_in_gray_what_the_original_sees_in_three_equal_channels(
    theirs: dict[str, NDArray[Any]],
) -> None:
    """At 64 x 96: the uneven padding of TensorFlow matters at every size that is halved.

    In double precision, as drawn weights let differences grow from block to block.
    """
    torch = pytest.importorskip("torch")
    from colorize_torch.networks import TableNetwork

    table = build_generator(SPEC)
    gray = np.random.default_rng(5).uniform(-1, 1, (2, 1, 64, 96))
    weights = {**draw_parameters(table, np.random.default_rng(1)), **encoder_of(theirs)}
    expected = last_maps(theirs, np.repeat(gray, 3, axis=1))
    for number in (1, 3, 5, 11, 16):
        network = TableNetwork(up_to_block(table, number)).eval()
        network.load(weights)
        with torch.no_grad():
            found = network.double()(torch.from_numpy(gray)).numpy()
        scale = np.abs(expected[number - 1]).max()
        np.testing.assert_allclose(found, expected[number - 1], rtol=0, atol=1e-5 * scale)


def up_to_block(table: Network, number: int) -> Network:
    places = [
        place
        for place, layer in enumerate(table.layers)
        if layer.name.startswith(f"encoder.block{number}.")
    ]
    return replace(table, layers=table.layers[: places[-1] + 1])


def test_other_weights_than_the_known_ones_are_refused(package: Path) -> None:
    path = package / "models" / "efficientnet-lite0-57934424.pth"
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    with pytest.raises(BadConfigError, match="damaged, or other weights") as caught:
        pretrained_encoder(NAME)
    assert caught.value.path == path


def test_the_known_weights_are_those_of_the_files_name() -> None:
    """The digits after the last dash are the first of its SHA-256, as PyTorch's hub has it."""
    digits = re.search(r"-([0-9a-f]{8})\.pth", pretrained.FILE.name)
    assert digits
    assert pretrained.SHA256.startswith(digits[1])


def test_without_the_package_the_remedy_is_told(no_package: None) -> None:
    with pytest.raises(UnavailableError, match=r"pip install 'colorize-gan\[natural\]'"):
        pretrained_encoder(NAME)


def test_a_package_without_its_file_is_told(package: Path) -> None:
    (package / "models" / "efficientnet-lite0-57934424.pth").unlink()
    with pytest.raises(UnavailableError, match="cannot be read"):
        pretrained_encoder(NAME)


def test_an_unknown_encoder_is_refused_with_the_names() -> None:
    with pytest.raises(UsageError, match=r"no pretrained encoder 'lite9'.*efficientnet-lite0"):
        pretrained_encoder("lite9")


def test_a_run_begins_with_the_encoder_and_draws_the_rest(
    data: Path, tmp_path: Path, package: Path
) -> None:
    run = start(natural(data, ema_decay=0.9), tmp_path / "run").run
    state, _ = read_checkpoint(run.last)  # a fake's weights do not move
    drawn = draw_parameters(build_generator(natural(data).recipe.cgan_config().generator),
                            np.random.default_rng([0, 0]))  # fmt: skip
    expected = {**drawn, **pretrained_encoder(NAME)}
    for network in ("generator", "average"):
        found = weights_of(state, network)
        assert found.keys() == expected.keys()
        for name, array in expected.items():
            np.testing.assert_array_equal(found[name], array)
    assert read_model(run.model).training["encoder"] == NAME
    assert f"encoder begun from {NAME}" in run.card.read_text("utf-8")


def test_going_on_does_not_need_the_package(
    data: Path, tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(natural(data), tmp_path / "run")
    monkeypatch.setitem(sys.modules, PACKAGE, None)
    assert resume(tmp_path / "run", epochs=2).position.epoch == 2


def test_a_run_that_cannot_begin_leaves_nothing(
    data: Path, tmp_path: Path, no_package: None
) -> None:
    with pytest.raises(UnavailableError):
        start(natural(data), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_start_that_is_given_stands_in_for_the_encoder(
    data: Path, tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = start(natural(data), tmp_path / "first").run
    monkeypatch.setitem(sys.modules, PACKAGE, None)
    run = start(natural(data, start={"name": str(first.path)}), tmp_path / "run").run
    config = run.read_config()
    assert (config.recipe.encoder, config.origins["encoder"]) == (None, "--from")
    assert "encoder" not in read_model(run.model).training


def test_a_generator_without_such_an_encoder_is_refused(
    data: Path, tmp_path: Path, package: Path
) -> None:
    config = natural(data)
    config = replace(config, recipe=replace(config.recipe, family="unet"))
    with pytest.raises(BadConfigError, match="weights do not fit this generator"):
        start(config, tmp_path / "run")
