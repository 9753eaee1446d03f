"""Backends that each break one promise of training: PyTorch's with a planted fault."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from colorize_cli.core.cgan_state import MOMENTS
from faulty_backends import Fault


class FaultyCgan:
    """A correct CGAN, of which a fault replaces some methods, or what it says of its place."""

    def __init__(self, inner, replaced, device="cpu"):
        self._inner, self._replaced, self.device = inner, replaced, device

    def __getattr__(self, name):
        if name in self._replaced:
            return partial(self._replaced[name], self._inner)
        return getattr(self._inner, name)


def faulty_trainer(
    *, create: Callable[..., Any] | None = None, export: Callable[..., Any] | None = None, **methods
) -> Any:
    """Return PyTorch's backend with a fault in its CGANs or in itself."""
    from colorize_torch.backend import TorchBackend

    class FaultyTraining(TorchBackend):
        def create_cgan(self, config, *, device="auto", seed=0):
            make = super().create_cgan
            if create is not None:
                return create(make, config, device, seed)
            return FaultyCgan(make(config, device=device, seed=seed), methods)

        def export(self, model, path, *, form):
            write = super().export
            return (export or call_export)(write, model, path, form)

    return FaultyTraining()


def call_export(write, model, path, form):
    write(model, path, form=form)


def changed(state, ending, change):
    """Return a state in which arrays are changed whose names end so."""
    return {
        name: change(array) if name.endswith(ending) else array for name, array in state.items()
    }


def lost_moments(cgan, state):
    cgan.restore(changed(state, MOMENTS, np.zeros_like))


def lost_step(cgan, state):
    cgan.restore(changed(state, "/step", np.zeros_like))


def filled_up(cgan, state):
    own = cgan.state()
    fitting = {
        name: array for name, array in state.items()
        if name in own and own[name].shape == array.shape
    }  # fmt: skip
    cgan.restore({**own, **fitting})


def living_state() -> dict[str, Callable[..., Any]]:
    """Give out the arrays that training goes on in."""
    # The networks are kept too, or others might come to have their identity.
    alive: dict[int, tuple[Any, dict[str, Any]]] = {}

    def state(cgan):
        _, current = alive.setdefault(id(cgan), (cgan, {}))
        for name, array in cgan.state().items():
            current.setdefault(name, array)[...] = array
        return current

    def train_step(cgan, gray, color, **how):
        losses = cgan.train_step(gray, color, **how)
        state(cgan)
        return losses

    return {"state": state, "train_step": train_step}


def then(change: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]) -> Any:
    """Return a step of training after which the state is changed, given those before and after."""

    def train_step(cgan, gray, color, **how):
        before = cgan.state()
        losses = cgan.train_step(gray, color, **how)
        cgan.restore(change(before, cgan.state()))
        return losses

    return train_step


def too_far(before, after):
    return {
        name: before[name] + np.float32(1.5) * (array - before[name])
        if name.endswith(".weight")
        else array
        for name, array in after.items()
    }


def backwards(before, after):
    return {
        name: 2 * before[name] - array if name.endswith((".weight", ".bias")) else array
        for name, array in after.items()
    }


def biased(before, after):
    return changed(after, "running_var", lambda array: array * np.float32(0.998))


def shaken(before, after):
    noise = np.random.default_rng().uniform(0, 1e-6)
    return changed(after, "running_mean", lambda array: array + np.float32(noise))


def with_losses(change: Callable[[str, float], Any]) -> Any:
    def train_step(cgan, gray, color, **how):
        losses = cgan.train_step(gray, color, **how)
        return {name: change(name, loss) for name, loss in losses.items()}

    return train_step


def spoiling_the_batch(cgan, gray, color, **how):
    losses = cgan.train_step(gray, color, **how)
    if color.flags.writeable:
        color += 1
    return losses


def training_in_order(cgan, gray, color, **how):
    return cgan.train_step(
        gray.ravel(order="K").reshape(gray.shape),
        color.ravel(order="K").reshape(color.shape),
        **how,
    )


