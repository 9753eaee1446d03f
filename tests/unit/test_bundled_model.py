"""The bundled model is what its card says, and beats the gray picture."""

import re
from pathlib import Path

import colorize_cli
from colorize_cli.core.model_choice import BUNDLED_FOLDER, DEFAULT_MODEL, bundled_models, find_model

CARD = BUNDLED_FOLDER / f"{DEFAULT_MODEL}.md"


def test_the_default_model_is_bundled_and_small() -> None:
    assert DEFAULT_MODEL in bundled_models()
    assert (BUNDLED_FOLDER / f"{DEFAULT_MODEL}.safetensors").stat().st_size < 20e6
    assert Path(colorize_cli.__file__).parent in CARD.parents


def test_it_states_its_data_steps_licence_and_scores() -> None:
    model = find_model(DEFAULT_MODEL)
    assert model.license.startswith("Apache-2.0")
    assert "research" in model.training["data"]
    assert model.training["steps"] > 0
    assert len(model.training["data_fingerprint"]) == 64


def test_it_is_nearer_to_the_truth_than_gray_on_held_out_birds_and_other_photos() -> None:
    facts = find_model(DEFAULT_MODEL).training
    for photos in ("birds_test", "general_test"):
        assert facts[photos]["ab_error"] < 0.9 * facts[f"{photos}_gray"]["ab_error"]
        assert facts[photos]["chroma"] > 10


def test_the_card_gives_the_numbers_of_the_file() -> None:
    model, card = find_model(DEFAULT_MODEL), CARD.read_text("utf-8")
    facts = model.training
    assert model.identity[:12] in card
    assert f"{facts['steps']:,} steps" in card
    for name in ("test", "birds_test", "general_test"):
        for scores in (facts[name], facts[f"{name}_gray"]):
            row = " | ".join(f"{scores[key]:.2f}" for key in ("ab_error", "psnr", "chroma"))
            assert row in card, name


def test_the_card_has_data_limits_and_licence() -> None:
    headings = re.findall(r"^## (.+)$", CARD.read_text("utf-8"), re.MULTILINE)
    assert headings == ["What it is", "Data", "Scores", "Limits", "Licence", "Make it again"]
