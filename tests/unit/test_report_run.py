import json
from pathlib import Path

import pytest

from colorize_cli.core.errors import BadConfigError, NoInputError
from colorize_trainers.report.run import read_run, shown, with_distinct_names


def make_run(path: Path, lines: str = "", settings: object = None) -> Path:
    path.mkdir(parents=True)
    (path / "config.json").write_text(json.dumps({} if settings is None else settings))
    (path / "metrics.jsonl").write_text(lines)
    return path


def line(epoch: object, **losses: object) -> str:
    return json.dumps({"epoch": epoch, "losses": losses, "test": {"ab_error": 10}}) + "\n"


def test_a_folder_without_a_run_is_no_input(tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match="no training run here"):
        read_run(tmp_path)
    with pytest.raises(NoInputError, match="no training run here"):
        read_run(tmp_path / "nowhere")


@pytest.mark.parametrize("text", ["{", "[1]", "3", "\xff"])
def test_settings_that_are_no_json_object_are_refused(tmp_path: Path, text: str) -> None:
    run = make_run(tmp_path / "run")
    (run / "config.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(BadConfigError):
        read_run(run)


def test_a_run_that_has_just_begun_has_no_epochs(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    (run / "metrics.jsonl").unlink()
    assert read_run(run).epochs == []


def test_damaged_lines_are_counted_and_the_others_read(tmp_path: Path) -> None:
    lines = line(1, l1=0.5) + "{\n[]\n" + line("two") + line(0) + line(2, l1=0.25) + '{"epoch": 3'
    run = read_run(make_run(tmp_path / "run", lines))
    assert run.damaged_lines == 5
    assert run.losses("l1") == ([1, 2], [0.5, 0.25])


def test_epochs_are_in_order_and_the_last_line_of_each_counts(tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path / "run", line(2, l1=2) + line(1, l1=1) + line(2, l1=3)))
    assert run.losses("l1") == ([1, 2], [1, 3])


def test_what_is_no_number_is_left_out(tmp_path: Path) -> None:
    lines = line(1, l1=float("nan")) + line(2, l1="x", other=None) + line(3, l1=float("inf"))
    run = read_run(make_run(tmp_path / "run", lines + line(4, l1=1)))
    assert run.losses("l1") == ([4], [1])
    assert run.scores("ab_error") == ([1, 2, 3, 4], [10] * 4)
    assert run.losses("unknown") == ([], [])


def test_settings_of_an_unexpected_kind_are_as_good_as_none(tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path / "run", settings={"recipe": [], "origins": 3}))
    assert (dict(run.recipe), dict(run.origins), dict(run.environment)) == ({}, {}, {})


def test_runs_of_the_same_name_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    paths = [make_run(tmp_path / name) for name in ("a/run", "b/run", "other")]
    names = [run.name for run in with_distinct_names([read_run(path) for path in paths])]
    assert names == [str(paths[0]), str(paths[1]), "other"]


def test_names_stay_on_one_line() -> None:
    assert shown("a <b> & ü") == "a <b> & ü"
    assert shown("two\nlines") == "'two\\nlines'"
    assert shown("not \udc80 UTF-8") == "'not \\udc80 UTF-8'"
