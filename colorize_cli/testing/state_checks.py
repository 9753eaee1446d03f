"""What a backend that trains promises of the state that training goes on from."""

from functools import partial
from typing import Final

import numpy as np

from colorize_cli.core.cgan_state import AVERAGE, initial_state
from colorize_cli.core.errors import BadConfigError
from colorize_cli.testing.promises import expect, expect_close, expect_refusal
from colorize_cli.testing.samples import make_batch, make_config
from colorize_cli.testing.subject import Subject
from colorize_cli.testing.training_checks import copied, expect_equal_states

SEED: Final = 7
AVERAGED: Final = make_config(ema_decay=0.5)
"""With all that a state can hold."""
WEIGHT: Final = "generator/down1.convolution.weight"


def names_its_state(subject: Subject) -> None:
    """Compare names, shapes and types with those of the table, with an average and without."""
    for config in (make_config(), AVERAGED):
        state = subject.cgan(config).state()
        expected = initial_state(config, seed=0)
        odd = sorted(state.keys() ^ expected.keys())
        expect(not odd, "a state with the names of core.cgan_state", f"see {', '.join(odd[:3])}")
        for name, array in expected.items():
            found = state[name]
            promised = f"{name} as {array.dtype} {array.shape}"
            is_same = (found.shape, found.dtype) == (array.shape, array.dtype)
            expect(is_same, promised, f"{found.dtype} {found.shape}")


def starts_from_the_seed(subject: Subject) -> None:
    """Compare the first state with the one that every backend draws from the seed."""
    state = subject.cgan(AVERAGED, seed=SEED).state()
    for name, array in initial_state(AVERAGED, seed=SEED).items():
        promised = f"from seed {SEED}, the {name} that core.cgan_state draws"
        expect_close(state[name], array, promised)


def repeats_training(subject: Subject) -> None:
    """Train twice from one seed on the same batches."""
    first, second = (subject.cgan(AVERAGED, seed=SEED) for _ in range(2))
    for seed in range(2):
        first.train_step(*make_batch(seed))
        second.train_step(*make_batch(seed))
    promised = "the same seed and batches train to the same state"
    expect_equal_states(subject, second.state(), first.state(), promised)


def copies_its_state(subject: Subject) -> None:
    """Train after taking a state, and overwrite states that were taken and given."""
    cgan = subject.cgan(AVERAGED)
    taken = cgan.state()
    before = copied(taken)
    cgan.train_step(*make_batch())
    expect_equal_states(subject, taken, before, "a state that training on does not change")
    cgan.restore(given := copied(taken))
    now = copied(cgan.state())
    for array in (*taken.values(), *given.values()):
        array[...] = 0
    promised = "a CGAN that does not change with a state taken from it or given to it"
    expect_equal_states(subject, cgan.state(), now, promised)


def continues_from_a_state(subject: Subject) -> None:
    """Restore a state into a CGAN of another seed that has trained, and train both on."""
    first = subject.cgan(AVERAGED)
    for seed in range(2):
        first.train_step(*make_batch(seed))
    second = subject.cgan(AVERAGED, seed=SEED)
    second.train_step(*make_batch(9))
    second.restore(first.state())
    promised = "restoring gives the state that was restored"
    expect_equal_states(subject, second.state(), first.state(), promised)
    for seed in (2, 3):
        first.train_step(*make_batch(seed))
        second.train_step(*make_batch(seed))
    promised = "a restored CGAN trains on as the one that it was taken from"
    expect_equal_states(subject, second.state(), first.state(), promised)


def refuses_foreign_states(subject: Subject) -> None:
    """Restore states in which an array is missing, too many or of another shape."""
    cgan = subject.cgan(AVERAGED)
    state = cgan.state()
    without = {name: array for name, array in state.items() if name != WEIGHT}
    plain = {name: array for name, array in state.items() if not name.startswith(f"{AVERAGE}/")}
    for fault, foreign in (
        ("lacks an array", without),
        ("lacks the average", plain),
        ("has an array too many", {**state, "generator/extra.weight": np.zeros(1, np.float32)}),
        ("has an array of another shape", {**state, WEIGHT: state[WEIGHT][:, :, :2]}),
    ):
        promised = f"a state that {fault} refused with BadConfigError"
        expect_refusal(BadConfigError, partial(cgan.restore, foreign), promised)
        promised = "a CGAN that a refused state leaves as it was"
        expect_equal_states(subject, cgan.state(), state, promised)
