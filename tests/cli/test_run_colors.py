"""The colours that people want: strokes, a palette, and the best that the network can."""

import hashlib
import json

import numpy as np
import pytest
from PIL import Image

from batch_folders import PNG, fill, summary
from colorize_cli.core.processors import has_bfloat16
from colorize_cli.core.provenance import read_provenance
from command_line import run_colorize
from pictures import encoded, gray_picture, saved
from strokes import strokes_png
from tiny_models import write_tiny_model
from two_hues import two_hues

BLUE = (60, 80, 200)
STROKES = strokes_png(24, 32, (slice(8, 11), slice(10, 15), BLUE))
REFERENCE = encoded(two_hues(), "PNG")


@pytest.fixture
def place(tmp_path):
    """Make a folder with a picture, strokes for it, and a reference."""
    fill(tmp_path, "gray.png", "other.png")
    fill(tmp_path, "strokes.png", data=STROKES)
    fill(tmp_path, "reference.png", data=REFERENCE)
    return tmp_path


def colors(path):
    with Image.open(path) as image:
        return np.asarray(image).astype(int)


def test_strokes_colour_their_region_and_nothing_else(run, place):
    assert run("gray.png", "-o", "plain.png").status == 0
    assert run("gray.png", "-o", "hinted.png", "--hints", "strokes.png").status == 0
    plain, hinted = colors(place / "plain.png"), colors(place / "hinted.png")
    # The rectangle of gray 200 in which they lie, and the darker one below it.
    inside = hinted[9:11, 10:15]
    assert (inside[..., 2] - inside[..., 0] > 40).all()
    np.testing.assert_array_equal(hinted[18:, :8], plain[18:, :8])


def test_a_reference_and_the_best_quality_change_the_colours(run, place):
    results = []
    for number, options in enumerate([(), ("--reference", "reference.png"), ("--quality", "best")]):
        assert run("gray.png", "-o", f"{number}.png", *options).status == 0
        results.append(colors(place / f"{number}.png"))
    assert not np.array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2])


def test_a_reference_serves_a_batch(run, place):
    arguments = ("gray.png", "other.png", "--output-dir", "out", "--reference", "reference.png")
    ended = run(*arguments)
    assert summary(ended) == "2 coloured, 0 skipped, 0 failed"
    assert summary(run(*arguments)) == "0 coloured, 2 skipped (made before), 0 failed"


def test_the_mark_names_strokes_and_reference_by_their_bytes(run, place):
    options = ("--hints", "strokes.png", "--reference", "reference.png", "--quality", "best")
    run("gray.png", "-o", "color.png", *options)
    mark = read_provenance(place / "color.png")
    assert mark is not None
    assert mark.options.endswith(
        f" strip=no quality=best reference={hashlib.sha256(REFERENCE).hexdigest()}"
        f" hints={hashlib.sha256(STROKES).hexdigest()}"
    )


def test_without_them_the_mark_says_what_it_always_said(run, place):
    run("gray.png", "-o", "color.png")
    mark = read_provenance(place / "color.png")
    assert mark is not None
    assert mark.options == "strength=1 size=auto backend=onnx precision=float32 strip=no"


def test_auto_is_float32_for_the_backend_that_is_always_there(run, place):
    run("gray.png", "-o", "color.png")
    assert run("gray.png", "-o", "auto.png", "--precision", "auto").status == 0
    assert (place / "auto.png").read_bytes() == (place / "color.png").read_bytes()


def test_what_auto_chose_is_what_the_mark_says_and_what_an_update_compares(run, place):
    torch = pytest.importorskip("torch")
    assert torch
    arguments = ("gray.png", "-o", "color.png", "--backend", "torch", "--device", "cpu")
    assert run(*arguments, "--precision", "auto").status == 0
    mark = read_provenance(place / "color.png")
    assert mark is not None
    options = dict(option.split("=") for option in mark.options.split())
    assert options["precision"] == ("bfloat16" if has_bfloat16() else "float32")
    again = run(*arguments, "--precision", options["precision"], "--update", "-v")
    assert "made before" in again.err


@pytest.mark.parametrize("option", ["--hints", "--reference"])
def test_changed_strokes_or_another_reference_are_an_update(run, place, option):
    guide = "strokes.png" if option == "--hints" else "reference.png"
    arguments = ("gray.png", "-o", "color.png", option, guide)
    assert run(*arguments).status == 0
    before = (place / "color.png").read_bytes()
    assert run(*arguments).status == 0
    other = strokes_png(24, 32, (slice(8, 11), slice(10, 15), (200, 80, 60)))
    fill(place, guide, data=other if option == "--hints" else encoded(two_hues()[:, ::-1].copy()))
    assert run(*arguments).status == 73
    assert (place / "color.png").read_bytes() == before
    assert run(*arguments, "--update").status == 0
    assert (place / "color.png").read_bytes() != before


