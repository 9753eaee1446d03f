"""What a backend that trains promises of sizes, spectral norms, dropout, weights and rates."""

from collections.abc import Mapping
from functools import cache
from typing import Final

import numpy as np

from colorize_cli.core.backend import Cgan
from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.cgan_state import (
    DISCRIMINATOR,
    GENERATOR,
    State,
    initial_state,
    with_generator,
)
from colorize_cli.core.efficientnet_unet import ENCODER
from colorize_cli.testing import reference
from colorize_cli.testing.promises import TOLERANCE, expect, expect_close
from colorize_cli.testing.samples import (
    EVERY_LAYER,
    every_layer_model,
    make_batch,
    make_config,
    make_gray,
    make_model,
)
from colorize_cli.testing.schedule_checks import EPSILON, LEARNING_RATE, UPDATE_TOLERANCE, learnt_in
from colorize_cli.testing.subject import Subject
from colorize_cli.testing.training_checks import LOSS_TOLERANCE, copied

SIZES: Final = ((2, 2), (3, 2), (2, 2))
"""Heights and widths in strides: the least that a discriminator of patches leaves something of."""
WITH_DROPOUT: Final = "unet-dropout"
SEED: Final = 7
LEAST_CHANGE: Final = 1e-4
"""By how much a loss has to change, far above rounding, where other values are left out."""
DIFFERENCES: Final = ((5.5, 0.05), (0.0, 0.5), (2.0, 0.0))
"""Chroma weights and smoothness: both, and either alone."""
RATES: Final = ((0.25, 0.0), (0.0, 2.0))
"""Of encoder and discriminator."""


def takes_any_size(subject: Subject) -> None:
    """Take steps on pictures of two sizes, and compare their losses with the reference's."""
    config = make_config(judge="patch")
    cgan = subject.cgan(config)
    for rows, columns in SIZES:
        cgan.restore(initial_state(config, seed=0))
        batch = make_batch(rows=rows, columns=columns)
        size = "x".join(str(side) for side in batch[0].shape[2:])
        losses = cgan.train_step(*batch)
        _check_losses(losses, _first_step(config, rows, columns).losses, f"of pictures of {size}")


def moves_spectral_norms(subject: Subject) -> None:
    """Take a step, and compare losses and vectors with the reference's."""
    config = make_config(judge="patch-spectral")
    cgan = subject.cgan(config)
    cgan.restore(initial_state(config, seed=0))
    losses = cgan.train_step(*make_batch(rows=2, columns=2))
    expected, after = _first_step(config, 2, 2), cgan.state()
    _check_losses(losses, expected.losses, "beside spectral norms")
    for name, vector in expected.vectors.items():
        promised = f"{name} moved by a power iteration in each of two passes"
        expect_close(after[name], vector, promised, tolerance=TOLERANCE)


def drops_by_seed_and_step(subject: Subject) -> None:
    """Take the same step as if so many had been done: only what is left out changes its loss."""
    config, model = make_config(family=WITH_DROPOUT), make_model(family=WITH_DROPOUT)
    start = with_generator(config, initial_state(config, seed=0), model.weights)
    first, other, again = (subject.cgan(config, seed=seed) for seed in (SEED, SEED + 1, SEED))
    losses = [_loss_after(first, start, step) for step in range(3)]
    _check_changed(losses, "at each step")
    _check_changed([losses[0], _loss_after(other, start, 0)], "from another seed")
    promised = "after as many steps from the same seed, the same values left out by dropout"
    tolerance = 0 if subject.is_repeatable else LOSS_TOLERANCE
    found = np.array(_loss_after(again, start, 1))
    expect_close(found, np.array(losses[1]), promised, tolerance=tolerance)
    again.restore(start)
    promised = "generate leaves nothing out by chance"
    expected = reference.colored(model, make_gray(2))
    expect_close(again.generate(make_gray(2)), expected, promised, tolerance=TOLERANCE)


def _loss_after(cgan: Cgan, start: State, steps: int) -> float:
    cgan.restore({**start, f"{GENERATOR}/step": np.array(steps, np.int64)})
    return cgan.train_step(*make_batch(), phase="warm_up")["l1"]


def _check_changed(losses: list[float], when: str) -> None:
    changes = np.abs(np.diff([*losses, losses[0]]))
    promised = f"an l1 loss that tells that dropout leaves out other values {when}"
    found = ", ".join(f"{loss:.6f}" for loss in losses)
    expect(bool((changes > LEAST_CHANGE).all()), promised, found)


def weighs_chroma(subject: Subject) -> None:
    """Warm up with each kind of weighted L1 loss, and compare it with the formula's."""
    for chroma_weight, smoothness in DIFFERENCES:
        config = make_config(chroma_weight=chroma_weight, smoothness=smoothness)
        cgan = subject.cgan(config)
        cgan.restore(initial_state(config, seed=0))
        losses = cgan.train_step(*make_batch(), phase="warm_up")
        expected = _first_step(config, 1, 1).losses
        kind = f"with chroma_weight {chroma_weight} and smoothness {smoothness}"
        _check_losses(losses, expected, kind)


def heeds_the_networks_rates(subject: Subject) -> None:
    """Take the same step at three pairs of rates, and compare by how much the weights moved."""
    with every_layer_model():
        start, whole = _moved_at(subject, 1.0, 1.0)
        for rates in RATES:
            _, part = _moved_at(subject, *rates)
            for name in learnt_in(start):
                share = _share(name, *rates)
                steps = [state[name].astype(np.float64) - start[name] for state in (part, whole)]
                promised = f"{share} of the update of {name} at encoder and discriminator rates"
                tolerance = UPDATE_TOLERANCE * LEARNING_RATE if share else 0
                expect_close(steps[0], share * steps[1], f"{promised} {rates}", tolerance=tolerance)


@cache
def _first_step(config: CganConfig, rows: int, columns: int) -> reference.FirstStep:
    """Return what never changes: suites check many backends in one process."""
    batch = make_batch(rows=rows, columns=columns)
    return reference.first_step(config, initial_state(config, seed=0), *batch)


def _moved_at(
    subject: Subject, encoder_rate: float, discriminator_rate: float
) -> tuple[State, State]:
    """Return the states before and after a step."""
    config = make_config(
        family=EVERY_LAYER,
        learning_rate=LEARNING_RATE,
        epsilon=EPSILON,
        encoder_rate=encoder_rate,
        discriminator_rate=discriminator_rate,
    )
    cgan = subject.cgan(config)
    before = copied(cgan.state())
    cgan.train_step(*make_batch())
    return before, copied(cgan.state())


def _share(name: str, encoder_rate: float, discriminator_rate: float) -> float:
    if name.startswith(f"{DISCRIMINATOR}/"):
        return discriminator_rate
    return encoder_rate if name.startswith(f"{GENERATOR}/{ENCODER}.") else 1.0


def _check_losses(found: Mapping[str, float], expected: Mapping[str, float], kind: str) -> None:
    """Check the losses that tell what went through the networks, and through which first."""
    for name in ("adversarial", "l1"):
        if name in found:
            is_near = abs(found[name] - expected[name]) <= LOSS_TOLERANCE * max(1, expected[name])
            expect(is_near, f"the loss {name} = {expected[name]:.6f} {kind}", found[name])
