"""Backends that each break one promise of rates, warm-up, averages or micro-batches."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from colorize_cli.core.batches import parts_of
from colorize_cli.core.cgan_state import AVERAGE, GENERATOR, weights_of
from faulty_backends import Fault
from faulty_trainers import FaultyCgan, faulty_trainer


def at_full_rate(cgan, gray, color, **how):
    return cgan.train_step(gray, color, **{**how, "rate": 1.0})


def judged_from_the_start(cgan, gray, color, **how):
    losses = cgan.train_step(gray, color, **{**how, "phase": "adversarial"})
    if how.get("phase") == "warm_up":
        return {name: losses[name] for name in ("generator", "l1")}
    return losses


def watched_while_warming_up(cgan, gray, color, **how):
    """Let the discriminator's statistics see the batch."""
    before = cgan.state()
    if how.get("phase") == "warm_up":
        cgan.train_step(gray, color)
    seen = {
        name: array for name, array in cgan.state().items()
        if name.startswith("discriminator/") and ".running_" in name
    }  # fmt: skip
    cgan.restore(before)
    losses = cgan.train_step(gray, color, **how)
    if how.get("phase") == "warm_up":
        cgan.restore({**cgan.state(), **seen})
    return losses


def averaging(change: Callable[..., Any]) -> Any:
    """Return what makes CGANs whose state a step changes, given those before it and after."""

    def create(make, config, device, seed):
        def train_step(cgan, gray, color, **how):
            before = cgan.state()
            losses = cgan.train_step(gray, color, **how)
            if config.ema_decay:
                cgan.restore(change(config.ema_decay, before, cgan.state()))
            return losses

        return FaultyCgan(make(config, device=device, seed=seed), {"train_step": train_step})

    return create


def at_full_decay(decay, before, after):
    weights, averages = weights_of(after, GENERATOR), weights_of(before, AVERAGE)
    moved = {
        f"{AVERAGE}/{name}": array + np.float32(1 - decay) * (weights[name] - array)
        for name, array in averages.items()
    }
    return {**after, **moved}


def copying_statistics(decay, before, after):
    latest = {f"{AVERAGE}/{name}": array for name, array in weights_of(after, GENERATOR).items()}
    return {
        name: latest[name] if name in latest and ".running_" in name else array
        for name, array in after.items()
    }


def showing_the_latest(make, config, device, seed):
    def generate(cgan, gray):
        plain = make(replace(config, ema_decay=0.0), device=device, seed=seed)
        state = cgan.state()
        plain.restore({name: state[name] for name in state if not name.startswith(AVERAGE)})
        return plain.generate(gray)

    return FaultyCgan(make(config, device=device, seed=seed), {"generate": generate})


def lost_average(cgan, state):
    averages = {f"{AVERAGE}/{name}": array for name, array in weights_of(state, GENERATOR).items()}
    cgan.restore({name: averages.get(name, array) for name, array in state.items()})


def never_in_parts(make, config, device, seed):
    return make(replace(config, micro_batch=None), device=device, seed=seed)


def in_parts_too_small(make, config, device, seed):
    most = 3 if config.micro_batch else None
    return make(replace(config, micro_batch=most), device=device, seed=seed)


def updating_by_parts(make, config, device, seed):
    def train_step(cgan, gray, color, **how):
        if config.micro_batch is None:
            return cgan.train_step(gray, color, **how)
        parts = parts_of(len(gray), config.micro_batch)
        return [cgan.train_step(gray[part], color[part], **how) for part in parts][-1]

    return FaultyCgan(never_in_parts(make, config, device, seed), {"train_step": train_step})


SCHEDULE_FAULTS = (
    Fault("rate ignored", lambda: faulty_trainer(train_step=at_full_rate), ("rate",)),
    Fault("no warm-up", lambda: faulty_trainer(train_step=judged_from_the_start), ("warm-up",)),
    Fault(
        "warm-up before the discriminator's eyes",
        lambda: faulty_trainer(train_step=watched_while_warming_up),
        ("warm-up",),
    ),
    Fault(
        "average that remembers its start",
        lambda: faulty_trainer(create=averaging(at_full_decay)),
        ("average",),
    ),
    Fault(
        "statistics that are not averaged",
        lambda: faulty_trainer(create=averaging(copying_statistics)),
        ("average",),
    ),
    Fault(
        "generates without the average",
        lambda: faulty_trainer(create=showing_the_latest),
        ("generate",),
    ),
    Fault("lost average", lambda: faulty_trainer(restore=lost_average), ("restore",)),
    Fault("no parts", lambda: faulty_trainer(create=never_in_parts), ("micro-batch",)),
    Fault("a step by part", lambda: faulty_trainer(create=updating_by_parts), ("micro-batch",)),
    Fault(
        "parts that are too small",
        lambda: faulty_trainer(create=in_parts_too_small),
        ("micro-batch-whole",),
    ),
)
