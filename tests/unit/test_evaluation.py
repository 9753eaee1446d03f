import numpy as np
import pytest

from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.batches import pairs
from colorize_cli.core.lab import lab_from_srgb8
from colorize_cli.core.metrics import Scores
from colorize_cli.core.photo_scores import judge
from colorize_cli.core.picture import Picture
from colorize_cli.core.pipeline import colorize
from colorize_cli.core.scoreboard import GRAY, MEAN_AB, MODEL, TRUTH, build_scoreboard
from colorize_trainers import evaluation
from colorize_trainers.evaluation import (
    evaluate,
    evaluate_gray,
    mean_color,
    render_pictures,
    render_prepared,
)
from pictures import ConstantColorizer, SmoothColorizer

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


LABELLED = [(str(number), photo) for number, photo in enumerate(PHOTOS)]


def test_prepared_photos_are_scored_as_training_scores_them() -> None:
    colorizer = SmoothColorizer(strength=0.2)
    board = build_scoreboard([judge(photo) for photo in render_prepared(colorizer, LABELLED)])
    training, gray = evaluate(colorizer, PHOTOS), evaluate_gray(PHOTOS)
    for name, expected in training.as_dict().items():
        assert board.scores[MODEL][name].value == pytest.approx(expected, abs=1e-3)
    for name, expected in gray.as_dict().items():
        assert board.scores[GRAY][name].value == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("output", ["ab", "rgb"])
def test_a_generator_that_knows_the_truth_is_judged_perfect(output: str) -> None:
    board = build_scoreboard([judge(photo) for photo in render_prepared(knowing(output), LABELLED)])
    perfect = {"ab_error": 0, "ssim": 1, "de2000": 0, "auc": 100, "colorfulness_gap": 0}
    for name, expected in perfect.items():
        assert board.scores[MODEL][name].value == pytest.approx(expected, abs=0.02)


def test_a_generator_that_gives_gray_is_judged_as_gray() -> None:
    rendered = render_prepared(ConstantColorizer(0, 0), LABELLED)
    board = build_scoreboard([judge(photo) for photo in rendered])
    assert board.scores[MODEL] == board.scores[GRAY]


def test_makers_stand_in_one_order_and_mean_ab_only_where_it_is_known() -> None:
    (first, *_) = render_prepared(ConstantColorizer(0, 0), LABELLED)
    assert list(first.renderings) == [MODEL, GRAY, TRUTH]
    mean_ab = np.array([5, -7], np.float32)
    for number, photo in enumerate(
        render_prepared(ConstantColorizer(0, 0), LABELLED, mean_ab=mean_ab)
    ):
        assert list(photo.renderings) == [MODEL, GRAY, MEAN_AB, TRUTH]
        assert (photo.renderings[MEAN_AB].ab == mean_ab).all()
        assert photo.label == str(number)
        assert (photo.renderings[TRUTH].codes == PHOTOS[number]).all()


def test_renderings_do_not_depend_on_how_many_photos_are_held_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    colorizer = SmoothColorizer()
    whole = [photo.renderings[MODEL].codes for photo in render_prepared(colorizer, LABELLED)]
    monkeypatch.setattr(evaluation, "CHUNK", 2)
    parts = [photo.renderings[MODEL].codes for photo in render_prepared(colorizer, LABELLED)]
    assert (np.stack(whole) == np.stack(parts)).all()


def test_pictures_are_coloured_the_whole_way_at_their_own_size() -> None:
    codes = np.random.default_rng(3).integers(0, 256, (21, 34, 3), dtype=np.uint8)
    spec, colorizer = GeneratorSpec(output="ab", size=16), ConstantColorizer(0.1, 0.05)
    (photo,) = render_pictures(spec, colorizer, [("a.jpg", codes)])
    expected = colorize(Picture(codes=codes), spec, colorizer).codes
    assert (photo.renderings[MODEL].codes == expected).all()
    # What the picture shows, not what the network said: where sRGB ends, chroma is lost.
    assert photo.renderings[MODEL].ab == pytest.approx(lab_from_srgb8(expected)[..., 1:])
    assert (photo.renderings[TRUTH].codes == codes).all()
    assert set(photo.renderings) == {MODEL, GRAY, TRUTH}


def test_the_mean_colour_is_that_of_all_pixels_of_small_photos() -> None:
    expected = lab_from_srgb8(PHOTOS)[..., 1:].astype(np.float64).mean(axis=(0, 1, 2))
    assert mean_color(PHOTOS) == pytest.approx(expected, abs=1e-4)


def test_the_mean_colour_of_large_photos_comes_from_a_lattice() -> None:
    photos = np.zeros((2, 128, 128, 3), np.uint8)
    photos[:, ::4, ::4] = (200, 30, 60)
    assert mean_color(photos) == pytest.approx(lab_from_srgb8(photos[0, 0, 0])[1:], abs=1e-4)
