"""What every backend that trains promises."""

import numpy as np
import pytest

from colorize_cli import plugins
from colorize_cli.core.architecture import (
    DiscriminatorSpec,
    GeneratorSpec,
    build_discriminator,
    build_generator,
)
from colorize_cli.core.backend import TrainingBackend
from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.errors import BadConfigError, UnavailableError, UsageError
from colorize_cli.core.layers import draw_parameters, parameters
from colorize_cli.core.model_file import Model
from colorize_cli.core.onnx_graph import read_model
from colorize_cli.testing import samples as kit
from tiny_models import STRIDE, make_gray, make_model

CONFIG = CganConfig(
    generator=GeneratorSpec(output="ab", base_width=2, size=STRIDE),
    discriminator=DiscriminatorSpec(output="ab", base_width=2, size=STRIDE),
    l1_weight=10.0,
)
NETWORKS = {
    "generator": build_generator(CONFIG.generator),
    "discriminator": build_discriminator(CONFIG.discriminator),
}


def make_pair(seed=0, batch=4):
    random = np.random.default_rng(seed)
    color = random.uniform(-1, 1, (batch, 2, STRIDE, STRIDE)).astype(np.float32)
    return make_gray(batch, seed=seed), color


def make_cgan(trainer, seed=0):
    return trainer.create_cgan(CONFIG, device="cpu", seed=seed)


def parameters_in(state, network):
    """Return a network's parameters without the optimizer's moments and steps."""
    names = {entry.name for entry in parameters(NETWORKS[network])}
    return {name: state[f"{network}/{name}"] for name in names}


def assert_equal_states(first, second):
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def test_it_satisfies_the_contract(trainer):
    assert isinstance(trainer, TrainingBackend)
    assert {"train", "export:onnx"} <= trainer.capabilities


@pytest.mark.parametrize("network", NETWORKS)
def test_names_and_shapes_of_parameters_are_the_tables(trainer, network):
    state = make_cgan(trainer).state()
    learnt = [entry for entry in parameters(NETWORKS[network]) if entry.is_trainable]
    expected = {entry.name: entry.shape for entry in parameters(NETWORKS[network])}
    for moment in ("first_moment", "second_moment"):
        expected |= {f"{entry.name}/{moment}": entry.shape for entry in learnt}
    prefix = f"{network}/"
    found = {
        name.removeprefix(prefix): array.shape
        for name, array in state.items()
        if name.startswith(prefix)
    }
    assert found == {**expected, "step": ()}


@pytest.mark.parametrize(("stream", "network"), [(0, "generator"), (1, "discriminator")])
def test_initial_parameters_are_those_that_every_backend_draws(trainer, stream, network):
    state = make_cgan(trainer, seed=7).state()
    drawn = draw_parameters(NETWORKS[network], np.random.default_rng([7, stream]))
    assert_equal_states(parameters_in(state, network), drawn)


def test_a_step_changes_both_networks_and_gives_finite_losses(trainer):
    cgan = make_cgan(trainer)
    before = cgan.state()
    losses = cgan.train_step(*make_pair())
    assert {"discriminator", "generator", "adversarial", "l1"} <= losses.keys()
    assert all(np.isfinite(value) for value in losses.values())
    after = cgan.state()
    for network in NETWORKS:
        name = f"{network}/down1.convolution.weight"
        assert not np.array_equal(before[name], after[name])
        assert after[f"{network}/step"] == 1


def test_the_l1_loss_is_the_mean_absolute_difference(trainer):
    cgan = make_cgan(trainer)
    gray, color = make_pair()
    losses = cgan.train_step(gray, color)
    # Both in [-1, 1], and an untrained generator gives hardly anything but zero.
    assert losses["l1"] == pytest.approx(np.abs(color).mean(), abs=0.05)
    assert losses["generator"] == pytest.approx(
        losses["adversarial"] + CONFIG.l1_weight * losses["l1"], rel=1e-4
    )


