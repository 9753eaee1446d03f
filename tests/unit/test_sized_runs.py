"""Runs whose recipe shows pictures at several sizes."""

import json
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from colorize_cli.core.errors import UsageError
from colorize_trainers.estimates import estimate_run, memory_bytes
from colorize_trainers.interruption import StopRequest
from colorize_trainers.run_directory import RunConfig
from fake_cgan import FakeTrainingBackend
from packed_data import pack_photos
from run_sessions import config_for, doing_at, resume, session, start

CHANGES = {
    "family": "efficientnet-unet",
    "has_skips": True,
    "discriminator": "patch",
    "size": 64,
    "sizes": (32, 64, 96),
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return pack_photos(tmp_path / "data", train=10, test=3, size=32)


def sized(data: Path, epochs: int = 3, batch_size: int = 4, **changes: Any) -> RunConfig:
    config = config_for(data, epochs=epochs, batch_size=batch_size)
    return replace(config, recipe=replace(config.recipe, **{**CHANGES, **changes}))


def sizes_seen(backend: FakeTrainingBackend) -> list[int]:
    """Return the sides of the pictures of each step: four of them a step, but two in the last."""
    counts = [4, 4, 2] * len(backend.made[0].seen)
    pixels = zip(backend.made[0].seen, counts, strict=False)
    return [int(np.sqrt(len(gray) / 4 / count)) for gray, count in pixels]


def test_a_run_shows_every_size_and_keeps_its_networks_own(data: Path, tmp_path: Path) -> None:
    backend = FakeTrainingBackend()
    run = start(sized(data), tmp_path / "run", backend).run
    assert set(sizes_seen(backend)) == {32, 64, 96}
    assert backend.made[0].config.generator.size == 64
    config = run.read_config()
    assert config.recipe.size == 64
    assert "size" not in config.origins
    assert config.recipe.sizes == (32, 64, 96)


def test_its_test_photos_are_scored_at_their_own_size(data: Path, tmp_path: Path) -> None:
    run = start(sized(data), tmp_path / "run").run
    plain = start(config_for(data), tmp_path / "plain").run
    scores = [
        json.loads(one.metrics.read_text().splitlines()[0])["test"]["ab_error"]
        for one in (run, plain)
    ]
    assert scores[0] == scores[1]  # the fake's colour is the same everywhere


def test_an_interrupted_run_goes_on_with_the_sizes_of_an_undisturbed_one(
    data: Path, tmp_path: Path
) -> None:
    stop = StopRequest()
    whole, second = FakeTrainingBackend(), FakeTrainingBackend()
    first = doing_at(5, lambda: stop.receive(signal.SIGINT, None))
    start(sized(data), tmp_path / "whole", whole)
    start(sized(data), tmp_path / "parts", first, session(stop=stop))
    resume(tmp_path / "parts", second)
    assert whole.made[0].seen == first.made[0].seen + second.made[0].seen


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sizes": (32, 80)}, "multiples of 32; pictures cannot be shown to it at 80 pixels"),
        ({"sizes": (0,)}, "at 0 pixels"),
        ({"family": "unet", "sizes": (64, 96)}, "multiples of 64; .* at 96 pixels"),
        ({"discriminator": "whole"}, "takes 64 pixels alone; pictures of several sizes need"),
        ({"batch_size": 1}, "pictures of 32 pixels need a --batch-size of at least 2"),
        ({"micro_batch": 2}, "pictures of 32 pixels need a --micro-batch of at least 3"),
    ],
)
def test_sizes_that_the_networks_do_not_take_are_refused(
    data: Path, tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(UsageError, match=reason):
        start(sized(data, **changes), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_photos_that_cannot_be_scored_are_refused(tmp_path: Path) -> None:
    odd = pack_photos(tmp_path / "odd", train=10, test=3, size=48)
    with pytest.raises(UsageError, match="photos of 48 pixels are scored at that size") as caught:
        start(sized(odd), tmp_path / "run")
    assert caught.value.path == odd


def test_one_picture_is_enough_where_no_map_shrinks_to_one_value(
    data: Path, tmp_path: Path
) -> None:
    config = sized(data, epochs=1, batch_size=1, sizes=(64, 96))
    assert start(config, tmp_path / "run").position.step == 10


def test_an_estimate_reckons_with_the_largest_pictures(data: Path) -> None:
    config = sized(data)
    found = estimate_run(config, FakeTrainingBackend(), device="cpu").memory_bytes
    networks = config.recipe.cgan_config()
    assert found == memory_bytes(networks, batch_size=4, size=96)
    assert found > memory_bytes(networks, batch_size=4) > memory_bytes(
        networks, batch_size=4, size=32
    )  # fmt: skip
