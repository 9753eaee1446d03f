"""What the wheel holds and what it does not."""

import configparser
import hashlib
import json
import re
import shutil
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from built_distributions import ROOT, built, copied_tree

PACKAGES = {
    "colorize_cli",
    "colorize_onnx",
    "colorize_openvino",
    "colorize_tensorflow",
    "colorize_torch",
    "colorize_trainers",
}
SHELLS = {
    "_colorize": "zsh/site-functions/_colorize",
    "colorize.bash": "bash-completion/completions/colorize",
    "colorize.fish": "fish/vendor_completions.d/colorize.fish",
}
"""Where the shells look for completions below `share`."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    (path,) = built(copied_tree(folder / "tree"), folder / "out", "--wheel")
    with zipfile.ZipFile(path) as archive:
        yield archive


def read(wheel, ending):
    (name,) = (name for name in wheel.namelist() if name.endswith(ending))
    return wheel.read(name).decode("utf-8")


def test_it_brings_the_import_packages_and_no_role_folders(wheel):
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {name for name in tops if not name.endswith((".dist-info", ".data"))} == PACKAGES


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_every_package_is_typed(wheel, package):
    assert f"{package}/py.typed" in wheel.namelist()


def test_every_module_of_the_tree_is_in_it(wheel):
    parents = (ROOT, ROOT / "backends", ROOT / "trainers")
    modules = {
        str(path.relative_to(parent))
        for parent in parents
        for package in PACKAGES
        for path in (parent / package).rglob("*.py")
    }
    assert modules == {name for name in wheel.namelist() if name.endswith(".py")}


def test_bundled_models_are_in_it(wheel):
    models = {path.name for path in (ROOT / "colorize_cli/models").glob("*.safetensors")}
    found = {Path(name).name for name in wheel.namelist() if name.endswith(".safetensors")}
    assert found == models


def test_what_help_says_is_in_it(wheel):
    place = "colorize_cli/manual/commands.json"
    assert wheel.read(place) == (ROOT / place).read_bytes()


def test_every_manual_page_and_completion_is_installed_where_it_is_looked_for(wheel):
    pages = {f"man/{path.parent.name}/{path.name}": path for path in ROOT.glob("man/man?/*")}
    wanted = pages | {place: ROOT / "completions" / name for name, place in SHELLS.items()}
    start = ".data/data/share/"
    found = {name.split(start)[1]: wheel.read(name) for name in wheel.namelist() if start in name}
    assert found == {place: path.read_bytes() for place, path in wanted.items()}
    assert len(pages) > 10


def test_nothing_cached_is_in_it(wheel):
    assert not [name for name in wheel.namelist() if name.endswith(".pyc") or "cache" in name]


LOOPS = "colorize_cli/core/color_kernels.so"


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no compiler")
def test_it_brings_the_compiled_loops_and_is_for_machines_like_this_one(wheel):
    assert [name for name in wheel.namelist() if name.endswith((".c", ".so"))] == [LOOPS]
    (tag,) = re.findall("Tag: (.*)", read(wheel, "dist-info/WHEEL"))
    assert re.fullmatch(r"py3-none-(linux|macosx).*", tag)
    assert Path(wheel.filename).name.endswith(f"-{tag}.whl")


@pytest.mark.parametrize("settings", [{"COLORIZE_KERNELS": "none"}, {"CC": "no-such-compiler"}])
def test_without_a_compiler_it_is_for_every_machine(tmp_path, monkeypatch, settings):
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    (path,) = built(copied_tree(tmp_path / "tree"), tmp_path / "out", "--wheel")
    assert path.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(path) as archive:
        assert LOOPS not in archive.namelist()


@pytest.mark.parametrize("settings", [{"COLORIZE_KERNELS": "always"}, {"CC": "no-such-compiler"}])
def test_a_build_that_requires_the_loops_fails_without(tmp_path, monkeypatch, settings):
    for name, value in {"COLORIZE_KERNELS": "required", **settings}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(AssertionError, match=r"always|no-such-compiler"):
        built(copied_tree(tmp_path / "tree"), tmp_path / "out", "--wheel")


def test_it_brings_the_command_and_the_backends(wheel):
    entries = configparser.ConfigParser()
    entries.read_string(read(wheel, "entry_points.txt"))
    assert dict(entries["console_scripts"]) == {"colorize": "colorize_cli.__main__:main"}
    backends = dict(entries["colorize.backends"])
    names = ("onnx", "openvino", "tensorflow", "torch")
    assert backends == {name: f"colorize_{name}" for name in names}


def test_it_states_its_name_version_and_licence(wheel):
    metadata = Parser().parsestr(read(wheel, "METADATA"))
    init = (ROOT / "colorize_cli/__init__.py").read_text("utf-8")
    assert metadata["Name"] == "colorize-gan"
    assert f'__version__ = "{metadata["Version"]}"' in init
    assert metadata["License-Expression"] == "Apache-2.0"
    assert read(wheel, "licenses/LICENSE") == (ROOT / "LICENSE").read_text("utf-8")


def test_no_framework_is_required_without_an_extra(wheel):
    metadata = Parser().parsestr(read(wheel, "METADATA"))
    needed = [line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    assert not [line for line in needed if line.startswith(("openvino", "torch", "tensorflow"))]
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert len(needed) == len(settings["project"]["dependencies"])


def test_its_bill_of_materials_names_every_bundled_model_by_its_hash(wheel):
    bill = json.loads(read(wheel, "sboms/colorize.cdx.json"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    hashes = {entry["name"]: entry["hashes"][0]["content"] for entry in bill["components"]}
    models = (name for name in wheel.namelist() if name.endswith(".safetensors"))
    assert hashes == {name: hashlib.sha256(wheel.read(name)).hexdigest() for name in models}
