"""Backends that each break one promise of sizes, spectral norms, dropout, losses or rates."""

from dataclasses import replace
from itertools import count
from typing import Any

from faulty_backends import Fault
from faulty_trainers import FaultyCgan, faulty_trainer


def keeping_vectors(cgan, gray, color, **how):
    before = cgan.state()
    losses = cgan.train_step(gray, color, **how)
    kept = {name: array for name, array in before.items() if name.endswith(".weight_u")}
    if kept:
        cgan.restore({**cgan.state(), **kept})
    return losses


def of_the_first_size(make, config, device, seed):
    sizes = []

    def train_step(cgan, gray, color, **how):
        sizes.append(gray.shape[2:])
        rows, columns = (min(pair) for pair in zip(sizes[0], gray.shape[2:], strict=True))
        return cgan.train_step(gray[:, :, :rows, :columns], color[:, :, :rows, :columns], **how)

    return FaultyCgan(make(config, device=device, seed=seed), {"train_step": train_step})


def without_dropout(make, config, device, seed):
    plain = replace(config.generator, family="unet")
    is_dropping = config.generator.family == "unet-dropout"
    return make(
        replace(config, generator=plain) if is_dropping else config, device=device, seed=seed
    )


SEEDS = count(100)


def dropping_anyhow(make, config, device, seed):
    """Leave out values by how many CGANs there were, as by a random state of the process."""
    cgan = make(config, device=device, seed=seed)
    cgan._seed = next(SEEDS)
    return cgan


def dropping_while_generating(make, config, device, seed):
    def generate(cgan, gray):
        color = cgan.generate(gray)
        return color * 0.5 if config.generator.family == "unet-dropout" else color

    return FaultyCgan(make(config, device=device, seed=seed), {"generate": generate})


def without(**settings: Any) -> Any:
    """Return what makes CGANs that do not know some settings."""

    def create(make, config, device, seed):
        return make(replace(config, **settings), device=device, seed=seed)

    return faulty_trainer(create=create)


NETWORK_FAULTS = (
    Fault(
        "spectral norms that stay",
        lambda: faulty_trainer(train_step=keeping_vectors),
        ("spectral-norm",),
    ),
    Fault("one size", lambda: faulty_trainer(create=of_the_first_size), ("sizes",)),
    Fault("no dropout", lambda: faulty_trainer(create=without_dropout), ("dropout",)),
    # Rates are compared on a network with dropout.
    Fault(
        "dropout anyhow",
        lambda: faulty_trainer(create=dropping_anyhow),
        ("dropout", "network-rates"),
    ),
    Fault(
        "dropout in generating",
        lambda: faulty_trainer(create=dropping_while_generating),
        ("dropout",),
    ),
    Fault("chroma for nothing", lambda: without(chroma_weight=0.0), ("l1-weights",)),
    Fault("never smooth", lambda: without(smoothness=0.0), ("l1-weights",)),
    Fault("encoder at full rate", lambda: without(encoder_rate=1.0), ("network-rates",)),
    Fault(
        "discriminator at full rate", lambda: without(discriminator_rate=1.0), ("network-rates",)
    ),
)
