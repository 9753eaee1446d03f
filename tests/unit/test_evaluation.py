import numpy as np
import pytest

from colorize_cli.core.batches import pairs
from colorize_cli.core.metrics import Scores
from colorize_trainers import evaluation
from colorize_trainers.evaluation import evaluate, evaluate_gray

PHOTOS = np.random.default_rng(2).integers(0, 256, (5, 16, 16, 3), dtype=np.uint8)


def knowing(output: str):  # type: ignore[no-untyped-def]
    """Make a generator that knows the colour of every photo by its gray picture."""
    batch = pairs(PHOTOS, output=output)  # type: ignore[arg-type]
    colors = {gray.tobytes(): color for gray, color in zip(batch.gray, batch.color, strict=True)}
    return lambda grays: np.stack([colors[gray.tobytes()] for gray in grays])


@pytest.mark.parametrize("output", ["ab", "rgb"])
def test_a_generator_that_knows_the_truth_scores_perfectly(output: str) -> None:
    assert evaluate(knowing(output), PHOTOS).ab_error == pytest.approx(0, abs=0.01)


def test_a_generator_that_gives_no_colour_scores_as_gray_does() -> None:
    scores = evaluate(lambda gray: np.zeros((len(gray), 2, 16, 16), np.float32), PHOTOS)
    assert scores == evaluate_gray(PHOTOS)
    assert scores.chroma == 0


def test_scores_do_not_depend_on_how_many_photos_are_held_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = evaluate_gray(PHOTOS)
    monkeypatch.setattr(evaluation, "CHUNK", 2)
    parts = evaluate_gray(PHOTOS)
    assert isinstance(parts, Scores)
    assert parts.as_dict() == pytest.approx(whole.as_dict())
