"""What a backend that trains promises of a step and its losses."""

from typing import Final

import numpy as np

from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.cgan_state import State, generator_weights, networks_of
from colorize_cli.core.layers import parameters
from colorize_cli.core.model_file import Model
from colorize_cli.testing import reference
from colorize_cli.testing.plugin_checks import excerpt
from colorize_cli.testing.promises import TOLERANCE, expect, expect_close
from colorize_cli.testing.samples import make_batch, make_config, make_gray
from colorize_cli.testing.standard_output import captured_stdout, written_to
from colorize_cli.testing.subject import Subject

LOSSES: Final = ("discriminator", "generator", "adversarial", "l1")
LOSS_TOLERANCE: Final = 1e-4
"""Relative to a loss: float32 sums over a batch in another order."""
ADAM_TOLERANCE: Final = 1e-3
"""Relative to one update: gradients are inferred from differences of float32 numbers."""


def gives_the_losses(subject: Subject) -> None:
    """Take a step and compare its losses with the reference's."""
    config, batch = make_config(), make_batch()
    cgan = subject.cgan(config)
    expected = reference.first_step(config, cgan.state(), *batch).losses
    losses = dict(cgan.train_step(*batch))
    expect(losses.keys() == set(LOSSES), f"the losses {', '.join(LOSSES)}", sorted(losses))
    for name, loss in losses.items():
        expect(type(loss) is float, f"the loss {name} as a Python float", type(loss).__name__)
        is_near = abs(loss - expected[name]) <= LOSS_TOLERANCE * max(1, abs(expected[name]))
        expect(is_near, f"the loss {name} = {expected[name]:.6f} before the first step", loss)


def moves_running_statistics(subject: Subject) -> None:
    """Take a step and compare the generator's running means and variances."""
    config, batch = make_config(), make_batch()
    cgan = subject.cgan(config)
    expected = reference.first_step(config, cgan.state(), *batch).statistics
    cgan.train_step(*batch)
    state = cgan.state()
    for name, array in expected.items():
        promised = f"{name} moved by a tenth towards the batch's mean or unbiased variance"
        expect_close(state[name], array, promised, tolerance=TOLERANCE)


def updates_as_adam(subject: Subject) -> None:
    """Take three steps and recompute each update from the moments before and after it.

    An epsilon of 1e-3 is large enough to show where in the formula it stands.
    """
    config = make_config(epsilon=1e-3)
    cgan = subject.cgan(config)
    before = copied(cgan.state())
    for step in range(1, 4):
        cgan.train_step(*make_batch(step))
        after = copied(cgan.state())
        for name, network in networks_of(config).items():
            found = int(after[f"{name}/step"])
            expect(found == step, f"{name}/step counts the updates: {step}", found)
            for entry in parameters(network):
                if entry.is_trainable:
                    _check_update(config, before, after, f"{name}/{entry.name}", step)
        before = after


def lowers_the_loss(subject: Subject) -> None:
    """Take two steps on one batch, where the difference to a plain colour is all that counts."""
    cgan = subject.cgan(make_config(l1_weight=1000, learning_rate=0.01))
    gray, color = make_batch()
    plain = np.full_like(color, 0.5)
    losses = [cgan.train_step(gray.copy(), plain.copy())["l1"] for _ in range(3)]
    found = " -> ".join(f"{loss:.4f}" for loss in losses)
    expect(losses[2] < losses[0], "an l1 loss that two steps lower", found)


def leaves_the_batch(subject: Subject) -> None:
    """Compare a batch before and after a step."""
    gray, color = make_batch()
    subject.cgan(make_config()).train_step(gray, color)
    for name, found, expected in zip(("gray", "color"), (gray, color), make_batch(), strict=True):
        expect_close(found, expected, f"the batch's {name} left as it was")


def trains_on_any_memory_layout(subject: Subject) -> None:
    """Train on a read-only batch whose numbers do not lie in order."""
    plain, strided = subject.cgan(make_config()), subject.cgan(make_config())
    batch = [np.asfortranarray(array) for array in make_batch()]
    for array in batch:
        array.flags.writeable = False
    expected, losses = plain.train_step(*make_batch()), strided.train_step(*batch)
    for name in LOSSES:
        is_near = abs(losses[name] - expected[name]) <= LOSS_TOLERANCE
        expect(is_near, f"the loss {name} = {expected[name]:.6f} in any layout", losses[name])