@pytest.mark.parametrize("option", ["--hints", "--reference"])
def test_not_even_force_replaces_what_colours_are_read_from(run, place, option):
    guide = "strokes.png" if option == "--hints" else "reference.png"
    before = (place / guide).read_bytes()
    ended = run("gray.png", "-o", guide, option, guide, "--force")
    assert (ended.status, "never changed" in ended.err) == (73, True)
    assert (place / guide).read_bytes() == before


def animation():
    frames = [Image.fromarray(gray_picture()), Image.fromarray(255 - gray_picture())]
    return saved(frames[0], save_all=True, append_images=frames[1:])


FILES = {
    "wide.png": strokes_png(24, 48, (slice(8, 11), slice(10, 15), BLUE)),
    "clear.png": strokes_png(24, 32),
    "opaque.png": encoded(two_hues()),
    "moving.png": animation(),
    "text.png": b"Dear painter",
    "cut.png": STROKES[:60],
}

REFUSALS = [
    (2, ["gray.png", "other.png", "--output-dir", "out", "--hints", "strokes.png"], "one picture"),
    (2, ["-r", ".", "--output-dir", "out", "--hints", "strokes.png"], "one picture"),
    (2, ["--files-from", "text.png", "--output-dir", "o", "--hints", "strokes.png"], "one picture"),
    (2, ["gray.png", "-o", "a.png", "--hints", ""], "a name is empty"),
    (2, ["gray.png", "-o", "a.png", "--quality", "perfect"], "perfect"),
    (65, ["gray.png", "-o", "a.png", "--hints", "wide.png"], "48 x 24 pixels do not fit"),
    (65, ["gray.png", "-o", "a.png", "--hints", "clear.png"], "has no strokes"),
    (65, ["gray.png", "-o", "a.png", "--hints", "opaque.png"], "has no transparency"),
    (65, ["gray.png", "-o", "a.png", "--hints", "moving.png"], "2 frames"),
    (65, ["gray.png", "-o", "a.png", "--hints", "cut.png"], "cut.png"),
    (
        65,
        ["moving.png", "-o", "a.png", "--hints", "strokes.png"],
        "'moving.png': has several frames",
    ),
    (2, ["gray.png", "-o", "a.png", "--hints", "-"], "are read from files, not from stdin"),
    (2, ["gray.png", "-o", "a.png", "--reference", "-"], "are read from files, not from stdin"),
    (65, ["gray.png", "-o", "a.png", "--reference", "other.png"], "is gray"),
    (65, ["gray.png", "-o", "a.png", "--reference", "moving.png"], "2 frames"),
    (65, ["gray.png", "-o", "a.png", "--reference", "text.png"], "text.png"),
    (66, ["gray.png", "-o", "a.png", "--hints", "gone.png"], "gone.png"),
    (66, ["gray.png", "-o", "a.png", "--reference", "gone.jpg"], "gone.jpg"),
    (66, ["gray.png", "other.png", "--output-dir", "o", "--reference", "gone.jpg"], "gone.jpg"),
]


@pytest.mark.parametrize(("status", "arguments", "reason"), REFUSALS)
def test_every_refusal_is_one_line_with_its_status(run, place, status, arguments, reason):
    for name, data in FILES.items():
        fill(place, name, data=data)
    before = {path.name for path in place.iterdir()}
    ended = run(*arguments)
    assert ended.status == status
    (line,) = ended.lines
    assert line.startswith("colorize: ")
    assert reason in line
    assert {path.name for path in place.iterdir()} == before


def test_a_filter_takes_strokes_and_a_reference_too(place):
    write_tiny_model(place / "tiny.safetensors")
    options = ("--model", "tiny.safetensors", "--hints", "strokes.png")
    ended = run_colorize(place, "run", *options, "--reference", "reference.png", input=PNG)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.startswith(b"\x89PNG")


def test_a_process_ends_with_the_status_of_unfit_strokes_and_the_events_say_so(place):
    write_tiny_model(place / "tiny.safetensors")
    fill(place, "wide.png", data=FILES["wide.png"])
    options = ("--model", "tiny.safetensors", "--hints", "wide.png", "--json")
    ended = run_colorize(place, "run", *options, "gray.png", "-o", "color.png")
    assert ended.returncode == 65
    assert ended.stderr.count(b"\n") == 1
    picture, _ = (json.loads(line) for line in ended.stdout.splitlines())
    assert (picture["status"], picture["code"]) == ("failed", 65)
    assert not (place / "color.png").exists()


def test_any_number_of_megapixels_may_be_allowed(run, place):
    assert run("gray.png", "-o", "color.png", "--max-pixels", "1e308").status == 0
