"""What `colorize train` makes of the texts on its command line."""

from importlib import import_module
from pathlib import Path

import pytest

from colorize_cli.commands.train_command import with_resume_value
from colorize_cli.commands.train_options import amounts_of, epochs_of, seconds_of
from colorize_cli.core.errors import UsageError
from colorize_cli.main import run_program
from colorize_trainers.run_directory import RunConfig

train = import_module("colorize_cli.commands.train")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("2h", 7200), ("1.5h", 5400), (None, None)]
)
def test_times_have_a_unit(text: str | None, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "2", "h", "2 days", "-1h", "0s", "nanh", "infs"])
def test_what_is_no_time_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="2h, 30m or 90s"):
        seconds_of(text)


def test_epochs_are_a_number_or_so_many_more() -> None:
    assert epochs_of(None, before=10) is None
    assert epochs_of("20", before=10) == 20
    assert epochs_of("+5", before=10) == 15
    assert epochs_of("20", before=None) == 20


@pytest.mark.parametrize("text", ["", "+", "many", "1.5", "-3", "++2", "²"])
def test_what_is_no_number_of_epochs_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="neither a number nor"):
        epochs_of(text, before=10)


def test_a_new_run_has_no_epochs_to_add_to() -> None:
    with pytest.raises(UsageError, match="goes with --resume"):
        epochs_of("+5", before=None)


def test_amounts_of_augmentation_are_pairs() -> None:
    assert amounts_of("crop=0.4,tone=1") == {"crop": 0.4, "tone": 1.0}
    assert amounts_of(None) is None


@pytest.mark.parametrize("text", ["", "crop", "crop=", "crop=much", "crop=1=2", "crop=0.4,"])
def test_what_are_no_amounts_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match=r"crop=0\.4,tone=0\.5"):
        amounts_of(text)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (["--resume"], ["--resume", "last"]),
        (["--resume", "run"], ["--resume", "run"]),
        (["--resume", "--epochs", "+1"], ["--resume", "last", "--epochs", "+1"]),
        (["--resume=run"], ["--resume=run"]),
        (["data", "--seed", "1"], ["data", "--seed", "1"]),
        (["--", "--resume"], ["--", "--resume"]),
    ],
)
def test_resume_alone_means_the_last_run(given: list[str], read: list[str]) -> None:
    assert with_resume_value(given) == read


def test_a_run_notes_where_each_of_its_settings_came_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs: list[RunConfig] = []
    monkeypatch.setattr(train, "_start", lambda config, **_: configs.append(config))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("COLORIZE_TRAIN_BATCH_SIZE", "7")
    Path("colorize.toml").write_text("[train]\nepochs = 3\npredict = 'ab'\nkeep = 2\n")
    assert run_program(["train", "--seed", "5", "--l1-weight", "1"]) == 0
    (config,) = configs
    assert config.origins == {
        "batch_size": "COLORIZE_TRAIN_BATCH_SIZE",
        "epochs": "colorize.toml:2",
        "output": "colorize.toml:3",
        "keep": "colorize.toml:4",
        "seed": "--seed",
        "l1_weight": "--l1-weight",
    }
    assert (config.recipe.batch_size, config.recipe.epochs, config.recipe.output) == (7, 3, "ab")