def test_training_lowers_the_l1_loss(trainer):
    cgan = make_cgan(trainer)
    gray, color = make_pair()
    color = np.full_like(color, 0.5)
    first = cgan.train_step(gray, color)["l1"]
    for _ in range(15):
        last = cgan.train_step(gray, color)["l1"]
    assert last < first


def test_the_same_seed_trains_to_the_same_numbers(trainer):
    first, second = make_cgan(trainer), make_cgan(trainer)
    for seed in range(2):
        first.train_step(*make_pair(seed))
        second.train_step(*make_pair(seed))
    assert_equal_states(first.state(), second.state())


def test_a_restored_state_continues_identically(trainer):
    first = make_cgan(trainer)
    first.train_step(*make_pair(0))
    second = make_cgan(trainer, seed=99)
    second.restore(first.state())
    assert_equal_states(first.state(), second.state())
    for seed in (1, 2):
        first.train_step(*make_pair(seed))
        second.train_step(*make_pair(seed))
    assert_equal_states(first.state(), second.state())


def test_a_state_is_a_copy(trainer):
    cgan = make_cgan(trainer)
    state = cgan.state()
    before = {name: array.copy() for name, array in state.items()}
    cgan.train_step(*make_pair())
    assert_equal_states(state, before)


@pytest.mark.parametrize("fault", ["missing", "shape"])
def test_a_state_that_does_not_fit_is_refused(trainer, fault):
    cgan = make_cgan(trainer)
    state = cgan.state()
    array = state.pop("generator/down1.convolution.weight")
    if fault == "shape":
        state["generator/down1.convolution.weight"] = array[:, :, :2]
    with pytest.raises(BadConfigError):
        cgan.restore(state)


def test_batches_are_left_as_they_were(trainer):
    gray, color = make_pair()
    before = gray.copy(), color.copy()
    make_cgan(trainer).train_step(gray, color)
    np.testing.assert_array_equal(gray, before[0])
    np.testing.assert_array_equal(color, before[1])


def test_generating_changes_nothing(trainer):
    cgan = make_cgan(trainer)
    cgan.train_step(*make_pair())
    before = cgan.state()
    cgan.generate(make_gray(3))
    assert_equal_states(cgan.state(), before)


def test_what_it_generates_the_embedded_backend_generates_from_its_weights(trainer):
    cgan = make_cgan(trainer)
    for seed in range(3):
        cgan.train_step(*make_pair(seed))
    model = Model(generator=CONFIG.generator, weights=parameters_in(cgan.state(), "generator"))
    gray = make_gray(2, 2, 1)
    embedded = plugins.choose_inference_backend("onnx").load_colorizer(model, device="cpu")
    np.testing.assert_allclose(cgan.generate(gray), embedded(gray), atol=1e-4)


def test_what_it_exports_colours_as_it_does(trainer, tmp_path):
    model = make_model()
    trainer.export(model, tmp_path / "m.onnx", form="onnx")
    exported = read_model(tmp_path / "m.onnx")
    embedded = plugins.choose_inference_backend("onnx").load_colorizer(exported, device="cpu")
    gray = make_gray(2, 1, 2)
    expected = trainer.load_colorizer(model, device="cpu")(gray)
    np.testing.assert_allclose(embedded(gray), expected, atol=1e-4)


def test_every_form_that_it_exports_colours_as_it_does_when_loaded_again(trainer, tmp_path):
    model = make_model()
    original = trainer.load_colorizer(model, device="cpu")
    forms = [name.removeprefix("export:") for name in trainer.capabilities if ":" in name]
    for form in sorted(set(forms) - {"onnx"}):
        trainer.export(model, tmp_path / form, form=form)
        exported = trainer.load_export(tmp_path / form, form=form)
        # One picture of one stride, and batch, height and width that all differ.
        for shape in ((1, 1, 1), (3, 1, 2), (2, 3, 1)):
            gray = make_gray(*shape)
            np.testing.assert_allclose(exported(gray), original(gray), atol=1e-4)


