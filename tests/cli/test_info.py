"""`colorize info`: what a picture, a model, a run, a dataset or an exported file is."""

import json
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from PIL import Image, ImageCms
from safetensors.numpy import save_file

from colorize_cli.core.exported_files import write_card
from colorize_cli.core.model_choice import bundled_models
from colorize_cli.core.onnx_graph import write_onnx
from colorize_cli.core.tensor_file import METADATA_KEY, write_tensors
from finished_runs import make_finished_run
from packed_data import pack_photos
from photos import make_photo, make_sepia
from same_process import Ended, SameProcess
from tiny_models import make_model, write_tiny_model

Colorize: TypeAlias = Callable[..., Ended]


@pytest.fixture
def colorize(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Colorize:
    process = SameProcess(tmp_path, monkeypatch, capfd)
    return lambda *arguments: process([*map(str, arguments)])


@pytest.fixture
def facts(colorize: Colorize) -> Callable[[object], dict[str, Any]]:
    """Return what is told of a thing, as JSON."""

    def facts_of(thing: object) -> dict[str, Any]:
        ended = colorize("info", thing, "--json")
        assert ended.status == 0, ended.err
        (line,) = ended.out.splitlines()
        found: dict[str, Any] = json.loads(line)
        return found

    return facts_of


Facts: TypeAlias = Callable[[object], dict[str, Any]]


@pytest.mark.parametrize(
    ("image", "colors", "mode"),
    [
        (make_photo(0), "its own", "RGB"),
        (make_photo(0).convert("L"), "gray", "L"),
        (make_photo(0).convert("L").convert("RGB"), "gray", "RGB"),
        (make_sepia(make_photo(0)), "toned gray", "RGB"),
        (make_photo(0).convert("P"), "its own", "P"),
    ],
)
def test_a_picture_tells_its_format_its_size_and_whether_it_has_colours(
    facts: Facts, tmp_path: Path, image: Image.Image, colors: str, mode: str
) -> None:
    image.save(tmp_path / "photo.png")
    found = facts("photo.png")
    assert (found["kind"], found["path"], found["format"]) == ("picture", "photo.png", "PNG")
    assert (found["width"], found["height"]) == image.size
    assert (found["colors"], found["mode"], found["bits"]) == (colors, mode, 8)
    assert found["bytes"] == (tmp_path / "photo.png").stat().st_size
    assert (found["frames"], found["made"], found["metadata"]) == (1, None, [])


def test_a_picture_tells_its_depth_transparency_profile_and_metadata(
    facts: Facts, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGBA", (6, 5), (9, 9, 9, 99)).save(
        tmp_path / "clear.png", exif=exif, icc_profile=profile, dpi=(300, 300)
    )
    deep = np.linspace(0, 65535, 30).astype(np.uint16).reshape(5, 6)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    found = facts("clear.png")
    assert found["has_transparency"] is True
    assert found["profile"] == "sRGB built-in"
    assert found["metadata"] == ["EXIF"]
    assert found["dpi"] == pytest.approx([300, 300], abs=0.1)
    assert facts("deep.png")["bits"] == 16


def test_an_animation_tells_its_frames(facts: Facts, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (6, 5), color) for color in ("red", "blue", "lime")]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    found = facts("moving.gif")
    assert (found["frames"], found["is_animated"]) == (3, True)


def test_a_result_tells_what_made_it(colorize: Colorize, facts: Facts, tmp_path: Path) -> None:
    from hashlib import sha256

    model = write_tiny_model(tmp_path / "tiny.safetensors")
    make_photo(0).convert("L").save(tmp_path / "gray.png")
    colorize("run", "gray.png", "-o", "color.png", "-m", "tiny.safetensors", "--strength", "0.5")
    made = facts("color.png")["made"]
    assert (made["model"], made["model_sha256"]) == ("tiny", model.identity)
    assert made["source_sha256"] == sha256((tmp_path / "gray.png").read_bytes()).hexdigest()
    assert "strength=0.5" in made["options"]


