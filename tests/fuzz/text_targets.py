"""Folders and texts from strangers: datasets, runs, settings, lists of names, journals."""

import json
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

import program
from mutation import ODD_TEXTS, damaged, json_bytes, odd_text, odd_value
from oracle import attempt

from colorize_cli.core.dataset import open_dataset, read_photos, read_sides
from colorize_cli.core.errors import ExitStatus
from colorize_cli.core.exported_files import write_card
from colorize_cli.watch.journal import Entry, Journal, Signature, opened
from colorize_trainers.history import forget_after
from colorize_trainers.report.run import read_run
from colorize_trainers.run_directory import RunDirectory
from finished_runs import make_finished_run
from packed_data import pack_photos

BAD: Final = (ExitStatus.BAD_CONFIG, ExitStatus.NO_INPUT)


def read_datasets(random: Random, folder: Path) -> None:
    """Read a dataset whose facts, photos or arrays are odd."""
    path = shutil.copytree(_dataset(), folder / "data")
    facts = path / "dataset.json"
    if random.random() < 0.6:
        facts.write_bytes(json_bytes(random, json.loads(facts.read_bytes())))
    else:
        array = path / random.choice(("train.npy", "test.npy"))
        array.write_bytes(damaged(random, array.read_bytes()))
    photo = {"path": "a", "state": "kept", "side": "train", "pixel_hash": "0"}
    (path / "photos.jsonl").write_bytes(
        json_bytes(random, photo) + b"\n" + json_bytes(random, photo)
    )
    attempt(lambda: open_dataset(path), statuses=BAD)
    attempt(lambda: [*read_photos(path)], statuses=BAD)
    attempt(lambda: read_sides(path), statuses=BAD)
    program.run(["info", "data"], folder)


def read_runs(random: Random, folder: Path) -> None:
    """Read a run whose settings, metrics and status are odd."""
    path = shutil.copytree(_run(), folder / "run")
    run = RunDirectory(path)
    run.status.write_bytes(
        json_bytes(random, {"state": "running", "pid": 1, "host": "a", "best": {}})
    )
    if random.random() < 0.6:
        run.config.write_bytes(json_bytes(random, json.loads(run.config.read_bytes())))
    lines = [json_bytes(random, json.loads(line)) for line in run.metrics.read_bytes().splitlines()]
    run.metrics.write_bytes(b"\n".join(lines))
    attempt(run.read_config, statuses=BAD, path=path)
    attempt(lambda: read_run(path), statuses=BAD)
    program.run(["info", "run"], folder)
    attempt(lambda: forget_after(run.metrics, 1), statuses=BAD)


def read_cards(random: Random, folder: Path) -> None:
    """Tell of an exported model whose card is odd."""
    path = folder / "m.tflite"
    path.write_bytes(b"TFL3")
    write_card(path, {"sha256": "0", "input": "gray", "training": {"recipe": "a", "epochs": [1]}})
    card = path.with_name("m.tflite.json")
    card.write_bytes(json_bytes(random, json.loads(card.read_bytes())))
    program.run(["info", path.name], folder)


def read_settings(random: Random, folder: Path) -> None:
    """Read a settings file of a foreign folder."""
    lines = [f"{random.choice(KEYS)} = {_toml(random)}" for _ in range(random.randrange(1, 4))]
    lines.insert(random.randrange(len(lines) + 1), random.choice(HEADS))
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    data = damaged(random, data) if random.random() < 0.4 else data
    (folder / "colorize.toml").write_bytes(data)
    program.run(random.choice((["info", "--config"], ["info", "--config", "run"])), folder)


KEYS: Final = (
    *("model", "backend", "device", "precision", "strength", "format", "quality", "max_pixels"),
    *(
        "max-pixels",
        "jobs",
        "size",
        "force",
        "name",
        "epochs",
        "data",
        "output_dir",
        '"\\u001b[2J"',
    ),
)
HEADS: Final = ("", "[run]", "[train]", "[watch]", "[run.x]", "[[run]]", '["\\u202e"]', "[" * 2000)