@pytest.mark.parametrize("form", ["clay", "onnx"])
def test_a_form_that_it_does_not_load_is_a_usage_error(trainer, tmp_path, form):
    with pytest.raises(UsageError, match=form):
        trainer.load_export(tmp_path / "m", form=form)


def test_an_unknown_form_of_export_is_a_usage_error(trainer, tmp_path):
    with pytest.raises(UsageError, match="clay"):
        trainer.export(make_model(), tmp_path / "m", form="clay")
    assert list(tmp_path.iterdir()) == []


def test_it_says_where_it_trains(trainer):
    assert make_cgan(trainer).device == "cpu"


def test_training_on_a_device_that_is_not_there_is_refused(trainer):
    with pytest.raises(UnavailableError):
        trainer.create_cgan(CONFIG, device="cuda:99")


def test_nothing_reaches_stdout(trainer, capfd):
    make_cgan(trainer).train_step(*make_pair())
    assert capfd.readouterr().out == ""


DROPPING = CganConfig(
    generator=GeneratorSpec(family="unet-dropout", output="ab", base_width=2, size=STRIDE),
    discriminator=CONFIG.discriminator,
    l1_weight=10.0,
    micro_batch=3,
)


def test_a_run_with_dropout_goes_on_in_the_middle_byte_for_byte(trainer):
    whole = trainer.create_cgan(DROPPING, device="cpu", seed=5)
    for seed in range(2):
        whole.train_step(*make_pair(seed))
    half = whole.state()
    losses = [whole.train_step(*make_pair(seed)) for seed in (2, 3)]
    resumed = trainer.create_cgan(DROPPING, device="cpu", seed=5)
    resumed.restore(half)
    assert [resumed.train_step(*make_pair(seed)) for seed in (2, 3)] == losses
    assert_equal_states(resumed.state(), whole.state())


SHOWN = CganConfig(
    generator=GeneratorSpec(family="unet-dropout", output="ab", base_width=2, size=STRIDE),
    discriminator=DiscriminatorSpec(family="patch", output="ab", base_width=2, size=32),
    encoder_rate=0.0,
    discriminator_rate=0.0,
)


def test_a_discriminator_at_rate_0_is_left_as_it_was_but_for_statistics_and_moments(trainer):
    cgan = trainer.create_cgan(SHOWN, device="cpu", seed=0)
    before = cgan.state()
    random = np.random.default_rng(0)
    for height, width in ((32, 32), (48, 32)):
        gray, color = (
            random.uniform(-1, 1, (2, channels, height, width)).astype(np.float32)
            for channels in (1, 2)
        )
        cgan.train_step(gray, color)
    after = cgan.state()
    learnt = [
        entry.name for entry in parameters(build_discriminator(SHOWN.discriminator))
        if entry.is_trainable
    ]  # fmt: skip
    for name in learnt:
        np.testing.assert_array_equal(
            after[f"discriminator/{name}"], before[f"discriminator/{name}"]
        )
    assert after["discriminator/decision.weight/first_moment"].any()
    name = "generator/down1.convolution.weight"
    assert not np.array_equal(after[name], before[name])


def test_a_model_with_an_efficientnet_encoder_exports_in_every_form(trainer, tmp_path):
    model = kit.make_model(family="efficientnet-unet", size=32)
    original = trainer.load_colorizer(model, device="cpu")
    random = np.random.default_rng(0)
    grays = [
        random.uniform(-1, 1, (1, 1, height, width)).astype(np.float32)
        for height, width in ((32, 32), (32, 96))
    ]
    forms = [name.removeprefix("export:") for name in trainer.capabilities if ":" in name]
    for form in sorted(forms):
        path = tmp_path / f"m.{form}"
        trainer.export(model, path, form=form)
        if form == "onnx":
            embedded = plugins.choose_inference_backend("onnx")
            exported = embedded.load_colorizer(read_model(path), device="cpu")
        else:
            exported = trainer.load_export(path, form=form)
        for gray in grays:
            np.testing.assert_allclose(exported(gray), original(gray), atol=1e-4, err_msg=form)
