import pytest

from colorize_cli.core.suggestions import did_you_mean, nearest


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("rum", "run"),
        ("RUN", "run"),
        ("rep", "report"),
        ("pre", "prep"),
        ("trian", "train"),
        ("r", None),
        ("picture.png", None),
        ("", None),
    ],
)
def test_the_nearest_word_is_what_begins_so_or_looks_so(word: str, found: str | None) -> None:
    assert nearest(word, ["prep", "prepare", "run", "report", "train"]) == found


def test_what_begins_so_is_nearer_than_what_looks_so() -> None:
    # As text, `--out` is more like `--our` than like `--output`.
    assert nearest("--out", ["--our", "--output", "--output-dir"]) == "--output"


def test_nothing_is_said_where_nothing_is_near() -> None:
    assert did_you_mean("pgn", ["png", "tiff"]) == "; did you mean 'png'?"
    assert did_you_mean("xyz", ["png", "tiff"]) == ""
