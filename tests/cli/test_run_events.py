"""What programs are told: every line fits the published schema."""

import base64
import json
import os
from importlib.resources import files

import jsonschema
import numpy as np
import pytest

from pictures import encoded, gray_picture
from same_process import SameProcess
from tiny_models import write_tiny_model
from two_hues import two_hues

GRAY = gray_picture()
PNG = encoded(GRAY)
SCHEMA = json.loads((files("colorize_cli") / "schemas/run-1.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    return path, write_tiny_model(path).identity


@pytest.fixture
def run(tmp_path, monkeypatch, capfd, model):
    process = SameProcess(tmp_path, monkeypatch, capfd)
    return lambda *arguments: process(["run", "--model", str(model[0]), *arguments])


def events(text: str) -> list[dict]:
    """Read lines of JSON, each of which must fit the schema."""
    found = [json.loads(line) for line in text.splitlines()]
    for event in found:
        VALIDATOR.validate(event)
    return found


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_refuses_what_is_no_event(run, tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    picture, summary = events(run("a.png", "-o", "b.png", "--json").out)
    for wrong in ({"status": "lost"}, {"code": 65}, {"size": None}, {"schema_version": 2}):
        assert not VALIDATOR.is_valid({**picture, **wrong})
    for key in picture:
        assert not VALIDATOR.is_valid({name: picture[name] for name in picture if name != key})
    assert not VALIDATOR.is_valid({**summary, "done": -1})


def test_the_schema_can_be_printed(run):
    assert json.loads(run("--json-schema").out) == SCHEMA


def test_every_status_is_an_event_and_the_last_is_the_summary(run, tmp_path, model):
    (tmp_path / "done.png").write_bytes(PNG)
    (tmp_path / "cut.png").write_bytes(PNG[:80])
    (tmp_path / "color.png").write_bytes(encoded(two_hues()))
    (tmp_path / "sub").mkdir()
    arguments = ("done.png", "cut.png", "color.png", "gone.png", "sub", "--output-dir", "out")
    ended = run(*arguments, "--only-gray", "--json")
    *pictures, summary = events(ended.out)
    assert ended.status == 1
    assert [
        (event["input"], event["output"], event["status"], event["code"]) for event in pictures
    ] == [
        ("done.png", "out/done.png", "done", 0),
        ("cut.png", "out/cut.png", "failed", 65),
        ("color.png", "out/color.png", "skipped", 0),
        ("gone.png", "out/gone.png", "failed", 66),
        ("sub", None, "failed", 66),
    ]
    done = pictures[0]
    assert (done["size"], done["frames"], done["format"]) == ([32, 24], 1, "png")
    assert (done["backend"], done["device"]) == ("onnx", "cpu")
    assert done["model"] == {"name": "tiny", "sha256": model[1]}
    assert pictures[2]["reason"] == "has colours already"
    counts = [summary[key] for key in ("done", "skipped", "failed", "not_tried", "code")]
    assert counts == [1, 1, 3, 0, 1]


def test_a_second_run_is_skipped_in_events_too(run, tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    run("a.png", "--output-dir", "out")
    picture, summary = events(run("a.png", "--output-dir", "out", "--json").out)
    assert (picture["status"], picture["device"], summary["skipped"]) == ("skipped", None, 1)


def test_warnings_are_part_of_the_event(run, tmp_path):
    (tmp_path / "deep.png").write_bytes(encoded(GRAY.astype(np.uint16) * 257))
    picture, _ = events(run("deep.png", "-o", "a.jpg", "--json").out)
    assert "8 bits" in picture["warnings"][0]


def test_a_single_error_has_its_own_status(run, tmp_path):
    (tmp_path / "cut.png").write_bytes(PNG[:80])
    ended = run("cut.png", "-o", "a.png", "--json")
    picture, summary = events(ended.out)
    assert (ended.status, picture["code"], summary["code"]) == (65, 65, 65)
    assert picture["reason"] in ended.err


def test_names_that_are_not_utf_8_are_told_exactly(run, tmp_path):
    name = b"latin-\xe9\n.png"
    (tmp_path / os.fsdecode(name)).write_bytes(PNG)
    ended = run("--output-dir", "out", "--json", "--", os.fsdecode(name))
    picture, _ = events(ended.out)
    assert ended.out.isascii()
    assert picture["input"] == "latin-\ufffd\n.png"
    assert base64.b64decode(picture["input_base64"]) == name
    assert base64.b64decode(picture["output_base64"]) == b"out/" + name


def test_other_names_are_themselves(run, tmp_path):
    (tmp_path / "Übung 鳥.png").write_bytes(PNG)
    picture, _ = events(run("Übung 鳥.png", "-o", "a.png", "--json").out)
    assert picture["input"] == "Übung 鳥.png"
    assert "input_base64" not in picture


def test_events_go_to_a_file_while_the_picture_goes_to_stdout(run, tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    assert run("a.png", "--json-file", "log.jsonl").status == 0
    picture, _ = events((tmp_path / "log.jsonl").read_text("ascii"))
    assert picture["output"] == "standard output"


def test_stdout_cannot_take_both(run, tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    ended = run("a.png", "--json")
    assert (ended.status, ended.out, "--json-file" in ended.err) == (2, "", True)


def test_a_log_is_written_anew_and_nothing_else_replaced(run, tmp_path):
    for name in ("a.png", "precious.png"):
        (tmp_path / name).write_bytes(PNG)
    for _ in range(2):
        assert run("a.png", "--output-dir", "out", "--json-file", "log.jsonl").status == 0
    assert len(events((tmp_path / "log.jsonl").read_text("ascii"))) == 2
    for path in ("precious.png", "a.png", "new/a.png"):
        ended = run("a.png", "--output-dir", "new", "--json-file", path)
        assert (ended.status, len(ended.lines)) == (73, 1)
    assert (tmp_path / "precious.png").read_bytes() == PNG
    assert list((tmp_path / "new").iterdir()) == []