def test_a_model_tells_its_architecture_licence_and_training(facts: Facts, tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "tiny.safetensors")
    (tmp_path / "tiny.md").write_text("# tiny")
    found = facts("tiny.safetensors")
    assert (found["kind"], found["sha256"]) == ("model", model.identity)
    assert (found["architecture"], found["predicts"], found["base_width"]) == ("unet", "ab", 2)
    learnt = [array.size for name, array in model.weights.items() if ".running_" not in name]
    assert found["parameters"] == sum(learnt)
    assert (found["recipe"], found["licence"]) == ("tiny", "CC0-1.0")
    assert found["training"] == {"steps": 3}
    assert found["card"] == "tiny.md"


def test_the_name_of_a_bundled_model_is_that_model_and_a_path_is_not(
    colorize: Colorize, facts: Facts, tmp_path: Path
) -> None:
    name = bundled_models()[0]
    (tmp_path / name).mkdir()
    found = facts(name)
    assert (found["kind"], found["name"]) == ("model", name)
    assert colorize("info", f"./{name}").status == 66


def test_an_exported_file_tells_the_model_and_its_interface(facts: Facts, tmp_path: Path) -> None:
    model = make_model()
    write_onnx(tmp_path / "model.onnx", model, {"largest_difference": "1e-07"})
    found = facts("model.onnx")
    assert (found["kind"], found["form"]) == ("exported model", "onnx")
    assert (found["sha256"], found["stride"]) == (model.identity, 16)
    assert found["input"].startswith("gray: float32 (N, 1, H, W)")
    assert found["largest_difference"] == "1e-07"


@pytest.mark.parametrize("is_folder", [False, True])
def test_an_exported_file_of_another_form_tells_what_its_card_says(
    facts: Facts, tmp_path: Path, is_folder: bool
) -> None:
    path = tmp_path / "exported"
    if is_folder:
        path.mkdir()
    else:
        path.write_bytes(b"TFL3")
    write_card(path, {"form": "tflite", "license": "CC0-1.0"})
    found = facts("exported")
    assert (found["kind"], found["form"], found["license"]) == (
        "exported model",
        "tflite",
        "CC0-1.0",
    )


def test_a_checkpoint_tells_that_it_is_one(facts: Facts, tmp_path: Path) -> None:
    header = {"kind": "checkpoint", "format_version": 1, "position": {"epoch": 3}}
    write_tensors(tmp_path / "last.safetensors", {"a": np.zeros(3, np.float32)}, header)
    found = facts("last.safetensors")
    assert (found["kind"], found["position"]) == ("checkpoint", {"epoch": 3})


def test_a_dataset_tells_its_sides_and_its_fingerprint(facts: Facts, tmp_path: Path) -> None:
    data = pack_photos(tmp_path / "data", train=5, test=2)
    stated = json.loads((data / "dataset.json").read_text())
    (data / "dataset.json").write_text(json.dumps({**stated, "dropped": {"gray": 3, "small": 0}}))
    found = facts("data")
    assert (found["kind"], found["size"], found["classes"]) == ("dataset", 16, 1)
    assert found["photos"] == {"train": 5, "test": 2}
    assert found["fingerprint"] == stated["fingerprint"]
    assert found["dropped"] == {"gray": 3}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    data = pack_photos(tmp_path / "data", train=5, test=2)
    return make_finished_run(tmp_path / "run", data, epochs=3).path


def test_a_run_tells_how_far_it_is_and_what_differs_from_its_recipe(
    facts: Facts, run: Path
) -> None:
    found = facts("run")
    assert (found["kind"], found["recipe"], found["epochs"]) == ("run", "compact", "3 of 3")
    assert found["best"] == {"epoch": 2, "ab_error": 30.0}
    assert found["differs"] == {"base_width": 2}
    assert found["environment"]["device"] == "cpu"
    assert found["model"] == "run/model.safetensors"


@pytest.mark.parametrize(
    ("pid", "state"),
    [(os.getpid(), "running"), (2**22 + 1, "killed"), ("?", "killed")],
    ids=["this process", "none", "no number"],
)
def test_a_run_whose_process_is_gone_was_killed(
    facts: Facts, run: Path, pid: object, state: str
) -> None:
    # Linux gives no number above 2^22 (PID_MAX_LIMIT).
    status = {"state": "running", "pid": pid, "host": platform.node(), "step": 4, "steps": 9}
    (run / "status.json").write_text(json.dumps(status))
    found = facts("run")
    assert (found["state"], found["step"]) == (state, "4 of 9")


