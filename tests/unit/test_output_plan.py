from pathlib import Path, PurePath

import pytest

from colorize_cli.core.errors import CannotCreateError, NoInputError, UsageError
from colorize_cli.core.input_files import InputFile
from colorize_cli.core.output_plan import (
    Job,
    Naming,
    check_targets,
    is_special,
    make_target_folders,
    output_and_folder,
    plan_folder,
    plan_single,
)


def named(path: str, place: str | None = None) -> InputFile:
    return InputFile(path=Path(path), place=PurePath(place or Path(path).name))


def job(source: object, target: object) -> Job:
    return Job(source=source and Path(source), target=target and Path(target))


@pytest.mark.parametrize(
    ("file", "output", "expected"),
    [
        (InputFile(path=None), None, job(None, None)),
        (InputFile(path=None), "-", job(None, None)),
        (named("a.jpg"), None, job("a.jpg", None)),
        (InputFile(path=None), "b.png", job(None, "b.png")),
    ],
)
def test_a_single_input_becomes_a_single_output(file, output, expected):
    assert plan_single(file, output) == expected


def test_the_tree_is_mirrored_in_the_folder():
    files = [named("in/sub/a.jpg", "sub/a.jpg"), named("b.webp")]
    assert plan_folder(files, Path("out"), Naming()) == [
        job("in/sub/a.jpg", "out/sub/a.png"),
        job("b.webp", "out/b.png"),
    ]


@pytest.mark.parametrize(
    ("name", "suffix", "expected"),
    [
        ("a.tif", None, "a.tif"),
        ("a.TIFF", None, "a.TIFF"),
        ("a.jpg", None, "a.png"),
        ("a", None, "a.png"),
        ("a.b.jpg", None, "a.b.png"),
        ("a.tif", ".webp", "a.webp"),
        ("-x\n\udce9.gif", None, "-x\n\udce9.png"),
    ],
)
def test_only_tiff_keeps_its_suffix_unless_a_format_is_asked(name, suffix, expected):
    assert str(Naming(suffix=suffix).name_for(PurePath(name))) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [("{stem}.color{ext}", "s/a.color.png"), ("{name}{ext}", "s/a.jpg.png")],
)
def test_a_template_names_the_results(template, expected):
    assert str(Naming(template=template).name_for(PurePath("s/a.jpg"))) == expected


def test_braces_in_a_name_are_letters():
    name = Naming(template="{stem}-{name}{ext}").name_for(PurePath("{ext}.png"))
    assert str(name) == "{ext}-{ext}.png.png"


@pytest.mark.parametrize("template", ["color{ext}", "{stem}", "{stem}{kind}{ext}", "x/{stem}{ext}"])
def test_a_template_that_would_lose_names_is_refused(template):
    with pytest.raises(UsageError, match="--name"):
        Naming(template=template)


def test_stdin_has_no_name_in_a_folder():
    with pytest.raises(UsageError, match="no name"):
        plan_folder([InputFile(path=None)], Path("out"), Naming())


def test_an_input_with_a_problem_claims_no_output():
    problem = NoInputError("is a folder")
    folder = InputFile(path=Path("a"), problem=problem)
    jobs = plan_folder([folder, named("a.png")], Path("out"), Naming())
    check_targets(jobs)
    assert (jobs[0].target, jobs[0].problem) == (None, problem)


def test_an_output_that_is_a_folder_is_one(tmp_path):
    assert output_and_folder(str(tmp_path), None) == (None, str(tmp_path))
    assert output_and_folder("new/", None) == (None, "new/")
    assert output_and_folder("new", None) == ("new", None)
    with pytest.raises(UsageError, match="exclude"):
        output_and_folder("a", "b")


def test_two_inputs_of_one_name_collide_and_both_are_named():
    jobs = plan_folder([named("x/a.jpg"), named("y/a.png")], Path("out"), Naming())
    with pytest.raises(CannotCreateError) as caught:
        check_targets(jobs)
    assert "'x/a.jpg'" in caught.value.reason
    assert "'y/a.png'" in caught.value.reason
    assert "--name '{name}{ext}'" in caught.value.reason


def test_outputs_that_are_one_file_by_a_link_collide(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "same").symlink_to("out")
    jobs = [job("a.png", tmp_path / "out/a.png"), job("b.png", tmp_path / "same/a.png")]
    with pytest.raises(CannotCreateError, match="both"):
        check_targets(jobs)


def test_an_input_is_never_an_output(tmp_path):
    (tmp_path / "a.png").touch()
    (tmp_path / "link.png").hardlink_to(tmp_path / "a.png")
    for target in ("a.png", "link.png"):
        with pytest.raises(CannotCreateError, match="one of the inputs"):
            check_targets([job(tmp_path / "a.png", tmp_path / target)])


def test_a_folder_is_no_output(tmp_path):
    with pytest.raises(CannotCreateError, match="is a folder"):
        check_targets([job("a.png", tmp_path)])


def test_devices_are_written_to_not_replaced():
    assert is_special(Path("/dev/null"))
    check_targets([job(None, "/dev/null")])


def test_the_folders_for_many_are_made_and_that_of_one_must_be_there(tmp_path):
    deep = job("a", tmp_path / "new/sub/a.png")
    with pytest.raises(CannotCreateError, match="does not exist"):
        make_target_folders([deep], None)
    make_target_folders([deep], tmp_path / "new")
    assert (tmp_path / "new/sub").is_dir()


@pytest.mark.parametrize("name", ["a" * 252 + ".png", "\u00e9" * 126 + ".png"])
def test_a_name_longer_than_file_systems_hold_is_refused_before_any_work(name, tmp_path):
    with pytest.raises(CannotCreateError, match="its name is too long"):
        check_targets([job(tmp_path / "a.png", tmp_path / "new" / name)])
    check_targets([job(tmp_path / "a.png", tmp_path / name[1:])])
