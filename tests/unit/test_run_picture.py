"""One picture of a run whose output appears while it is worked on, as two runs at once do."""

import pytest

from colorize_cli.commands.run_choices import EngineChoice, Finish
from colorize_cli.commands.run_engine import Engine
from colorize_cli.commands.run_picture import MADE_BEFORE, Task, color_picture
from colorize_cli.core.errors import CannotCreateError
from colorize_cli.core.output_plan import Job
from colorize_cli.standard_streams import ImageOutput
from pictures import encoded, gray_picture
from tiny_models import write_tiny_model


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
