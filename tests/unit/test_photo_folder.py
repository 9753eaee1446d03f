import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, features

from colorize_cli.core import photo_folder
from colorize_cli.core.errors import NoInputError
from colorize_cli.core.photo_folder import class_of, find_photos, starts_like_a_photo

JPEG_HEAD = b"\xff\xd8\xff\xe0" + bytes(8)


def touch(root: Path, *names: str, content: bytes = b"") -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def test_photos_come_in_natural_order(tmp_path: Path) -> None:
    touch(tmp_path, "b/10.jpg", "b/9.JPG", "B/1.png", "a 2/x.tif", "a 10/x.webp", "z.jpeg")
    expected = ("a 2/x.tif", "a 10/x.webp", "B/1.png", "b/9.JPG", "b/10.jpg", "z.jpeg")
    assert find_photos(tmp_path).photos == expected


def test_other_and_hidden_files_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg", "notes.txt", "clip.mp4", "anim.gif", ".2.jpg", ".cache/3.jpg")
    folder = find_photos(tmp_path)
    assert folder.photos == ("1.jpg",)
    assert folder.other_files == 3


def test_a_file_without_suffix_is_judged_by_its_content(tmp_path: Path) -> None:
    touch(tmp_path, "scan", content=JPEG_HEAD)
    touch(tmp_path, "README", content=b"Photos of auks")
    folder = find_photos(tmp_path)
    assert (folder.photos, folder.other_files) == (("scan",), 1)


@pytest.mark.parametrize(
    ("can_decode", "photos"), [(True, ("1.avif", "2.jpg")), (False, ("2.jpg",))]
)
def test_avif_is_taken_where_it_can_be_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can_decode: bool, photos: tuple[str, ...]
) -> None:
    monkeypatch.setattr(photo_folder, "_can_decode_avif", lambda: can_decode)
    touch(tmp_path, "1.avif", "2.jpg", "3.heic")
    assert find_photos(tmp_path).photos == photos


def test_loops_of_links_end_and_no_folder_is_entered_twice(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.jpg")
    (tmp_path / "a/loop").symlink_to(tmp_path)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "self").symlink_to("self")
    assert find_photos(tmp_path).photos == ("a/1.jpg",)


def test_links_to_folders_elsewhere_are_followed(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/1.jpg", "source/2.jpg")
    (tmp_path / "source/linked").symlink_to(tmp_path / "elsewhere")
    assert find_photos(tmp_path / "source").photos == ("2.jpg", "linked/1.jpg")


def test_a_link_to_nowhere_stands_among_the_photos(tmp_path: Path) -> None:
    (tmp_path / "lost.jpg").symlink_to("nowhere.jpg")
    assert find_photos(tmp_path).photos == ("lost.jpg",)


def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.jpg")
    folder = find_photos(tmp_path)
    assert (folder.photos, folder.other_files) == ((), 2)


def test_the_excluded_folder_is_not_entered(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg", "out/2.jpg")
    assert find_photos(tmp_path, excluded=tmp_path / "out").photos == ("1.jpg",)


def test_names_of_odd_bytes_survive(tmp_path: Path) -> None:
    names = [b"line\nbreak.jpg", b"latin-\xe9.jpg", b"-o.jpg", b" .jpg"]
    for name in names:
        Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).write_bytes(b"")
    assert {os.fsencode(photo) for photo in find_photos(tmp_path).photos} == set(names)


def test_the_class_is_the_folder() -> None:
    assert [class_of(path) for path in ("1.jpg", "a/1.jpg", "a/b/1.jpg")] == ["", "a", "a/b"]


@pytest.mark.parametrize(
    ("head", "is_photo"),
    [
        (JPEG_HEAD, True),
        (b"\x89PNG\r\n\x1a\n\0\0\0\r", True),
        (b"RIFF\x10\0\0\0WEBP", True),
        (b"RIFF\x10\0\0\0WAVE", False),
        (b"II*\0\x08\0\0\0", True),
        (b"MM\0*\0\0\0\x08", True),
        (b"GIF89a", False),
        (b"%!PS-Adobe-3.0", False),
        (b"", False),
    ],
)
def test_photos_are_known_by_their_first_bytes(head: bytes, is_photo: bool) -> None:
    assert starts_like_a_photo(head) is is_photo


def test_avif_is_known_by_what_pillow_writes() -> None:
    written = BytesIO()
    if not features.check("avif"):
        pytest.skip("Pillow has no AVIF here")
    Image.new("RGB", (8, 8)).save(written, "AVIF")
    assert starts_like_a_photo(written.getvalue()[:12])
    assert photo_folder._can_decode_avif()
    assert not starts_like_a_photo(b"\0\0\0\x1cftypmp42")


def test_a_missing_source_is_a_missing_input(tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match="no such folder"):
        find_photos(tmp_path / "nowhere")


def test_a_file_is_no_source(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg")
    with pytest.raises(NoInputError, match="not a folder"):
        find_photos(tmp_path / "1.jpg")
