"""What programs are told: every line fits the published schema, as it happens."""

import base64
import json
import os
import signal
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest

from colorize_cli.commands import watch as command
from colorize_cli.commands.watch_events import WatchLog
from colorize_cli.core.errors import NotAnImageError
from colorize_cli.watch import events, observers, settings
from command_line import run_colorize
from same_process import SameProcess
from tiny_models import write_tiny_model
from watch_process import QUICK, Watching, numbered_png

SCHEMA = json.loads((files("colorize_cli") / "schemas/watch-1.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@pytest.fixture(scope="module")
def heard(tmp_path_factory) -> list[dict]:
    """Give the events of a watcher that lives through most of what there is."""
    folder = tmp_path_factory.mktemp("heard")
    identity = write_tiny_model(folder / "tiny.safetensors").identity
    incoming = folder / "incoming"
    incoming.mkdir()
    (incoming / "a.png").write_bytes(numbered_png(1))
    (incoming / "cut.png").write_bytes(numbered_png(3)[:80])
    (incoming / "taken.png").write_bytes(numbered_png(4))
    (folder / "out").mkdir()
    (folder / "out/taken.png").write_text("somebody else's")
    (incoming / os.fsdecode(b"latin-\xe9.png")).write_bytes(numbered_png(2))
    watching = Watching(folder, str(folder / "tiny.safetensors"), *QUICK)
    try:
        watching.wait(lambda _: bool(watching.of("failed") and watching.of("retry")))
        watching.wait_for_done("a.png", "latin-\ufffd.png")
        incoming.rename(folder / "away")
        watching.wait_for("notice")
        watching.end(signal.SIGTERM)
    finally:
        watching.close()
    assert watching.events[0]["model"] == {"name": "tiny", "sha256": identity}
    return watching.events


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_can_be_printed(tmp_path, monkeypatch, capfd):
    ended = SameProcess(tmp_path, monkeypatch, capfd)(["watch", "--json-schema"])
    assert (ended.status, json.loads(ended.out)) == (0, SCHEMA)


def test_every_line_fits_and_the_first_and_the_last_are_known(heard):
    for event in heard:
        VALIDATOR.validate(event)
    kinds = [event["event"] for event in heard]
    assert (kinds[0], kinds[-1]) == ("watching", "summary")
    assert {"queued", "started", "done", "retry", "failed", "rescan", "notice"} <= set(kinds)


def test_of_each_file_one_hears_in_order(heard):
    of_a = [event["event"] for event in heard if event.get("input") == "incoming/a.png"]
    assert of_a == ["queued", "started", "done"]


def test_the_schema_refuses_what_is_no_event(heard):
    for event in {event["event"]: event for event in heard}.values():
        for key in event:
            if not key.endswith("_base64"):
                without = {name: event[name] for name in event if name != key}
                assert not VALIDATOR.is_valid(without), (event["event"], key)
        assert not VALIDATOR.is_valid({**event, "schema_version": 2})
        assert not VALIDATOR.is_valid({**event, "time": "now"})


def test_names_that_are_not_utf_8_are_told_exactly(heard):
    (done,) = [e for e in heard if e["event"] == "done" and "input_base64" in e]
    assert done["input"] == "incoming/latin-\ufffd.png"
    assert base64.b64decode(done["input_base64"]) == b"incoming/latin-\xe9.png"
    assert base64.b64decode(done["output_base64"]) == b"out/latin-\xe9.png"


PATH = Path("in/a.png")
MADE = events.Made(seconds=0.5, size=(3, 2), frames=1, format_name="png", warnings=("w",))
EXAMPLES: list[events.Event] = [
    events.Queued(path=PATH),
    events.Started(path=PATH, target=PATH),
    events.Done(path=PATH, target=PATH, made=MADE, moved_to=PATH),
    events.Done(path=PATH, target=PATH, made=events.Made(), is_deleted=True),
    events.Failed(path=PATH, error=NotAnImageError("no \udce9"), quarantined=PATH),
    events.Skipped(path=PATH, reason="has colours already"),
    events.Skipped(path=PATH, reason="made before", target=PATH),
    events.Retry(path=PATH, error=NotAnImageError("cut"), attempts=2, delay=4.0),
    events.Rescan(reason="rescan", found=0, seconds=0.1),
    events.Rescan(reason=observers.POLLING, found=1, seconds=0.1),
    events.Notice(text="a \udce9 b", is_warning=False),
]


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_each_event_is_one_line_of_ascii(event):
    lines: list[bytes] = []
    WatchLog(write=lines.append, engine=SimpleNamespace()).told(event)
    (line,) = lines
    assert line.isascii()
    assert line.count(b"\n") == 1
    VALIDATOR.validate(json.loads(line))


def test_polling_in_vain_is_not_told():
    lines: list[bytes] = []
    log = WatchLog(write=lines.append, engine=SimpleNamespace())
    log.told(events.Rescan(reason=observers.POLLING, found=0, seconds=0.1))
    assert lines == []


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ([], []),
        (["in", "--poll"], ["in", "--poll", "10.0"]),
        (["--poll", "in"], ["--poll", "10.0", "in"]),
        (["--poll", "30", "in"], ["--poll", "30", "in"]),
        (["--poll=30", "in"], ["--poll=30", "in"]),
        (["--poll", "--once"], ["--poll", "10.0", "--once"]),
        (["--", "--poll"], ["--", "--poll"]),
    ],
)
def test_poll_may_stand_alone(words, read):
    assert command.with_poll_value(words) == read


def test_what_the_help_says_is_what_holds():
    assert command.SETTLE == settings.SETTLE
    assert command.RESCAN == settings.RESCAN
    assert command.PATIENCE == settings.PATIENCE
    assert command.GRACE == settings.GRACE
    assert command.POLL == observers.POLL


def test_the_examples_come_first_in_the_help(tmp_path):
    text = run_colorize(tmp_path, "watch", "--help").stdout.decode()
    assert text.index("colorize watch incoming --once") < text.index("Arguments:")
    for option in ("--output-dir", "--then", "--move-to", "--quarantine", "--strength", "--json"):
        assert f"  {option} " in text or f"  {option}\n" in text