def printing_losses(cgan, gray, color, **how):
    print("step")
    return cgan.train_step(gray, color, **how)


def learning_while_generating(cgan, gray):
    color = cgan.generate(gray)
    cgan.train_step(gray, color[:, :, :16, :16] if gray.shape[2:] == (16, 16) else color)
    return color


def of_another_seed(make, config, device, seed):
    return make(config, device=device, seed=seed + 1)


def of_another_place(make, config, device, seed):
    return FaultyCgan(make(config, device=device, seed=seed), {}, device="elsewhere")


def on_the_processor(make, config, device, seed):
    return make(config, device="cpu", seed=seed)


def exporting_other_weights(write, model, path, form):
    weights = {name: array * np.float32(1.01) for name, array in model.weights.items()}
    write(replace(model, weights=weights), path, form=form)


def exporting_anything(write, model, path, form):
    write(model, path, form="onnx")


TRAINING_FAULTS = (
    Fault("lost moments", lambda: faulty_trainer(restore=lost_moments), ("restore",)),
    Fault("lost step", lambda: faulty_trainer(restore=lost_step), ("restore", "dropout")),
    Fault("state aliasing", lambda: faulty_trainer(**living_state()), ("state-copies",)),
    Fault("foreign state taken", lambda: faulty_trainer(restore=filled_up), ("foreign-state",)),
    Fault("another seed", lambda: faulty_trainer(create=of_another_seed), ("seed",)),
    Fault(
        # What is added to a step after it is missing in the average.
        "another rate",
        lambda: faulty_trainer(train_step=then(too_far)),
        ("adam", "average"),
    ),
    Fault(
        "learns backwards",
        lambda: faulty_trainer(train_step=then(backwards)),
        ("learning", "adam", "warm-up", "average"),
    ),
    Fault(
        "assumed layout in training",
        lambda: faulty_trainer(train_step=training_in_order),
        ("training-layouts",),
    ),
    Fault("another place", lambda: faulty_trainer(create=of_another_place), ("training-place",)),
    Fault(
        "wrong type of step",
        lambda: faulty_trainer(
            state=lambda cgan: changed(cgan.state(), "/step", lambda step: step.astype(np.int32))
        ),
        ("state-names",),
    ),
    Fault(
        # Of both networks, whatever they learn from, in the average too.
        "biased variance",
        lambda: faulty_trainer(train_step=then(biased)),
        ("statistics", "warm-up", "average", "micro-batch"),
    ),
    Fault(
        # Whatever compares two trainings finds it.
        "nondeterministic training",
        lambda: faulty_trainer(train_step=then(shaken)),
        ("training-repeatable", "restore", "generate-apart", "warm-up", "micro-batch-whole"),
    ),
    Fault(
        "losses that are not floats",
        lambda: faulty_trainer(train_step=with_losses(lambda name, loss: np.float32(loss))),
        ("losses",),
    ),
    Fault(
        "halved discriminator loss",
        lambda: faulty_trainer(
            train_step=with_losses(lambda name, loss: loss / (1 + (name == "discriminator")))
        ),
        ("losses",),
    ),
    Fault(
        "spoilt batch", lambda: faulty_trainer(train_step=spoiling_the_batch), ("training-input",)
    ),
    Fault(
        "prints while training",
        lambda: faulty_trainer(train_step=printing_losses),
        ("training-quiet",),
    ),
    Fault(
        "generates another colour",
        lambda: faulty_trainer(generate=lambda cgan, gray: cgan.generate(gray) + np.float32(0.01)),
        ("generate", "dropout"),
    ),
    Fault(
        "learns while generating",
        lambda: faulty_trainer(generate=learning_while_generating),
        ("generate-apart",),
    ),
    Fault(
        "silent fall-back in training",
        lambda: faulty_trainer(create=on_the_processor),
        ("training-device",),
    ),
    Fault(
        "export that differs", lambda: faulty_trainer(export=exporting_other_weights), ("export",)
    ),
    Fault(
        "export of any form", lambda: faulty_trainer(export=exporting_anything), ("export-form",)
    ),
)