def generates_as_a_colorizer(subject: Subject) -> None:
    """Compare `generate` with a colorizer of the same weights, or their average, after two steps.

    Steps so long that the average is far from the latest weights.
    """
    for decay, kind in ((0.0, "present"), (0.9, "averaged")):
        config, gray = make_config(ema_decay=decay, learning_rate=0.05), make_gray(2, 2, 1)
        cgan = subject.cgan(config)
        for seed in range(2):
            cgan.train_step(*make_batch(seed))
        model = Model(generator=config.generator, weights=generator_weights(cgan.state()))
        colorizer = subject.trainer.load_colorizer(model, device=subject.device)
        promised = f"generate gives what a colorizer of the {kind} weights gives"
        expect_close(cgan.generate(gray), colorizer(gray.copy()), promised, tolerance=TOLERANCE)


def generates_without_a_trace(subject: Subject) -> None:
    """Generate between two steps, and compare with not having done so."""
    plain, asked = subject.cgan(make_config()), subject.cgan(make_config())
    for seed in range(2):
        plain.train_step(*make_batch(seed))
        asked.train_step(*make_batch(seed))
        asked.generate(make_gray(3))
    expect_equal_states(
        subject, asked.state(), plain.state(), "generating leaves no trace in training"
    )


def trains_quietly(subject: Subject) -> None:
    """Look at stdout while a CGAN is made and trained."""
    with captured_stdout() as file:
        subject.cgan(make_config()).train_step(*make_batch())
        written = written_to(file)
    expect(not written, "nothing on stdout while training", excerpt(written))


def trains_where_asked(subject: Subject) -> None:
    """Ask the CGAN where it runs."""
    found = subject.cgan(make_config()).device
    is_there = found == subject.device or found.startswith(f"{subject.device}:")
    expect(is_there, f"training on {subject.device!r}", repr(found))


def expect_equal_states(subject: Subject, found: State, expected: State, promised: str) -> None:
    """Raise PromiseBroken unless two states are equal, to the bit on a CPU."""
    odd = sorted(found.keys() ^ expected.keys())
    expect(not odd, promised, f"arrays by other names: see {odd[:1]}")
    tolerance = 0 if subject.is_repeatable else TOLERANCE
    for name, array in expected.items():
        expect_close(found[name], array, f"{promised} ({name})", tolerance=tolerance)


def copied(state: State) -> State:
    """Return a state that nobody else holds."""
    return {name: np.array(array) for name, array in state.items()}


def _check_update(config: CganConfig, before: State, after: State, name: str, step: int) -> None:
    """Check one parameter's update: Kingma and Ba 2015, algorithm 1, epsilon beside the root."""
    first, second = f"{name}/first_moment", f"{name}/second_moment"
    old, new = (
        {key: state[key].astype(np.float64) for key in (name, first, second)}
        for state in (before, after)
    )
    gradient = (new[first] - config.beta1 * old[first]) / (1 - config.beta1)
    squares = config.beta2 * old[second] + (1 - config.beta2) * gradient**2
    scale = float(squares.max(initial=0))
    promised = f"{second} follows from {first} as in Adam, at step {step}"
    expect_close(new[second], squares, promised, tolerance=ADAM_TOLERANCE * scale)
    mean = new[first] / (1 - config.beta1**step)
    root = np.sqrt(new[second] / (1 - config.beta2**step))
    moved = old[name] - config.learning_rate * mean / (root + config.epsilon)
    # Half a unit in the last place of a float32, and as much again for its neighbour.
    rounding = float(np.abs(moved).max(initial=0)) * 2**-23
    promised = f"{name} moves as Adam's formula says, at step {step}"
    tolerance = ADAM_TOLERANCE * config.learning_rate + rounding
    expect_close(new[name], moved, promised, tolerance=tolerance)