@pytest.mark.parametrize(
    ("name", "content", "status", "reason"),
    [
        ("missing.png", None, 66, "no such file, folder or bundled model ("),
        ("notes.txt", b"some words", 65, "neither a picture that can be read, nor a model"),
        ("empty.png", b"", 65, "empty file"),
        ("cut.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 65, "'cut.png': "),
        ("cut.safetensors", b"\x10\0\0\0\0\0\0\0{}", 78, "not a whole safetensors file"),
        ("other.onnx", b"\xff\xff", 78, "not a whole ONNX file"),
        ("folder/", None, 66, "neither a run, nor a dataset, nor an exported model"),
        ("run/config.json", b"[]", 78, "does not hold the settings of a run"),
        ("run/config.json", b"[" * 100_000, 78, "cannot be read as JSON"),
        ("bert/config.json", b'{"model_type": "bert"}', 66, "not that of a run"),
        ("data/dataset.json", b"[" * 100_000, 78, "damaged: not JSON"),
        ("a" * 300, None, 66, "cannot be read: file name too long"),
        ("data/dataset.json", b"{}", 78, "this does not describe a dataset of colorize"),
    ],
)
def test_what_is_unknown_or_damaged_is_one_line_with_its_status(
    colorize: Colorize,
    tmp_path: Path,
    name: str,
    content: bytes | None,
    status: int,
    reason: str,
) -> None:
    path = tmp_path / name
    if name.endswith("/"):
        path.mkdir()
    elif content is not None:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    thing = name.split("/")[0]
    ended = colorize("info", thing)
    assert (ended.status, ended.out) == (status, "")
    (line,) = ended.lines
    assert line.startswith("colorize: '")
    assert reason in line


def test_of_several_things_the_others_are_told(colorize: Colorize, tmp_path: Path) -> None:
    make_photo(0).save(tmp_path / "a.png")
    make_photo(1).save(tmp_path / "b.png")
    ended = colorize("info", "a.png", "missing", "b.png", "--json")
    assert ended.status == 1
    assert [json.loads(line)["path"] for line in ended.out.splitlines()] == ["a.png", "b.png"]
    assert ended.lines[-1] == "colorize: 1 of 3 could not be told"


def test_people_get_a_line_for_each_fact(colorize: Colorize, tmp_path: Path) -> None:
    (tmp_path / "odd\nname.png").write_bytes(_png())
    lines = colorize("info", "odd\nname.png").out.splitlines()
    assert lines[0].split() == ["kind", "picture"]
    assert lines[1].split(maxsplit=1) == ["path", "'odd\\nname.png'"]
    assert ["has", "transparency", "no"] in [line.split() for line in lines]


def _png() -> bytes:
    from pictures import saved

    return saved(Image.new("L", (5, 4), 9))


def test_nothing_to_tell_of_is_a_usage_error(colorize: Colorize) -> None:
    ended = colorize("info")
    assert (ended.status, ended.out) == (2, "")
    assert "colorize info FILE" in ended.err


def test_an_empty_name_is_not_the_folder_that_one_is_in(colorize: Colorize) -> None:
    ended = colorize("info", "")
    assert (ended.status, ended.out) == (2, "")
    assert "a name is empty" in ended.err


def test_what_cannot_be_opened_is_one_line(colorize: Colorize, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    ended = colorize("info", "loop")
    assert ended.status == 66
    assert ended.lines == ["colorize: 'loop': cannot be read: too many levels of symbolic links"]


@pytest.mark.parametrize("name", ["pipe", "/dev/zero"])
def test_pipes_and_devices_are_not_waited_for(
    colorize: Colorize, tmp_path: Path, name: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    ended = colorize("info", name)
    assert ended.status == 66
    assert ended.lines == [f"colorize: '{name}': a pipe or a device, not a file"]


def test_a_run_is_told_whose_status_and_metrics_are_no_json(facts: Facts, run: Path) -> None:
    for name in ("status.json", "metrics.jsonl"):
        (run / name).write_text("[" * 100_000)
    assert facts(run)["state"] == "unknown"


def test_a_header_that_is_nested_too_deeply_is_no_header_of_ours(
    colorize: Colorize, tmp_path: Path
) -> None:
    path = tmp_path / "deep.safetensors"
    save_file({"a": np.zeros(1, np.float32)}, path, {METADATA_KEY: "[" * 100_000})
    ended = colorize("info", path)
    assert (ended.status, "no header of ours" in ended.err) == (78, True)
