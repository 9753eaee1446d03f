"""How a watch ends: its status, and that nothing is written any more."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from colorize_cli.commands import watch_request, watch_work
from colorize_cli.commands.run_batch import GateClosedError, WriteGate
from colorize_cli.core.errors import ExitStatus, OutputError, SomeInputsFailed, TemporaryError
from colorize_cli.core.opening import DEFAULT_MAX_PIXELS
from colorize_cli.watch.totals import Totals


def a_watch() -> Any:
    stop = SimpleNamespace(number=None, raise_signal=lambda: None)
    messages = SimpleNamespace(summary=lambda text: None)
    return SimpleNamespace(
        gate=WriteGate(), stop=stop, messages=messages, tell_end=lambda totals: "the counts"
    )


def test_whoever_is_still_in_hand_after_the_grace_writes_nothing_more() -> None:
    watch = a_watch()
    watch_work._end(watch, Totals(in_hand=1))
    with pytest.raises(GateClosedError):
        watch.gate.__enter__()


@pytest.mark.parametrize(
    ("totals", "kind"),
    [
        (Totals(failed=1), SomeInputsFailed),
        (Totals(waiting=1), TemporaryError),
        (Totals(failed=1, fatal=ExitStatus.IO_ERROR), OutputError),
    ],
)
def test_a_drain_ends_with_the_status_that_it_tells(totals: Totals, kind: type) -> None:
    with pytest.raises(kind, match="the counts") as caught:
        watch_work._end(a_watch(), totals)
    assert caught.value.status == totals.status


def test_a_drain_without_failures_ends_well() -> None:
    watch_work._end(a_watch(), Totals(done=1))


def test_results_are_read_back_with_the_limit_that_inputs_are_read_with(tmp_path: Path) -> None:
    request: Any = SimpleNamespace(
        root=tmp_path / "in", output=tmp_path / "out", template=None, format_name=None, then="keep",
        move_to=None, quarantine=None, settle=2.0, rescan=1.0, patience=1.0, grace=1.0, jobs=1,
        finish=SimpleNamespace(max_pixels=DEFAULT_MAX_PIXELS + 1),
    )  # fmt: skip
    engine: Any = SimpleNamespace(
        making=lambda finish: SimpleNamespace(model_sha256="0", options="")
    )
    assert (
        watch_request.settings_of(request, engine, threads=1).max_pixels == DEFAULT_MAX_PIXELS + 1
    )
