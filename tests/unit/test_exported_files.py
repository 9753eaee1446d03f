import json

import pytest

from colorize_cli.core.errors import CannotCreateError
from colorize_cli.core.exported_files import card_of, check_place, has_card, placing, write_card


def place(path, content="new", *, is_folder=False, has_a_card=True):
    """Export something made up."""
    with placing(path) as temporary:
        if is_folder:
            (temporary / "inner").mkdir(parents=True)
            (temporary / "inner/part").write_text(content)
        else:
            temporary.write_text(content)
        if has_a_card:
            write_card(temporary, {"of": content})


def content_of(path):
    return (path / "inner/part" if path.is_dir() else path).read_text()


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("is_folder", [False, True])
def test_an_export_and_its_card_come_into_their_place(tmp_path, is_folder):
    place(tmp_path / "m.x", is_folder=is_folder)
    assert names_in(tmp_path) == ["m.x", "m.x.json"]
    assert content_of(tmp_path / "m.x") == "new"
    assert json.loads((tmp_path / "m.x.json").read_text()) == {"kind": "export", "of": "new"}


@pytest.mark.parametrize("is_folder", [False, True])
@pytest.mark.parametrize("was_folder", [False, True])
def test_an_export_replaces_an_older_one_and_its_card(tmp_path, is_folder, was_folder):
    place(tmp_path / "m", "old", is_folder=was_folder)
    place(tmp_path / "m", is_folder=is_folder)
    assert names_in(tmp_path) == ["m", "m.json"]
    assert content_of(tmp_path / "m") == "new"
    assert "new" in card_of(tmp_path / "m").read_text()


def test_an_older_card_goes_with_what_it_described(tmp_path):
    place(tmp_path / "m", "old")
    place(tmp_path / "m", has_a_card=False)
    assert names_in(tmp_path) == ["m"]


@pytest.mark.parametrize("was_folder", [False, True])
def test_nothing_changes_if_the_export_fails(tmp_path, was_folder):
    place(tmp_path / "m", "old", is_folder=was_folder)

    def fail():
        with placing(tmp_path / "m") as temporary:
            temporary.write_text("half")
            write_card(temporary, {})
            raise ValueError("the check failed")

    with pytest.raises(ValueError, match="the check failed"):
        fail()
    assert names_in(tmp_path) == ["m", "m.json"]
    assert content_of(tmp_path / "m") == "old"


def test_the_parts_can_be_read_by_others_as_the_mask_says(tmp_path):
    (tmp_path / "usual").touch()
    place(tmp_path / "m")
    assert (tmp_path / "m").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_missing_folder_is_an_error_that_names_the_output(tmp_path):
    with pytest.raises(CannotCreateError, match="no such file or directory") as caught:
        place(tmp_path / "none/m")
    assert caught.value.path == tmp_path / "none/m"


def test_a_free_place_is_accepted(tmp_path):
    check_place(tmp_path / "m", is_forced=False)


@pytest.mark.parametrize("name", ["m", "m.json"])
def test_what_is_there_is_replaced_by_force_alone(tmp_path, name):
    place(tmp_path / "m")
    if name == "m.json":
        (tmp_path / "m").unlink()
    with pytest.raises(CannotCreateError, match="exists already") as caught:
        check_place(tmp_path / "m", is_forced=False)
    assert caught.value.path == tmp_path / name
    check_place(tmp_path / "m", is_forced=True)


def test_a_folder_of_somebody_else_is_kept(tmp_path):
    (tmp_path / "m").mkdir()
    with pytest.raises(CannotCreateError, match="it is a folder"):
        check_place(tmp_path / "m", is_forced=True)


@pytest.mark.parametrize("text", ["{}", "[]", "not JSON", '{"kind": "other"}'])
def test_a_json_file_of_somebody_else_is_kept(tmp_path, text):
    (tmp_path / "m.json").write_text(text)
    assert not has_card(tmp_path / "m")
    with pytest.raises(CannotCreateError, match="not the card of an export"):
        check_place(tmp_path / "m", is_forced=True)
