"""The card of a run's model says what it is, what it was scored, and what it cannot do."""

from dataclasses import replace
from pathlib import Path

import pytest

from colorize_cli.core.augmentation import Augmentation
from colorize_cli.core.model_file import read_model
from packed_data import pack_photos
from run_sessions import config_for, start


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return pack_photos(tmp_path / "birds-data", train=10, test=3)


def test_the_card_states_facts_scores_and_limits(data: Path, tmp_path: Path) -> None:
    config = config_for(data, epochs=2, warm_up_epochs=1, ema_decay=0.99, l1_weight=100.0)
    config = replace(config, recipe=replace(config.recipe, augmentation=Augmentation(crop=0.4)))
    run = start(config, tmp_path / "run").run
    card, model = run.card.read_text("utf-8"), read_model(run.model)
    assert model.identity[:12] in card
    assert "recipe `paper-plain`" in card
    assert "minimax + 100 L1" in card
    assert "The first 1 epochs from L1 alone".lower() in card.lower()
    assert "decay 0.99" in card
    assert "pictures varied by crop 0.4" in card
    assert "10 photos from the dataset `birds-data`" in card
    assert run.read_config().fingerprint in card
    scores = model.training["test"]
    assert f"| this model | {scores['ab_error']:.2f} | {scores['psnr']:.2f} |" in card
    assert f"| gray | {model.training['test_gray']['ab_error']:.2f} |" in card
    assert "plausible, not historical truth" in card
    assert "colorize run --model model.safetensors" in card


def test_the_card_claims_no_gain_that_is_none(data: Path, tmp_path: Path) -> None:
    run = start(config_for(data, epochs=1), tmp_path / "run").run
    facts = read_model(run.model).training
    gain = facts["test_gray"]["ab_error"] - facts["test"]["ab_error"]
    card = run.card.read_text("utf-8")
    assert ("no nearer to the truth than gray" in card) == (gain <= 0)


def test_the_card_does_not_vouch_for_what_a_first_model_was_trained_on(
    data: Path, tmp_path: Path
) -> None:
    """Test photos may have been among those of the model that the run began from."""
    first = start(config_for(data, epochs=1), tmp_path / "first").run
    assert "which were not trained on" in first.card.read_text("utf-8")
    config = config_for(data, epochs=1, start={"name": str(first.path)})
    card = start(config, tmp_path / "second").run.card.read_text("utf-8")
    assert "which this run was not trained on (what it began from may have been)" in card
    assert "not trained on, but" not in card


def test_the_same_run_has_the_same_card(data: Path, tmp_path: Path) -> None:
    cards = [start(config_for(data), tmp_path / name).run.card for name in ("a", "b")]
    assert cards[0].read_bytes() == cards[1].read_bytes()
