import hashlib
from pathlib import Path

import numpy as np
import pytest

from colorize_cli.core import existing_outputs
from colorize_cli.core.errors import CannotCreateError
from colorize_cli.core.existing_outputs import Making, settle_existing
from colorize_cli.core.output_plan import Job
from colorize_cli.core.picture_file import FileChoices, recolored
from colorize_cli.core.provenance import Provenance
from pictures import encoded

MAKING = Making(model_sha256="ab" * 32, options="strength=1")
PNG = encoded(np.zeros((4, 4), np.uint8))


def settle(jobs, policy="refuse"):
    return settle_existing(jobs, lambda: MAKING, policy=policy)


def make(folder: Path, name: str = "a", *, source: bytes = PNG, **differences: str) -> Job:
    """Write an input and an output that says it was made from it, but for the differences."""
    job = Job(source=folder / f"{name}.jpg", target=folder / f"{name}.out.png")
    job.source.write_bytes(source)
    stated = {
        "program": "colorize 0",
        "model": "tiny",
        "model_sha256": MAKING.model_sha256,
        "source_sha256": hashlib.sha256(PNG).hexdigest(),
        "options": MAKING.options,
        **differences,
    }
    result = recolored(PNG, lambda frame: frame, FileChoices(), provenance=Provenance(**stated))
    job.target.write_bytes(result.data)
    return job


def test_what_is_not_there_is_to_be_made_and_nothing_may_appear_meanwhile(tmp_path):
    (job,) = settle([Job(source=tmp_path / "a", target=tmp_path / "b")])
    assert (job.is_new, job.is_done) == (True, False)


def test_what_the_same_run_made_is_done(tmp_path):
    (job,) = settle([make(tmp_path)])
    assert (job.is_new, job.is_done) == (False, True)


DIFFERENCES = [
    {"source": b"another picture"},
    {"model_sha256": "cd" * 32},
    {"options": "strength=2"},
]


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_what_was_made_otherwise_is_refused_and_an_update_replaces_it(tmp_path, difference):
    job = make(tmp_path, **difference)
    with pytest.raises(CannotCreateError, match="--update"):
        settle([job])
    (settled,) = settle([job], "update")
    assert not settled.is_done


def test_an_update_leaves_files_without_our_mark(tmp_path):
    job = Job(source=tmp_path / "a.png", target=tmp_path / "b.png")
    job.target.write_bytes(PNG)
    with pytest.raises(CannotCreateError, match="--force"):
        settle([job], "update")


def test_force_replaces_all_and_reads_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(existing_outputs, "read_provenance", None)
    job = Job(source=tmp_path / "a.png", target=tmp_path / "b.png")
    job.target.write_bytes(PNG)
    assert settle([job], "force") == [job]


def test_inputs_are_read_only_where_all_else_is_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(existing_outputs, "sha256_of", None)
    settle([make(tmp_path, options="strength=2")], "update")
    settle([Job(source=tmp_path / "a.jpg", target=tmp_path / "new.png")])


def test_an_input_that_is_gone_made_nothing(tmp_path):
    job = make(tmp_path)
    job.source.unlink()
    with pytest.raises(CannotCreateError):
        settle([job])


def test_a_link_to_nothing_is_there(tmp_path):
    (tmp_path / "link.png").symlink_to("nothing")
    with pytest.raises(CannotCreateError):
        settle([Job(source=tmp_path / "a.png", target=tmp_path / "link.png")])


def test_a_refusal_names_the_first_and_counts_the_rest(tmp_path):
    jobs = [make(tmp_path, name, options="strength=2") for name in "abcde"]
    with pytest.raises(CannotCreateError) as caught:
        settle(jobs)
    assert "c.out.png' and 2 more exist already" in caught.value.reason
    assert "d.out.png" not in caught.value.reason
