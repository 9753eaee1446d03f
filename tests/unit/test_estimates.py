"""What a run is going to take."""

from dataclasses import replace
from pathlib import Path

import pytest

from colorize_cli.core.architecture import GeneratorSpec, build_generator
from colorize_cli.core.cgan_config import CganConfig
from colorize_trainers.estimates import activations, estimate_run, memory_bytes
from colorize_trainers.recipes import RECIPES
from fake_cgan import FakeTrainingBackend
from packed_data import pack_photos
from run_sessions import config_for


def test_activations_are_counted_layer_by_layer() -> None:
    # Without skips at 16 pixels: 8x8 of 2, 4x4 of 4, 2x2 of 8, 1x1 of 16 and back, worked out by
    # hand; each convolution has the norms and activations around it counted as well.
    network = build_generator(GeneratorSpec(output="ab", has_skips=False, base_width=2, size=16))
    sides = {"down1": 8, "down2": 4, "down3": 2, "down4": 1}
    widths = {"down1": 2, "down2": 4, "down3": 8, "down4": 16}
    expected = 0
    for layer in network.layers:
        level = layer.name.split(".")[0]
        if level in sides:
            expected += widths[level] * sides[level] ** 2
    down = activations(
        type(network)(
            inputs=network.inputs,
            layers=tuple(x for x in network.layers if x.name.split(".")[0] in sides),
            stride=network.stride,
        ),
        16,
    )
    assert down == expected


def test_the_papers_memory_is_of_the_right_order() -> None:
    # 41.8 and 2.8 million parameters of 4 bytes, four times over; pictures come on top.
    config = RECIPES["paper-skip"].cgan_config()
    assert memory_bytes(config, batch_size=1) == pytest.approx(4 * 4 * 44.6e6, rel=0.1)
    assert 1e9 < memory_bytes(config, batch_size=32) < 2e9


def test_parts_of_a_batch_take_less_and_an_average_more() -> None:
    whole = memory_bytes(CganConfig(), batch_size=32)
    assert memory_bytes(CganConfig(micro_batch=8), batch_size=32) < whole
    assert memory_bytes(CganConfig(ema_decay=0.9), batch_size=32) > whole


def test_an_estimate_times_a_few_steps_and_writes_nothing(tmp_path: Path) -> None:
    data = pack_photos(tmp_path / "data", train=10, test=3)
    backend = FakeTrainingBackend()
    found = estimate_run(config_for(data), backend, device="cpu")
    assert found.steps == 9
    assert found.seconds == pytest.approx(9 * found.seconds_per_step)
    assert len(backend.made[0].rates) == 4
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_no_size_is_timed_in_its_first_step(tmp_path: Path) -> None:
    data = pack_photos(tmp_path / "data", train=10, test=3, size=32)
    config = config_for(data)
    sized = replace(
        config, recipe=replace(config.recipe, size=32, sizes=(32, 64), discriminator="patch")
    )
    backend = FakeTrainingBackend()
    plan = estimate_run(sized, backend, device="cpu").plan
    sizes = [plan.size_in(batch % plan.batches, epoch=batch // plan.batches) for batch in range(4)]
    assert set(sizes) == {32, 64}
    # Of each size but the first, one step more.
    assert len(backend.made[0].rates) == 4 + len(set(sizes)) - 1
