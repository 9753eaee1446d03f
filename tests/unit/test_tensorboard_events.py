"""The numbers of a run for TensorBoard, read back by TensorBoard itself."""

import subprocess
import sys
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from colorize_cli.core.metrics import Scores
from colorize_trainers.history import EpochRecord
from colorize_trainers.tensorboard_events import event_log


def record(epoch: int, generator: float) -> EpochRecord:
    return EpochRecord(
        epoch=epoch,
        step=epoch * 10,
        losses={"generator": generator, "l1": 0.5},
        test=Scores(ab_error=9.0, psnr=24.0, colorfulness=20.0, chroma=8.0),
        images_per_second=78.0,
        learning_rate=2e-4,
    )


def scalars(folder: Path, tag: str) -> list[tuple[int, float]]:
    events = EventAccumulator(str(folder))
    events.Reload()
    return [(entry.step, round(entry.value, 6)) for entry in events.Scalars(tag)]


def test_tensorboard_reads_each_epochs_numbers(tmp_path: Path) -> None:
    with event_log(tmp_path, after_epoch=0) as log:
        log.write(record(1, 1.5))
        log.write(record(2, 1.25))
    assert scalars(tmp_path, "losses/generator") == [(1, 1.5), (2, 1.25)]
    assert scalars(tmp_path, "test/ab_error") == [(1, 9.0), (2, 9.0)]
    assert scalars(tmp_path, "learning_rate") == [(1, 2e-4), (2, 2e-4)]
    assert scalars(tmp_path, "images_per_second") == [(1, 78.0), (2, 78.0)]


def test_an_epoch_that_is_trained_again_counts_once(tmp_path: Path) -> None:
    with event_log(tmp_path, after_epoch=0) as log:
        log.write(record(1, 1.5))
        log.write(record(2, 7.0))
    (first,) = tmp_path.iterdir()
    first.rename(tmp_path / "events.out.tfevents.1.killed.1")
    with event_log(tmp_path, after_epoch=1) as log:
        log.write(record(2, 1.25))
    assert scalars(tmp_path, "losses/generator") == [(1, 1.5), (2, 1.25)]


def test_a_session_without_an_epoch_leaves_no_file(tmp_path: Path) -> None:
    with event_log(tmp_path, after_epoch=3):
        pass
    assert list(tmp_path.iterdir()) == []


def test_tensorflow_is_not_imported_for_it(tmp_path: Path) -> None:
    """Where TensorFlow is installed, TensorBoard's own writers import it: a trap stands for it."""
    (tmp_path / "tensorflow.py").write_text("raise SystemExit('tensorflow was imported')")
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
from pathlib import Path
from colorize_cli.core.metrics import Scores
from colorize_trainers.history import EpochRecord
from colorize_trainers.tensorboard_events import event_log
with event_log(Path({str(tmp_path)!r}), after_epoch=0) as log:
    log.write(EpochRecord(epoch=1, step=1, losses={{"l1": 1.0}}, images_per_second=1.0,
              test=Scores(ab_error=9.0, psnr=24.0, colorfulness=20.0, chroma=8.0)))
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert list(tmp_path.glob("events.out.tfevents.*"))


def test_nothing_is_imported_or_written_where_tensorboard_is_not_installed(
    tmp_path: Path, monkeypatch
) -> None:
    # What the import system holds for a package that cannot be found.
    monkeypatch.setattr("colorize_trainers.tensorboard_events.find_spec", lambda name: None)
    with event_log(tmp_path, after_epoch=0) as log:
        log.write(record(1, 1.5))
    assert list(tmp_path.iterdir()) == []
