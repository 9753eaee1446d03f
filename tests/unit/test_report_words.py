from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from colorize_trainers.report.run import Epoch, RunRecord
from colorize_trainers.report.words import (
    UNDECIDED,
    ModelErrors,
    gain_in_words,
    judge,
    number,
    rule_in_words,
    sentences,
)
from colorize_trainers.run_directory import RunDirectory


def run_with(losses: Sequence[float], **recipe: Any) -> RunRecord:
    epochs = [
        Epoch(number=place, losses={"discriminator": loss, "adversarial": 2 * loss})
        for place, loss in enumerate(losses, start=1)
    ]
    settings = {"recipe": {"name": "paper-plain", "loss": "minimax", "epochs": 400, **recipe}}
    return RunRecord(
        directory=RunDirectory(Path("run")), name="run", settings=settings, epochs=epochs
    )


def test_the_undecided_losses_are_those_of_the_formulas_at_one_half() -> None:
    half = 0.5
    cross_entropy = -np.log(half) - np.log(1 - half)
    assert UNDECIDED["minimax"] == UNDECIDED["nonsaturating"] == pytest.approx(cross_entropy)
    assert UNDECIDED["lsgan"] == (half - 1) ** 2 / 2 + half**2 / 2
    assert UNDECIDED["hinge"] == max(0, 1 - 0) + max(0, 1 + 0)


@pytest.mark.parametrize(
    ("losses", "winner", "middle", "first"),
    [
        ([1.0] * 18 + [0.2, 0.0], "discriminator", 0.1, 19),
        ([0.0] * 18 + [0.2, 0.1], "neither", 0.15, 19),
        ([0.0] * 9 + [1.5], "generator", 1.5, 10),
        ([0.5] * 10 + [0.1, 0.1], "discriminator", 0.1, 11),
        ([0.01], "discriminator", 0.01, 1),
        # One epoch in which Adam lost its way.
        ([1.0] * 27 + [0.1, 2.0, 0.0], "discriminator", 0.1, 28),
    ],
)
def test_the_winner_follows_from_the_last_tenth_of_the_epochs(
    losses: list[float], winner: str, middle: float, first: int
) -> None:
    verdict = judge(run_with(losses))
    assert verdict is not None
    assert (verdict.winner, verdict.first, verdict.last) == (winner, first, len(losses))
    assert verdict.loss == pytest.approx(middle)


@pytest.mark.parametrize(("loss", "form"), [(0.02, "lsgan"), (0.19, "hinge"), (0.13, "minimax")])
def test_each_form_has_its_own_limit_a_tenth_of_what_guessing_costs(loss: float, form: str) -> None:
    below, above = judge(run_with([loss], loss=form)), judge(run_with([loss * 1.5], loss=form))
    assert below is not None
    assert above is not None
    assert (below.winner, above.winner) == ("discriminator", "neither")


def test_without_losses_or_with_an_unknown_form_nobody_is_judged() -> None:
    assert judge(run_with([])) is None
    assert judge(run_with([1.0], loss="of another version")) is None


def test_the_rule_is_stated_with_its_numbers() -> None:
    verdict = judge(run_with([0.5] * 19 + [0.25]))
    assert verdict is not None
    text = rule_in_words(verdict)
    assert "a tenth of 1.39" in text
    assert "below 0.139" in text
    assert "0.375 (epochs 19 to 20)" in text


@pytest.mark.parametrize(
    ("model", "gray", "words"),
    [
        (15.0, 20.0, "nearer to the truth than gray by 5.00 (25.0\u00a0%)"),
        (25.0, 20.0, "farther from the truth than gray by 5.00 (25.0\u00a0%)"),
        (20.001, 20.0, "neither nearer to the truth than gray nor farther from it"),
        (20.0, None, "the error of gray is not known"),
        (3.0, 0.0, "farther from the truth than gray by 3.00"),
    ],
)
def test_the_gain_is_said_with_its_sign(model: float, gray: float | None, words: str) -> None:
    assert gain_in_words(ModelErrors(model=model, gray=gray)) == words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.000191703, "0.000192"),
        (0.0000191703, "1.92e-05"),
        (1.386, "1.39"),
        (-0.00013148, "-0.000131"),
        (241.666, "242"),
        (14208.2, "14,208"),
        (3e7, "3.00e+07"),
    ],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_a_run_is_told_in_words() -> None:
    run = run_with(
        [1.0, 0.05],
        has_skips=False,
        base_width=64,
        output="rgb",
        l1_weight=100.0,
        variants=["original", "mirrored", "turned_right", "turned_left"],
    )
    errors = ModelErrors(model=15.0, gray=20.0, epoch=2, photos=90, nearer=60)
    text = "\n".join(sentences(run, {"photos": 1710, "images_per_epoch": 6840}, errors))
    for words in (
        "a U-Net without skip connections, 64 filters in its first layer, that predicts RGB",
        "its loss is minimax with 100 × L1",
        "2 of 400 epochs on 1,710 photos, each also mirrored, turned right and turned left: 6,840",
        "discriminator loss went from 1.00 (epoch 1) to 0.0500 (epoch 2)",
        "adversarial loss went from 2.00 (epoch 1) to 0.100 (epoch 2)",
        "The discriminator won",
        "On the 90 test photos the colours of the model of epoch 2 are off by 15.00",
        "nearer to the truth than gray by 5.00 (25.0\u00a0%)",
        "nearer than gray on 60 of the 90 photos",
        "best epoch on these same photos",
    ):
        assert words in text


def test_a_model_that_was_not_chosen_by_its_error_is_not_called_so() -> None:
    errors = ModelErrors(model=15.0, gray=20.0, is_best=False)
    assert "best epoch" not in "\n".join(sentences(run_with([1.0]), {}, errors))


def test_a_run_of_which_little_is_known_is_told_nevertheless() -> None:
    bare = RunRecord(directory=RunDirectory(Path("run")), name="run", settings={})
    assert sentences(bare, {}, None) == ["It was trained for 0 epochs on unknown data."]
