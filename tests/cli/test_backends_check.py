import json

import pytest

import plugin_distributions as made
from colorize_cli.testing.suite import CHECKS
from command_line import run_colorize

FAULTY = made.Plugin(
    "faulty",
    "colorize-faulty",
    made.PREAMBLE.replace("import numpy as np", "import numpy as np; print('colouring')")
    + made.HOOK,
)
"""It knows no model, ignores device and precision, and prints."""
DYING = made.Plugin(
    "dying",
    "colorize-dying",
    made.PREAMBLE.replace(
        "        return Colorizer()",
        "        import os\n"
        "        if precision != 'float32':\n"
        "            os.kill(os.getpid(), 9)\n"
        "        return Colorizer()",
    )
    + made.HOOK,
)
"""Its framework takes the process down with it, as C++ does that fails a check of its own."""
BOASTING = made.Plugin(
    "boasting",
    "colorize-boasting",
    made.PREAMBLE.replace('devices=("cpu",)', 'devices=("cuda", "cpu")').replace(
        "        return Colorizer()",
        "        from colorize_cli.core.errors import UnavailableError\n"
        "        if device != 'cpu':\n"
        "            raise UnavailableError('no driver')\n"
        "        return Colorizer()",
    )
    + made.HOOK,
)
"""Its probe lists a device that is not there."""
OUTCOMES = {"passed", "failed", "skipped"}


@pytest.fixture
def check(tmp_path):
    def run(*arguments, plugins=()):
        folder = tmp_path / "site"
        folder.mkdir()
        made.install(folder, plugins)
        variables = {"PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
        return run_colorize(tmp_path, "backends", "check", *arguments, variables=variables)

    return run


def test_the_embedded_backend_passes(check):
    result = check("onnx")
    assert result.returncode == 0, result.stdout
    lines = result.stdout.decode().splitlines()
    assert lines[0].split() == ["CHECK", "STATE", "SECONDS", "PROMISE"]
    assert [line.split()[0] for line in lines[1 : len(CHECKS) + 1]] == [c.name for c in CHECKS]
    assert lines[-1].startswith("onnx on cpu: ")
    assert ", 0 failed, " in lines[-1]
    assert result.stderr == b""


def test_json_is_one_object_with_every_check_and_a_summary(check):
    result = check("onnx", "--json", "--device", "cpu")
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert {key: report[key] for key in ("backend", "distribution", "device")} == {
        "backend": "onnx",
        "distribution": "colorize-gan",
        "device": "cpu",
    }
    assert report["version"]
    assert [entry["name"] for entry in report["checks"]] == [check.name for check in CHECKS]
    for entry in report["checks"]:
        assert entry.keys() == {"name", "description", "state", "reason", "seconds"}
        assert entry["state"] in OUTCOMES
        assert (entry["reason"] is None) == (entry["state"] == "passed")
    for state in OUTCOMES:
        counted = sum(entry["state"] == state for entry in report["checks"])
        assert report["summary"][state] == counted


def test_broken_promises_are_named_and_stdout_holds_nothing_but_the_report(check):
    result = check("faulty", "--json", plugins=[FAULTY])
    assert result.returncode == 1
    checks = json.loads(result.stdout)["checks"]
    failed = {entry["name"] for entry in checks if entry["state"] == "failed"}
    assert {"parity", "device", "precision", "quiet", "quiet-start"} <= failed
    assert not failed & {"type", "batch", "input", "light-import", "contract"}
    last = result.stderr.decode().splitlines()[-1]
    assert last == f"colorize: backend 'faulty' breaks {len(failed)} of {len(CHECKS)} promises"


def test_a_check_that_ends_the_process_is_named_and_the_others_are_done(check):
    result = check("dying", "--json", plugins=[DYING])
    assert result.returncode == 1
    found = {entry["name"]: entry for entry in json.loads(result.stdout)["checks"]}
    assert list(found) == [check.name for check in CHECKS]
    assert found["precision"]["state"] == "failed"
    assert found["precision"]["reason"] == "the process ended with SIGKILL"
    assert (found["type"]["state"], found["input"]["state"]) == ("passed", "passed")


def test_a_probe_that_promises_too_much_is_a_broken_promise(check):
    result = check("boasting", plugins=[BOASTING])
    assert result.returncode == 1
    assert "failed: probe: UnavailableError: no driver" in result.stdout.decode()


def test_the_report_for_people_gives_the_reasons(check):
    result = check("faulty", plugins=[FAULTY])
    text = result.stdout.decode()
    assert result.returncode == 1
    assert "failed: device: promised: device 'quantum' refused with UnavailableError" in text
    assert "as it does not offer 'train'" in text


@pytest.mark.parametrize(
    ("plugin", "reason"),
    [
        (made.WITHOUT_FRAMEWORK, "is missing: nothing is not installed; try: pip install nothing"),
        (made.RAISING, "is broken: RuntimeError: out of order again"),
        (made.INCOMPATIBLE, "is incompatible: made for contract 99"),
    ],
)
def test_a_backend_that_cannot_be_used_is_unavailable(check, plugin, reason):
    result = check(plugin.name, plugins=[plugin])
    assert (result.returncode, result.stdout) == (69, b"")
    assert result.stderr.startswith(f"colorize: backend {plugin.name!r} {reason}".encode())


def test_a_device_that_is_not_there_is_unavailable(check):
    result = check("onnx", "--device", "quantum")
    assert (result.returncode, result.stdout) == (69, b"")


def test_an_unknown_backend_is_a_usage_error_with_a_suggestion(check):
    result = check("onxx")
    assert (result.returncode, result.stdout) == (2, b"")
    assert b"did you mean 'onnx'?" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["check"], b"missing argument"),
        (["chek"], b"check"),
        (["--json", "check", "onnx"], b"colorize backends check NAME --json"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(tmp_path, arguments, reason):
    result = run_colorize(tmp_path, "backends", *arguments)
    assert (result.returncode, result.stdout) == (2, b"")
    assert reason in result.stderr


def test_its_help_gives_an_example_and_the_listing_names_it(tmp_path):
    help_of_check = run_colorize(tmp_path, "backends", "check", "-h")
    assert help_of_check.returncode == 0
    assert b"colorize backends check torch" in help_of_check.stdout
    assert b"check  Check that a backend" in run_colorize(tmp_path, "backends", "-h").stdout
