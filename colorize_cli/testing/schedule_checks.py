"""What a backend that trains promises of rates, warm-up, averages and micro-batches."""

from typing import Any, Final

import numpy as np

from colorize_cli.core.cgan_state import (
    AVERAGE,
    DISCRIMINATOR,
    GENERATOR,
    MOMENTS,
    State,
    initial_state,
    weights_of,
)
from colorize_cli.core.layers import BATCH_NORM_MOMENTUM
from colorize_cli.testing.promises import ROUNDING, expect, expect_close
from colorize_cli.testing.samples import make_batch, make_config
from colorize_cli.testing.subject import Subject
from colorize_cli.testing.training_checks import LOSS_TOLERANCE, copied, expect_equal_states

LEARNING_RATE: Final = 0.01
"""So large that what one step changes stands far above the rounding of float32."""
RATE: Final = 0.25
EPSILON: Final = 1e-3
"""So large that the rounding noise of gradients near zero, which differs from run to run on an
accelerator, does not become whole steps of Adam."""
UPDATE_TOLERANCE: Final = 1e-2
"""Relative to a step of the size of the learning rate: differences of float32 numbers."""
DECAY: Final = 0.2
"""Between what the first step and the second have at most: 2/11 and 3/12."""
GRADIENT_TOLERANCE: Final = 1e-4
"""Relative to the largest of an array: float32 sums up in another order."""
PARTS: Final = (3, 2)
"""Sizes of the parts of a batch of 5 that takes no more than 3 at a time."""


def heeds_the_rate(subject: Subject) -> None:
    """Take the first step at three rates, and compare by how much the weights moved."""
    cgan = subject.cgan(make_config(learning_rate=LEARNING_RATE, epsilon=EPSILON))
    before, states = copied(cgan.state()), {}
    for rate in (0.0, RATE, 1.0):
        cgan.restore(before)
        cgan.train_step(*make_batch(), rate=rate)
        states[rate] = copied(cgan.state())
    for name in learnt_in(before):
        start = before[name]
        expect_close(states[0.0][name], start, f"{name} left as it was by a step at rate 0")
        whole, part = (states[rate][name].astype(np.float64) - start for rate in (1.0, RATE))
        promised = f"at rate {RATE}, {RATE} of the update of {name} at rate 1"
        tolerance = UPDATE_TOLERANCE * LEARNING_RATE
        expect_close(part, RATE * whole, promised, tolerance=tolerance)
        moment = f"{name}/{MOMENTS[0]}"
        is_moved = bool(states[0.0][moment].any()) or not states[1.0][moment].any()
        expect(is_moved, f"{moment} moved at rate 0 too", "zeros")


def warms_up(subject: Subject) -> None:
    """Warm up beside two discriminators, with a weight of L1 and without one."""
    for weight in (10.0, 0.0):
        config = make_config(l1_weight=weight, learning_rate=LEARNING_RATE, epsilon=EPSILON)
        cgan = subject.cgan(config)
        before = copied(cgan.state())
        losses = [cgan.train_step(*make_batch(), phase="warm_up") for _ in range(3)]
        expect(set(losses[0]) == {"generator", "l1"}, "the losses generator, l1", sorted(losses[0]))
        expected = (weight or 1) * losses[0]["l1"]
        is_weighted = abs(losses[0]["generator"] - expected) <= LOSS_TOLERANCE * expected
        expect(is_weighted, f"a generator loss of {expected:.6f}", losses[0]["generator"])
        found = " -> ".join(f"{entry['l1']:.4f}" for entry in losses)
        expect(losses[2]["l1"] < losses[0]["l1"], "an l1 loss that two steps lower", found)
        after = copied(cgan.state())
        promised = "a discriminator that warming up leaves as it was"
        judge = _of(DISCRIMINATOR, before)
        expect_equal_states(subject, _of(DISCRIMINATOR, after), judge, promised)
        cgan.restore({**before, **_of(DISCRIMINATOR, initial_state(config, seed=1))})
        for _ in range(3):
            cgan.train_step(*make_batch(), phase="warm_up")
        promised = "a generator that warms up the same beside any discriminator"
        learner = _of(GENERATOR, after)
        expect_equal_states(subject, _of(GENERATOR, cgan.state()), learner, promised)


