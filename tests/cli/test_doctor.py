"""`colorize doctor`: what is well, what is not, and what helps."""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeAlias

import pytest

import plugin_distributions as made
from colorize_cli.commands import doctor_coloring, doctor_machine
from colorize_cli.core import compiled_library
from colorize_cli.core.backend import API_VERSION
from same_process import Ended, SameProcess
from tiny_models import write_tiny_model

Doctor: TypeAlias = Callable[..., Ended]
Install: TypeAlias = Callable[[made.Plugin], None]

RIGHT = made.Plugin(
    "right",
    "colorize-right",
    made.PREAMBLE.replace(
        "return np.repeat(gray * 0, 2, axis=1)",
        "from colorize_cli.testing.reference import colored; return colored(self.model, gray)",
    ).replace("return Colorizer()", "c = Colorizer(); c.model = model; return c")
    + made.HOOK,
)
"""A backend that computes what the reference does."""
FALLING = made.Plugin(
    "falling",
    "colorize-falling",
    made.PREAMBLE.replace("return np.repeat(gray * 0, 2, axis=1)", "raise ValueError('no way')")
    + made.HOOK,
)


@pytest.fixture
def doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Doctor:
    process = SameProcess(tmp_path, monkeypatch, capfd)
    for name in ("CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / "home" / name.lower()))
    write_tiny_model(tmp_path / "tiny.safetensors")
    monkeypatch.setenv("COLORIZE_MODEL", "tiny.safetensors")
    return lambda *arguments: process(["doctor", *arguments])


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Install]:
    """Put a plug-in package on the path, and choose its backend."""

    def put_on_path(plugin: made.Plugin) -> None:
        version = f"api_version = {API_VERSION}"
        source = re.sub("api_version = [0-9]+", version, plugin.source)
        (tmp_path / "site").mkdir()
        folder = made.install(tmp_path / "site", [replace(plugin, source=source)])
        monkeypatch.syspath_prepend(str(folder))
        monkeypatch.setenv("COLORIZE_BACKEND", plugin.name)

    yield put_on_path
    for plugin in (RIGHT, FALLING, made.GOOD, made.RAISING, made.WITHOUT_FRAMEWORK):
        sys.modules.pop(plugin.module, None)


def report(ended: Ended) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ended.out)
    assert (found["status"], found["is_healthy"]) == (ended.status, ended.status == 0)
    return found


def failed(ended: Ended) -> list[dict[str, Any]]:
    return [entry for entry in report(ended)["findings"] if entry["state"] == "failed"]


def test_a_sound_installation_is_healthy(doctor: Doctor) -> None:
    ended = doctor("--json")
    assert ended.status == 0, ended.out
    found = report(ended)
    assert not failed(ended)
    texts = [f"{entry['check']}: {entry['text']}" for entry in found["findings"]]
    for start in ("python: 3.", "package: numpy ", "package: onnxruntime ", "chosen: backend onnx"):
        assert any(text.startswith(start) for text in texts), start
    assert any(text.startswith("colours: the network on cpu is off by") for text in texts)
    assert "colours: 72 x 48 pixels, the lightness kept" in texts