def _toml(random: Random) -> str:
    with suppress(ValueError):
        text = json.dumps(odd_value(random), ensure_ascii=random.random() < 0.5)
        return text.replace("null", "nan").replace("NaN", "nan").replace("Infinity", "inf")
    return "1"


def read_names(random: Random, folder: Path) -> None:
    """Colour what a list names that somebody has made; nothing of it is a picture."""
    names = [odd_text(random).encode("utf-8", "surrogatepass") for _ in range(3)]
    end = random.choice((b"\0", b"\n"))
    # Nothing outside the folder, which the faults may name.
    data = damaged(random, end.join(names)).replace(b"..", b"").replace(b"/", b"_")
    (folder / "list").write_bytes(data)
    null = ["-0"] if end == b"\0" else []
    words = ["run", "--files-from", "list", *null, "--output-dir", "out", "--model", str(_model())]
    program.run([*words, *random.sample(["-r", "--json", "-v"], random.randrange(3))], folder)


def read_journals(random: Random, folder: Path) -> None:
    """Open a journal whose pages are damaged, or whose values are of other types."""
    path, root = folder / "j.sqlite", folder / "root"
    root.mkdir()
    path.write_bytes(_journal())
    if random.random() < 0.5:
        path.write_bytes(damaged(random, path.read_bytes()))
    else:
        _change_values(random, path)
    statuses = (ExitStatus.BAD_CONFIG, ExitStatus.IO_ERROR)
    attempt(lambda: _ask(path, root), statuses=statuses, path=path)


def _ask(path: Path, root: Path) -> None:
    with opened(path, root) as journal:
        journal.find("a/b.png")
        journal.among("a", ["b.png", "c.png"])
        journal.unfinished()
        journal.owner(Path("out/b.png"))
        journal.counts()
        journal.record(_entry("a/b.png", "done"))
        journal.put_off("a/c.png")
        journal.forget("a/c.png")


def _change_values(random: Random, path: Path) -> None:
    odd: list[Any] = [None, -1, 1.5, "\x1b[2J", b"\xff\0", 2**62, *ODD_TEXTS[:4]]
    columns = ("folder", "name", "state", "size", "sha256", "target", "is_new", "starts", "reason")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA ignore_check_constraints = ON")
        for _ in range(random.randrange(1, 4)):
            with suppress(sqlite3.Error, UnicodeError):
                column = random.choice(columns)
                db.execute(f"UPDATE inputs SET {column} = ?", (random.choice(odd),))
            with suppress(sqlite3.Error, UnicodeError):
                db.execute("UPDATE outputs SET place = ?", (random.choice(odd),))
        if random.random() < 0.2:
            with suppress(sqlite3.Error):
                db.execute(random.choice(STATEMENTS))


STATEMENTS: Final = (
    "DROP TABLE inputs",
    "ALTER TABLE inputs RENAME COLUMN sha256 TO x",
    "PRAGMA user_version = 9",
    "PRAGMA user_version = 0",
    "CREATE TRIGGER t AFTER INSERT ON inputs BEGIN DELETE FROM inputs; END",
    "CREATE VIEW v AS SELECT * FROM nothing",
)


@cache
def _scratch() -> Path:
    """Return a folder for what is made once; below that of the first target, which is removed."""
    return Path(tempfile.mkdtemp(prefix="colorize-fuzz-seeds-"))


@cache
def _dataset() -> Path:
    return pack_photos(_scratch() / "data", train=3, test=2)


@cache
def _run() -> Path:
    path = _scratch() / "run"
    make_finished_run(path, _dataset())
    return path


@cache
def _model() -> Path:
    return _run() / "model.safetensors"


@cache
def _journal() -> bytes:
    path = _scratch() / "j.sqlite"
    journal = Journal(path)
    for name, state in (("b.png", "done"), ("c.png", "working"), ("d.png", "failed")):
        journal.record(_entry(f"a/{name}", state))
    journal.close()
    return path.read_bytes()


def _entry(place: str, state: Any) -> Entry:
    target = Path("out", Path(place).name)
    return Entry(
        place=place, state=state, signature=Signature(1, 2, 3, 4), sha256="0", target=target
    )
