"""What is skipped, updated and refused: runs into a folder that holds results already."""

import pytest

from batch_folders import PNG, fill, summary, tree
from coloring import before_coloring
from colorize_cli.core.provenance import read_provenance
from pictures import encoded, gray_picture
from two_hues import two_hues

GRAY = gray_picture()


def test_the_same_command_again_has_nothing_to_do(run, tmp_path):
    fill(tmp_path, "in/a.png", "in/b.png")
    run("-r", "in", "--output-dir", "out")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    ended = run("-r", "in", "--output-dir", "out")
    assert (ended.status, len(before)) == (0, 2)
    assert summary(ended) == "0 coloured, 2 skipped (made before), 0 failed"
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_run_goes_on_where_it_was_stopped(run, tmp_path):
    fill(tmp_path, "in/a.png", "in/b.png", "in/c.png")
    run("-r", "in", "--output-dir", "out")
    (tmp_path / "out/b.png").unlink()
    ended = run("-r", "in", "--output-dir", "out")
    assert summary(ended) == "1 coloured, 2 skipped (made before), 0 failed"
    assert tree(tmp_path / "out") == ["a.png", "b.png", "c.png"]


CHANGES = [("--strength", "0.5"), ("--size", "32"), ("--strip",)]


@pytest.mark.parametrize("change", CHANGES)
def test_other_options_are_refused_before_any_work_and_updated_if_asked(run, tmp_path, change):
    fill(tmp_path, "a.png")
    fill(tmp_path, "new.png")
    run("a.png", "--output-dir", "out")
    before = (tmp_path / "out/a.png").read_bytes()
    ended = run("a.png", "new.png", "--output-dir", "out", *change)
    assert (ended.status, "--update" in ended.err) == (73, True)
    assert tree(tmp_path / "out") == ["a.png"]
    assert (tmp_path / "out/a.png").read_bytes() == before
    ended = run("a.png", "new.png", "--output-dir", "out", "--update", *change)
    assert (ended.status, summary(ended)) == (0, "2 coloured, 0 skipped, 0 failed")
    assert (tmp_path / "out/a.png").read_bytes() != before


def test_another_input_and_another_model_are_updates(run, tmp_path):
    fill(tmp_path, "a.png", "b.png")
    run("a.png", "b.png", "--output-dir", "out")
    fill(tmp_path, "a.png", data=encoded(255 - GRAY))
    ended = run("a.png", "b.png", "--output-dir", "out", "--update")
    assert summary(ended) == "1 coloured, 1 skipped (made before), 0 failed"
    ended = run("a.png", "b.png", "--output-dir", "out", "--update", model="other")
    assert summary(ended) == "2 coloured, 0 skipped, 0 failed"


def test_what_is_not_ours_is_replaced_by_force_alone(run, tmp_path):
    fill(tmp_path, "a.png", "out/a.png")
    assert run("a.png", "--output-dir", "out").status == 73
    assert run("a.png", "--output-dir", "out", "--update").status == 73
    assert (tmp_path / "out/a.png").read_bytes() == PNG
    assert run("a.png", "--output-dir", "out", "--force").status == 0
    assert (tmp_path / "out/a.png").read_bytes() != PNG


@pytest.mark.parametrize("arguments", [("-o", "out/a.png"), ("--output-dir", "out")])
def test_what_appears_while_it_works_is_not_replaced(run, tmp_path, monkeypatch, arguments):
    fill(tmp_path, "a.png", "b.png")
    (tmp_path / "out").mkdir()
    before_coloring(monkeypatch, lambda: fill(tmp_path, "out/a.png", data=b"somebody else's"))
    assert run("a.png", *arguments).status == 73
    assert (tmp_path / "out/a.png").read_bytes() == b"somebody else's"


def test_without_a_mark_a_result_is_not_known_again(run, tmp_path):
    fill(tmp_path, "a.png")
    assert run("a.png", "-o", "color.png", "--no-mark").status == 0
    assert read_provenance(tmp_path / "color.png") is None
    assert run("a.png", "-o", "color.png", "--no-mark").status == 73


def test_a_single_result_that_is_made_already_is_told(run, tmp_path):
    fill(tmp_path, "a.png")
    assert run("a.png", "-o", "color.png").lines == []
    ended = run("a.png", "-o", "color.png")
    assert ended.status == 0
    assert ended.lines == [
        "colorize: warning: 'color.png': made before from the same input, model and options; "
        "--force makes it anew"
    ]
    assert run("a.png", "-o", "color.png", "-q").lines == []


def test_results_in_a_walked_folder_are_never_coloured_again(run, tmp_path):
    fill(tmp_path, "in/a.jpg", data=encoded(GRAY, "JPEG"))
    assert run("-r", "in", "--output-dir", "in").status == 0
    assert tree(tmp_path / "in") == ["a.jpg", "a.png"]
    ended = run("-r", "in", "--output-dir", "in")
    assert ended.status == 0
    assert summary(ended) == (
        "0 coloured, 1 skipped (made before), 0 failed; left out: 1 made by colorize"
    )
    ended = run("-r", ".", "--output-dir", "out")
    assert tree(tmp_path / "out") == ["in/a.png"]
    ended = run("-r", ".", "--output-dir", "in/out")
    assert tree(tmp_path / "in/out") == ["in/a.png"]


def test_pictures_in_colour_are_skipped_if_only_gray_ones_are_asked_for(run, tmp_path):
    fill(tmp_path, "gray.png")
    fill(tmp_path, "color.png", data=encoded(two_hues()))
    ended = run("gray.png", "color.png", "--output-dir", "out", "--only-gray")
    assert ended.status == 0
    assert summary(ended) == "1 coloured, 1 skipped (in colour already), 0 failed"
    assert tree(tmp_path / "out") == ["gray.png"]
    ended = run("color.png", "-o", "other.png", "--only-gray")
    assert (ended.status, len(ended.lines)) == (0, 1)
    assert "'color.png': has colours already" in ended.err
    assert not (tmp_path / "other.png").exists()
