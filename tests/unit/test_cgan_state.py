import numpy as np
import pytest

from colorize_cli.core.architecture import DiscriminatorSpec, GeneratorSpec
from colorize_cli.core.backend import CganConfig
from colorize_cli.core.cgan_state import check_state, initial_state, weights_of
from colorize_cli.core.errors import BadConfigError

CONFIG = CganConfig(
    generator=GeneratorSpec(output="ab", base_width=2, size=16),
    discriminator=DiscriminatorSpec(output="ab", base_width=2, size=16),
)


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
