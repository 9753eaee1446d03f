from pathlib import Path

import pytest

from colorize_cli.core.errors import CannotCreateError, NoInputError, UsageError
from colorize_cli.core.output_plan import (
    Job,
    check_jobs,
    is_special,
    make_target_folders,
    output_and_folder,
    plan_jobs,
    read_source,
)


@pytest.mark.parametrize(
    ("files", "output", "expected"),
    [
        ([], None, Job(None, None)),
        (["-"], "-", Job(None, None)),
        (["a.jpg"], None, Job(Path("a.jpg"), None)),
        (["-"], "b.png", Job(None, Path("b.png"))),
    ],
)
def test_a_single_input_becomes_a_single_output(files, output, expected):
    assert plan_jobs(files, output, None, suffix=".png") == [expected]


def test_several_files_become_their_names_in_the_folder():
    jobs = plan_jobs(["x/a.jpg", "b.tiff"], None, "out", suffix=".png")
    assert jobs == [
        Job(Path("x/a.jpg"), Path("out/a.png")),
        Job(Path("b.tiff"), Path("out/b.png")),
    ]


@pytest.mark.parametrize(
    ("files", "output", "folder"),
    [
        (["a", "b"], None, None),
        (["a", "b"], "c.png", None),
        (["-", "a"], None, "o"),
        ([], None, "o"),
    ],
)
def test_what_makes_no_sense_is_refused(files, output, folder):
    with pytest.raises(UsageError):
        plan_jobs(files, output, folder, suffix=".png")


def test_an_output_that_is_a_folder_is_one(tmp_path):
    assert output_and_folder(str(tmp_path), None) == (None, str(tmp_path))
    assert output_and_folder("new/", None) == (None, "new/")
    assert output_and_folder("new", None) == ("new", None)
    with pytest.raises(UsageError, match="exclude"):
        output_and_folder("a", "b")


def test_two_inputs_of_one_name_collide():
    jobs = plan_jobs(["x/a.jpg", "y/a.png"], None, "out", suffix=".png")
    with pytest.raises(CannotCreateError, match="both"):
        check_jobs(jobs, is_forced=True)


def test_an_input_is_never_an_output(tmp_path):
    (tmp_path / "a.png").touch()
    (tmp_path / "link.png").hardlink_to(tmp_path / "a.png")
    for target in ("a.png", "link.png"):
        with pytest.raises(CannotCreateError, match="one of the inputs"):
            check_jobs([Job(tmp_path / "a.png", tmp_path / target)], is_forced=True)


def test_an_output_that_is_there_needs_force(tmp_path):
    (tmp_path / "b.png").touch()
    job = Job(tmp_path / "a.png", tmp_path / "b.png")
    with pytest.raises(CannotCreateError, match="--force"):
        check_jobs([job], is_forced=False)
    check_jobs([job], is_forced=True)


def test_devices_are_written_to_not_replaced():
    assert is_special(Path("/dev/null"))
    check_jobs([Job(None, Path("/dev/null"))], is_forced=False)


def test_the_folder_for_many_is_made_and_that_of_one_must_be_there(tmp_path):
    job = Job(Path("a"), tmp_path / "new" / "a.png")
    with pytest.raises(CannotCreateError, match="does not exist"):
        make_target_folders([job], None)
    make_target_folders([job], str(tmp_path / "new"))
    assert (tmp_path / "new").is_dir()


def test_missing_files_and_folders_are_told_apart(tmp_path):
    with pytest.raises(NoInputError, match="no such file"):
        read_source(tmp_path / "nothing")
    with pytest.raises(NoInputError, match="is a folder"):
        read_source(tmp_path)
