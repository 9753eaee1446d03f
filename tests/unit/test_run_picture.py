"""One picture of a run whose output appears while it is worked on, as two runs at once do."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from colorize_cli.commands.run_choices import EngineChoice, Finish
from colorize_cli.commands.run_engine import Engine
from colorize_cli.commands.run_picture import MADE_BEFORE, Task, color_picture
from colorize_cli.core.errors import CannotCreateError
from colorize_cli.core.output_plan import Job
from colorize_cli.plugins import choose_inference_backend
from colorize_cli.standard_streams import ImageOutput
from pictures import encoded, gray_picture
from tiny_models import make_gray, write_tiny_model


@pytest.fixture
def task(tmp_path):
    write_tiny_model(tmp_path / "tiny.safetensors")
    engine = Engine(EngineChoice(model=str(tmp_path / "tiny.safetensors")))
    return Task(engine=engine, finish=Finish(), stdout=ImageOutput(1))


@pytest.fixture
def job(tmp_path):
    (tmp_path / "gray.png").write_bytes(encoded(gray_picture()))
    return Job(source=tmp_path / "gray.png", target=tmp_path / "color.png", is_new=True)


def test_what_another_run_has_made_alike_meanwhile_counts_as_made_before(job, task):
    assert color_picture(job, task).status == "done"
    made = job.target.read_bytes()
    again = color_picture(job, task)
    assert (again.status, again.reason) == ("skipped", MADE_BEFORE)
    assert job.target.read_bytes() == made


def test_another_file_that_has_appeared_meanwhile_is_left_and_told(job, task):
    job.target.write_bytes(b"somebody else's")
    with pytest.raises(CannotCreateError, match="has appeared meanwhile"):
        color_picture(job, task)
    assert job.target.read_bytes() == b"somebody else's"


class _Seats:
    """Notes that somebody sits, and with how many pixels."""

    def __init__(self):
        self.pixels = 0

    @contextmanager
    def taken(self, pixels):
        self.pixels = pixels()
        yield
        self.pixels = 0


def test_a_seat_is_held_for_computing_and_left_before_the_disk_is_waited_for(job, task):
    seats, seen = _Seats(), []
    colorizer = task.engine.colorizer
    task.engine.__dict__["colorizer"] = lambda gray: seen.append(seats.pixels) or colorizer(gray)

    @contextmanager
    def gate():
        seen.append(seats.pixels)
        yield

    assert color_picture(job, replace(task, seats=seats, gate=gate())).status == "done"
    assert seen == [gray_picture().size, 0]


class _Backend:
    """Says which of its colorizers was asked for."""

    name, api_version, capabilities = "fake", 3, frozenset({"infer"})

    def probe(self):
        raise NotImplementedError

    def load_colorizer(self, model, **_):
        return "its own"


class _SharingBackend(_Backend):
    def load_shared_colorizer(self, model, **_):
        return "shared"


@pytest.mark.parametrize(
    ("backend", "is_for_many", "expected"),
    [
        (_SharingBackend(), True, "shared"),
        (_SharingBackend(), False, "its own"),
        (_Backend(), True, "its own"),
    ],
)
def test_only_a_network_that_many_may_call_at_once_needs_no_turn(
    task, backend, is_for_many, expected
):
    engine = task.engine
    engine.__dict__["backend"] = backend
    if is_for_many:
        engine.share()
    assert engine.colorizer == expected
    with engine.turn:
        assert hasattr(engine.turn, "locked") == (expected == "its own")


def test_many_callers_at_once_see_what_one_alone_sees(task):
    backend = choose_inference_backend("onnx")
    shared = backend.load_shared_colorizer(task.engine.model)
    grays = [make_gray(seed=number) for number in range(8)]
    lone = backend.load_colorizer(task.engine.model)
    alone = [lone(gray) for gray in grays]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(shared, grays))
    for one, other in zip(alone, together, strict=True):
        assert np.array_equal(one, other)
