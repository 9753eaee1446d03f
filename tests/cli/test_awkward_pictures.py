"""Hundreds of odd files through one batch: each has its result or its line, and nothing else."""

import json
import warnings
from io import BytesIO

import pytest
from PIL import Image

from command_line import run_colorize
from odd_files import HEIGHT, WIDTH, odd_files
from tiny_models import write_tiny_model


class Batch:
    """What came of the odd files."""

    def __init__(self, folder):
        self.contents = dict(odd_files())
        inputs, self.outputs = folder / "in", folder / "out"
        inputs.mkdir()
        for name, content in self.contents.items():
            (inputs / name).write_bytes(content)
        (inputs / "a folder.png").mkdir()
        (inputs / "a link to nowhere.png").symlink_to("nowhere")
        self.names = sorted({path.name for path in inputs.iterdir()})
        write_tiny_model(folder / "tiny.safetensors")
        self.result = run_colorize(
            folder,
            *("run", "-m", "tiny.safetensors", "--output-dir", "out", "--name", "{name}{ext}"),
            *("--json", "--files-from", "-", "-0"),
            input="\0".join(f"in/{name}" for name in self.names).encode(),
        )
        *self.events, self.summary = map(json.loads, self.result.stdout.splitlines())

    @property
    def done(self):
        """Results by the name of their input."""
        return {
            event["input"].removeprefix("in/"): self.outputs / event["output"].removeprefix("out/")
            for event in self.events
            if event["status"] == "done"
        }


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    return Batch(tmp_path_factory.mktemp("odd"))


def opened(content):
    """Return a whole picture as Pillow has it, upright, or None if Pillow has not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.open(BytesIO(content))
            image.load()
        except Exception:  # noqa: BLE001 - Pillow raises whatever it comes across
            return None
    return image


def test_the_batch_ends_without_a_traceback_and_some_failed(batch):
    said = batch.result.stderr.decode("utf-8", "surrogateescape")
    assert batch.result.returncode == 1
    assert "Traceback" not in said
    assert "bug" not in said
    assert all(line.startswith("colorize: ") for line in said.splitlines())


def test_every_file_has_its_result_or_its_reason(batch):
    assert sorted(event["input"].removeprefix("in/") for event in batch.events) == batch.names
    for event in batch.events:
        assert event["status"] in {"done", "failed"}
        assert (event["status"] == "failed") == bool(event["reason"])
    assert len(batch.done) > 200
    assert batch.summary["failed"] == len(batch.names) - len(batch.done)


def test_every_failure_is_told_in_one_line(batch):
    lines = batch.result.stderr.decode("utf-8").splitlines()
    failures = [line for line in lines if line.startswith("colorize: '")]
    expected = [
        f"colorize: {event['input']!r}: {event['reason']}"
        for event in batch.events
        if event["status"] == "failed"
    ]
    assert failures == expected


def test_there_are_the_results_and_nothing_else(batch):
    assert sorted(batch.outputs.iterdir()) == sorted(batch.done.values())


def test_every_result_is_a_whole_picture_of_the_size_of_its_input(batch):
    for name, output in batch.done.items():
        result = opened(output.read_bytes())
        assert result is not None, name
        source = opened(batch.contents[name])
        if source is not None:
            assert result.size == source.size, name


def test_every_whole_picture_is_coloured(batch):
    whole = [name for name in batch.contents if not name.startswith(("cut-", "flipped-"))]
    readable = [name for name in whole if opened(batch.contents[name]) is not None]
    # Floating-point samples outside 0 to 1 have no white.
    without_white = {name for name in readable if opened(batch.contents[name]).mode == "F"}
    assert len(readable) > 150
    assert set(readable) - without_white <= set(batch.done)


def test_no_picture_is_made_of_a_png_that_is_cut_short(batch):
    cut = [name for name in batch.contents if name.startswith("cut-") and "-PNG." in name]
    assert len(cut) >= 20
    # The last bytes of a PNG are its end mark, which holds no pixel.
    missing_more = [name for name in cut if opened(batch.contents[name]) is None]
    assert not set(missing_more) & set(batch.done)


def test_sizes_of_millions_are_refused_before_their_memory_is_taken(batch):
    reasons = {event["input"]: event["reason"] for event in batch.events}
    for name in ("png-60000x60000.png", "pgm-60000x60000.pgm", "bmp-60000x60000.bmp"):
        assert "3,600 megapixels" in reasons[f"in/{name}"], name


def test_the_odd_files_are_what_they_are_meant_to_be(batch):
    contents = batch.contents
    picture = opened(contents["RGB-PNG.png"])
    assert (picture.mode, picture.size) == ("RGB", (WIDTH, HEIGHT))
    for name in ("png-0x9.png", "cut-30-RGB-JPEG.jpeg", "zeros.png", "a letter.png"):
        assert opened(contents[name]) is None
