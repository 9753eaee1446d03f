import json
from pathlib import Path

from colorize_cli.core.metrics import Scores
from colorize_trainers.history import EpochRecord, append_record, forget_after

SCORES = Scores(ab_error=9.0, psnr=24.0, colorfulness=20.0, chroma=8.0)


def record(epoch: int) -> EpochRecord:
    losses = {"discriminator": 0.5, "generator": 1.5}
    return EpochRecord(
        epoch=epoch,
        step=epoch * 10,
        losses=losses,
        test=SCORES,
        images_per_second=78.04,
        phase="warm_up",
        learning_rate=1e-4,
        signs=("gray",),
        events=("went back",),
    )


def test_every_epoch_is_one_json_line(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    append_record(path, record(1))
    append_record(path, record(2))
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert (first["epoch"], second["step"]) == (1, 20)
    assert first["losses"] == {"discriminator": 0.5, "generator": 1.5}
    assert first["test"]["ab_error"] == 9.0
    assert first["images_per_second"] == 78.0
    assert (first["phase"], first["learning_rate"]) == ("warm_up", 1e-4)
    assert (first["signs"], first["events"]) == (["gray"], ["went back"])


def test_epochs_that_will_be_trained_again_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    for epoch in (1, 2, 3):
        append_record(path, record(epoch))
    with path.open("a") as file:
        file.write('{"epoch": 4, "los')  # cut off by a crash
    forget_after(path, 2)
    assert [json.loads(line)["epoch"] for line in path.read_text().splitlines()] == [1, 2]


def test_a_run_without_metrics_yet_has_nothing_to_forget(tmp_path: Path) -> None:
    forget_after(tmp_path / "metrics.jsonl", 0)
    assert not (tmp_path / "metrics.jsonl").exists()