def test_what_auto_chose_is_tried_and_told(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORIZE_PRECISION", "auto")
    ended = doctor("--json")
    assert ended.status == 0, ended.out
    assert any(entry["text"].endswith("(float32)") for entry in report(ended)["findings"])


def test_people_get_a_line_for_each_finding(doctor: Doctor) -> None:
    ended = doctor()
    assert (ended.status, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0].split() == ["STATE", "CHECK", "FOUND"]
    assert {line.split()[0] for line in lines[1:]} <= {"ok", "note"}


def test_a_wrong_settings_file_fails_with_78_before_anything_is_coloured(
    doctor: Doctor, tmp_path: Path
) -> None:
    (tmp_path / "colorize.toml").write_text("[run]\nstrenght = 1\n")
    ended = doctor("--json")
    (wrong,) = failed(ended)
    assert ended.status == wrong["status"] == 78
    assert "unknown key 'strenght' in [run]; did you mean 'strength'?" in wrong["text"]
    assert wrong["remedy"] == "correct it, or move it away"
    assert ended.lines[-1].startswith("colorize: 1 of ")


def test_variables_are_checked(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORIZE_RUN_SIZE", "huge")
    monkeypatch.setenv("COLORIZE_RUN_STRENGHT", "1")
    ended = doctor("--json")
    (wrong,) = failed(ended)
    assert (ended.status, wrong["remedy"]) == (78, "unset COLORIZE_RUN_SIZE")
    notes = [entry["text"] for entry in report(ended)["findings"] if entry["state"] == "note"]
    assert "COLORIZE_RUN_STRENGHT sets nothing; did you mean 'COLORIZE_RUN_STRENGTH'?" in notes


def test_an_unknown_backend_is_a_wrong_setting(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLORIZE_BACKEND", "onxx")
    ended = doctor("--json")
    assert ended.status == 78
    assert "unknown backend 'onxx'" in failed(ended)[0]["text"]


def test_a_chosen_backend_without_its_framework_fails_with_69_and_its_remedy(
    doctor: Doctor, install: Install
) -> None:
    install(made.WITHOUT_FRAMEWORK)
    ended = doctor("--json")
    (wrong,) = failed(ended)
    assert (ended.status, wrong["check"]) == (69, "chosen")
    assert wrong["remedy"] == "pip install nothing"
    assert wrong["text"].endswith("nothing is not installed")


def test_a_backend_that_is_not_chosen_may_lack_its_framework(
    doctor: Doctor, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(made.WITHOUT_FRAMEWORK)
    monkeypatch.setenv("COLORIZE_BACKEND", "onnx")
    ended = doctor("--json")
    assert ended.status == 0
    notes = [entry for entry in report(ended)["findings"] if entry["state"] == "note"]
    assert ("backend", "pip install nothing") in [(n["check"], n["remedy"]) for n in notes]


def test_a_broken_entry_point_fails_though_another_backend_is_chosen(
    doctor: Doctor, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(made.RAISING)
    monkeypatch.setenv("COLORIZE_BACKEND", "onnx")
    ended = doctor("--json")
    (wrong,) = failed(ended)
    assert ended.status == 69
    assert "RuntimeError: out of order again" in wrong["text"]
    assert wrong["remedy"] == "update or uninstall colorize-raising"


def test_a_backend_with_wrong_numbers_is_found(doctor: Doctor, install: Install) -> None:
    install(made.GOOD)
    ended = doctor("--json")
    (wrong,) = failed(ended)
    assert (ended.status, wrong["check"]) == (69, "colours")
    assert "more than 0.0001" in wrong["text"]


def test_a_backend_with_right_numbers_is_healthy(doctor: Doctor, install: Install) -> None:
    install(RIGHT)
    assert doctor("--json").status == 0


def test_a_backend_that_raises_is_told_and_not_followed(doctor: Doctor, install: Install) -> None:
    install(FALLING)
    ended = doctor("--json")
    (wrong,) = failed(ended)
    assert ended.status == 69
    assert wrong["text"] == "backend good raised ValueError: no way"


@pytest.mark.parametrize(
    ("name", "content", "status"), [("none.safetensors", None, 66), ("odd.onnx", b"\xff", 78)]
)
def test_a_model_that_cannot_be_read_is_found(
    doctor: Doctor,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    content: bytes | None,
    status: int,
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    monkeypatch.setenv("COLORIZE_MODEL", name)
    ended = doctor("--json")
    assert ended.status == status
    assert name in failed(ended)[0]["text"]


def test_a_device_that_is_not_there_fails_with_69(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLORIZE_DEVICE", "cuda:99")
    assert doctor("--json").status == 69


def test_lightness_that_was_not_kept_is_found(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor_coloring, "_gray_codes", lambda codes: codes[..., 0] // 2)
    ended = doctor("--json")
    assert ended.status == 70
    assert failed(ended)[0]["text"] == "the lightness of a picture was not kept"


def test_limits_and_folders_that_will_be_in_the_way_are_noted(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "max_user_watches").write_text("100\n")
    monkeypatch.setattr(doctor_machine, "INOTIFY", tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/state")
    ended = doctor("--json")
    assert ended.status == 0
    notes = {e["text"]: e["remedy"] for e in report(ended)["findings"] if e["state"] == "note"}
    assert "sysctl" in notes["only 100 folders that watch can follow"]
    place = "state: /dev/null/state/colorize/watch cannot be written"
    assert notes[place] == "set XDG_STATE_HOME, or watch --state"


def test_that_nothing_was_compiled_is_noted(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(compiled_library, "PLACE", tmp_path / "nothing")
    ended = doctor("--json")
    assert ended.status == 0
    (note,) = (entry for entry in report(ended)["findings"] if entry["check"] == "loops")
    assert (note["state"], "C compiler" in note["remedy"]) == ("note", True)


def test_a_package_that_is_missing_is_found(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor_machine, "_required", lambda: ["colorize-needs-this"])
    ended = doctor("--json")
    (wrong,) = failed(ended)
    assert (ended.status, wrong["text"]) == (69, "colorize-needs-this is not installed")


def test_a_folder_that_is_gone_is_no_bug(doctor: Doctor, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    texts = [entry["text"] for entry in report(doctor("--json"))["findings"]]
    assert any(text.startswith("state: ") for text in texts)


def test_a_machine_without_a_place_for_temporary_files_is_told(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    # Not in the module itself, which the tests use as well.
    monkeypatch.setattr(doctor_machine, "tempfile", SimpleNamespace(gettempdir=find))
    ended = doctor("--json")
    notes = {e["text"]: e["remedy"] for e in report(ended)["findings"] if e["state"] == "note"}
    assert notes["temporary: no folder can be written"] == "set TMPDIR"


def test_a_variable_that_is_not_printable_stays_on_its_line(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLORIZE_RUN_REFERENCE", "a\n\x1b[31mb")
    out = doctor().out
    assert "\x1b" not in out
    assert r"COLORIZE_RUN_REFERENCE='a\n\x1b[31mb'" in out
