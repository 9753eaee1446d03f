import io
import json

import numpy as np
import pytest
from PIL import Image

import plugin_distributions as made
from command_line import run_colorize
from tiny_models import write_tiny_model

EVERY = (
    made.GOOD,
    *made.BREAKING,
    made.INCOMPATIBLE,
    made.WITHOUT_FRAMEWORK,
    made.NOISY,
)


@pytest.fixture
def run_with(tmp_path):
    def run(plugins, *arguments, **settings):
        folder = tmp_path / "site"
        if not folder.exists():
            folder.mkdir()
            made.install(folder, plugins)
        variables = {"PYTHONPATH": str(folder), **settings.pop("variables", {})}
        return run_colorize(tmp_path, *arguments, variables=variables, **settings)

    return run


def states_in(result):
    assert result.returncode == 0, result.stderr
    return {state["name"]: state for state in json.loads(result.stdout)}


def png_of(image):
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def test_the_embedded_backend_is_listed(tmp_path):
    states = states_in(run_colorize(tmp_path, "backends", "--json"))
    assert states["onnx"]["state"] == "ok"
    assert states["onnx"]["distribution"] == "colorize-gan"
    assert states["onnx"]["framework"] == "onnxruntime"
    assert "cpu" in states["onnx"]["devices"]


def test_every_state_is_told_with_its_reason_and_nothing_else_on_stdout(run_with):
    states = states_in(run_with(EVERY, "backends", "--json"))
    found = {plugin.name: states[plugin.name]["state"] for plugin in EVERY}
    assert found == {
        "good": "ok",
        **{plugin.name: "broken" for plugin in made.BREAKING},
        "incompatible": "incompatible",
        "frameless": "missing",
        "noisy": "ok",
    }
    assert states["raising"]["reason"] == "RuntimeError: out of order again"
    assert states["frameless"]["remedy"] == "pip install nothing"


def test_duplicates_are_told_with_both_packages(run_with):
    state = states_in(run_with([made.SECOND_ONNX], "backends", "--json"))["onnx"]
    assert state["state"] == "duplicate"
    assert "colorize-gan" in state["distribution"]
    assert "colorize-second-onnx" in state["distribution"]


def test_the_listing_for_people_has_a_line_for_each_and_the_reasons(run_with):
    result = run_with([made.RAISING, made.WITHOUT_FRAMEWORK], "backends")
    lines = result.stdout.decode().splitlines()
    assert any(line.split()[:2] == ["onnx", "ok"] for line in lines)
    assert any(line.split()[:2] == ["raising", "broken"] for line in lines)
    assert "raising: RuntimeError: out of order again" in lines
    assert "frameless: nothing is not installed; try: pip install nothing" in lines


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"]])
def test_broken_plugins_do_not_harm_help_and_version(run_with, arguments):
    result = run_with(made.BREAKING, *arguments)
    assert (result.returncode, result.stderr) == (0, b"")


def test_broken_and_noisy_plugins_do_not_harm_colouring(run_with, tmp_path):
    write_tiny_model(tmp_path / "tiny")
    gray = np.arange(256, dtype=np.uint8).reshape(16, 16)
    result = run_with(EVERY, "run", "--model", "tiny", input=png_of(Image.fromarray(gray)))
    assert result.returncode == 0, result.stderr
    with Image.open(io.BytesIO(result.stdout)) as image:
        assert (image.size, image.mode) == ((16, 16), "RGB")


def test_a_broken_backend_that_is_asked_for_is_unavailable(run_with, tmp_path):
    write_tiny_model(tmp_path / "tiny")
    picture = png_of(Image.new("L", (16, 16), 99))
    result = run_with(
        [made.EXITING], "run", "--model", "tiny", "--backend", "exiting", input=picture
    )
    assert (result.returncode, result.stdout) == (69, b"")
    assert result.stderr == b"colorize: backend 'exiting' is broken: SystemExit: go away\n"


def test_an_unknown_backend_in_the_environment_is_told_as_a_setting(run_with, tmp_path):
    write_tiny_model(tmp_path / "tiny")
    picture = png_of(Image.new("L", (16, 16), 99))
    variables = {"COLORIZE_BACKEND": "onxx"}
    result = run_with([], "run", "--model", "tiny", input=picture, variables=variables)
    assert (result.returncode, result.stdout) == (78, b"")
    assert b"did you mean 'onnx'? (backend is set by COLORIZE_BACKEND)" in result.stderr
