from dataclasses import replace

import numpy as np
import pytest

from colorize_cli.core.architecture import DiscriminatorSpec, GeneratorSpec
from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.cgan_state import (
    average_decay,
    check_state,
    dropout_seed,
    generator_weights,
    initial_state,
    rate_share,
    weights_of,
    with_generator,
)
from colorize_cli.core.errors import BadConfigError

CONFIG = CganConfig(
    generator=GeneratorSpec(output="ab", base_width=2, size=16),
    discriminator=DiscriminatorSpec(output="ab", base_width=2, size=16),
)
AVERAGED = replace(CONFIG, ema_decay=0.999)


def test_the_same_seed_draws_the_same_networks_and_another_seed_others() -> None:
    name = "generator/down1.convolution.weight"
    assert np.array_equal(initial_state(CONFIG, seed=1)[name], initial_state(CONFIG, seed=1)[name])
    assert not np.array_equal(
        initial_state(CONFIG, seed=1)[name], initial_state(CONFIG, seed=2)[name]
    )


def test_another_discriminator_leaves_the_generators_start_as_it_is() -> None:
    wider = CganConfig(
        generator=CONFIG.generator,
        discriminator=DiscriminatorSpec(output="ab", base_width=4, size=16),
    )
    ours, theirs = (weights_of(initial_state(c, seed=5), "generator") for c in (CONFIG, wider))
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_kernels_start_at_a_deviation_of_a_fiftieth_and_optimizers_at_nothing() -> None:
    state = initial_state(CganConfig(), seed=0)
    kernel = state["generator/down5.convolution.weight"]  # 4 million draws
    assert float(kernel.std()) == pytest.approx(0.02, rel=0.01)
    assert float(kernel.mean()) == pytest.approx(0, abs=1e-4)
    assert not state["generator/down5.convolution.weight/first_moment"].any()
    assert int(state["discriminator/step"]) == 0


def test_a_networks_weights_are_its_parameters_without_moments_and_step() -> None:
    names = set(weights_of(initial_state(CONFIG, seed=0), "discriminator"))
    assert "down2.norm.running_var" in names
    assert not any("moment" in name or name == "step" for name in names)


def test_a_state_with_a_missing_array_is_refused_by_name() -> None:
    state = initial_state(CONFIG, seed=0)
    del state["generator/step"]
    with pytest.raises(BadConfigError, match=r"does not fit this CGAN: see generator/step"):
        check_state(CONFIG, state)


def test_a_state_with_another_shape_is_refused_by_name() -> None:
    state = initial_state(CONFIG, seed=0)
    state["discriminator/decision.bias"] = np.zeros(2, np.float32)
    with pytest.raises(BadConfigError, match=r"decision\.bias has shape \(2,\), not \(1,\)"):
        check_state(CONFIG, state)


def test_an_average_begins_as_the_generator_with_all_of_its_arrays() -> None:
    state = initial_state(AVERAGED, seed=3)
    average = weights_of(state, "average")
    assert average.keys() == weights_of(state, "generator").keys()
    assert {"up1.convolution.bias", "down2.norm.running_var"} <= average.keys()
    for name, array in weights_of(state, "generator").items():
        assert np.array_equal(average[name], array)
        assert not np.shares_memory(average[name], array)
    check_state(AVERAGED, state)


def test_the_weights_to_colour_with_are_the_averaged_ones_where_there_are_any() -> None:
    plain, averaged = initial_state(CONFIG, seed=0), initial_state(AVERAGED, seed=0)
    name = "up1.convolution.bias"
    averaged[f"average/{name}"] = np.array([1, 2], np.float32)
    assert generator_weights(averaged)[name].tolist() == [1, 2]
    assert generator_weights(plain)[name].tolist() == [0, 0]


@pytest.mark.parametrize(("has", "wants"), [(CONFIG, AVERAGED), (AVERAGED, CONFIG)])
def test_a_checkpoint_with_an_average_fits_only_where_one_is_kept(
    has: CganConfig, wants: CganConfig
) -> None:
    with pytest.raises(BadConfigError, match=r"see average/down1\.convolution\.bias"):
        check_state(wants, initial_state(has, seed=0))


@pytest.mark.parametrize(
    ("step", "decay"), [(1, 2 / 11), (2, 3 / 12), (90, 91 / 100), (8990, 0.999), (10**6, 0.999)]
)
def test_an_average_remembers_little_at_first(step: int, decay: float) -> None:
    assert average_decay(AVERAGED, step=step) == pytest.approx(decay, rel=1e-6)


def test_a_generator_that_is_given_starts_the_average_too_and_leaves_the_rest() -> None:
    drawn = initial_state(AVERAGED, seed=0)
    given = weights_of(initial_state(CONFIG, seed=1), "generator")
    state = with_generator(AVERAGED, drawn, given)
    for name, array in given.items():
        assert np.array_equal(state[f"generator/{name}"], array)
        assert np.array_equal(state[f"average/{name}"], array)
    name = "discriminator/decision.weight"
    assert np.array_equal(state[name], drawn[name])
    assert state.keys() == drawn.keys()


def test_a_generator_that_does_not_fit_is_refused_by_name() -> None:
    state = initial_state(CONFIG, seed=0)
    given = weights_of(state, "generator") | {"down1.convolution.bias": np.zeros(3, np.float32)}
    with pytest.raises(BadConfigError, match=r"down1\.convolution\.bias has shape \(3,\)"):
        with_generator(CONFIG, state, given)


@pytest.mark.parametrize("changes", [{"ema_decay": 1.0}, {"ema_decay": -0.1}, {"micro_batch": 0}])
def test_settings_that_cannot_be_trained_with_are_refused(changes: dict[str, float]) -> None:
    with pytest.raises(BadConfigError):
        replace(CONFIG, **changes)  # type: ignore[arg-type]


def test_rates_differ_by_network_and_for_the_encoder() -> None:
    config = replace(CONFIG, encoder_rate=0.2, discriminator_rate=3.0)
    shares = {
        name: rate_share(config, network, name)
        for network, name in (
            ("generator", "encoder.stem.norm.bias"), ("generator", "decoder.level1.norm.bias"),
            ("generator", "encoders"), ("discriminator", "decision.bias"),
        )
    }  # fmt: skip
    assert shares == {
        "encoder.stem.norm.bias": 0.2, "decoder.level1.norm.bias": 1, "encoders": 1,
        "decision.bias": 3,
    }  # fmt: skip
    assert rate_share(config, "discriminator", "encoder.bias") == 3


def test_dropout_has_another_seed_in_every_run_step_and_worker() -> None:
    seeds = {
        dropout_seed(seed, step=step, rank=rank)
        for seed in range(3) for step in range(50) for rank in range(2)
    }  # fmt: skip
    assert len(seeds) == 300
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert dropout_seed(1, step=2) == dropout_seed(1, step=2, rank=0)


def test_chroma_cannot_be_weighted_where_none_is_predicted() -> None:
    with pytest.raises(BadConfigError, match="networks that predict ab"):
        CganConfig(chroma_weight=1.0)