def averages_the_generator(subject: Subject) -> None:
    """Take four steps, the second a warm-up, and recompute the average after each.

    average + (1 - d) (parameter - average) with d = min(ema_decay, (1 + t) / (10 + t)).
    """
    cgan = subject.cgan(make_config(ema_decay=DECAY, learning_rate=LEARNING_RATE))
    expected = {name: array.astype(np.float64) for name, array in _averages(cgan.state()).items()}
    for step in range(1, 5):
        cgan.train_step(*make_batch(step), phase="warm_up" if step == 2 else "adversarial")
        state = cgan.state()
        found, weights = _averages(state), weights_of(state, GENERATOR)
        decay = min(DECAY, (1 + step) / (10 + step))
        expected = {
            name: array + (1 - decay) * (weights[name] - array) for name, array in expected.items()
        }
        for name, array in expected.items():
            promised = f"{AVERAGE}/{name} moves as its formula says, at step {step}"
            expect_close(found[name], array, promised, tolerance=ROUNDING)


def learns_in_parts(subject: Subject) -> None:
    """Take a step in two parts, and compare with the steps that each part alone would be."""
    batch = make_batch(size=sum(PARTS))
    cgan = subject.cgan(make_config(micro_batch=max(PARTS)))
    before = copied(cgan.state())
    losses = cgan.train_step(*(array.copy() for array in batch))
    whole = cgan.state()
    single, alone, states = subject.cgan(make_config()), [], []
    for rows in (slice(PARTS[0]), slice(PARTS[0], None)):
        single.restore(before)
        alone.append(single.train_step(batch[0][rows].copy(), batch[1][rows].copy()))
        states.append(copied(single.state()))
    for name, loss in losses.items():
        expected = _weighted(*(entry[name] for entry in alone))
        is_near = abs(loss - expected) <= LOSS_TOLERANCE * max(1, abs(expected))
        expect(is_near, f"the loss {name} = {expected:.6f}, the mean over the parts", loss)
    for name in learnt_in(before):
        _check_gradient(f"{name}/{MOMENTS[0]}", whole, *states)
    _check_statistics(before, whole, *states)


def learns_whole_what_is_small_enough(subject: Subject) -> None:
    """Take steps on batches of just the size of a part, and compare with no limit."""
    limited, free = (subject.cgan(make_config(micro_batch=most)) for most in (4, None))
    for seed in range(2):
        limited.train_step(*make_batch(seed))
        free.train_step(*make_batch(seed))
    promised = "a batch that is no longer than micro_batch learnt whole"
    expect_equal_states(subject, limited.state(), free.state(), promised)


def _check_gradient(name: str, whole: State, first: State, second: State) -> None:
    """Check the mean gradient by Adam's first moment, which began at zero."""
    expected = _weighted(first[name].astype(np.float64), second[name].astype(np.float64))
    promised = f"{name} of the parts' gradients, weighted by their pictures"
    tolerance = GRADIENT_TOLERANCE * float(np.abs(expected).max(initial=0))
    expect_close(whole[name], expected, promised, tolerance=tolerance)


def _check_statistics(before: State, whole: State, first: State, second: State) -> None:
    """Check that the generator's running statistics met one part after the other.

    r0 + m (x - r0) is what a part with x alone makes of r0, and r1 + m (x - r1) after the other.
    """
    for name in _of(GENERATOR, before):
        if ".running_" in name:
            missed = (1 - BATCH_NORM_MOMENTUM) * (first[name] - before[name])
            promised = f"{name} moved by one part after the other"
            expect_close(whole[name], second[name] + missed, promised, tolerance=ROUNDING)


def _weighted(first: Any, second: Any) -> Any:
    return (PARTS[0] * first + PARTS[1] * second) / sum(PARTS)


def _of(network: str, state: State) -> State:
    return {name: array for name, array in state.items() if name.startswith(f"{network}/")}


def learnt_in(state: State) -> list[str]:
    """Return from a state the names of the parameters that have moments."""
    suffix = f"/{MOMENTS[0]}"
    return [name.removesuffix(suffix) for name in state if name.endswith(suffix)]


def _averages(state: State) -> State:
    averages, weights = weights_of(state, AVERAGE), weights_of(state, GENERATOR)
    odd = sorted(averages.keys() ^ weights.keys())
    expect(not odd, f"an {AVERAGE} of each of the generator's arrays", f"see {odd[:1]}")
    return averages
