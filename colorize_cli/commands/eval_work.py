"""The work of `colorize eval`: photos and a model in, an evaluation out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from colorize_cli import console
from colorize_cli.core.errors import CannotCreateError, NoInputError, quoted

if TYPE_CHECKING:
    from colorize_cli.commands.run_choices import EngineChoice
    from colorize_cli.commands.run_engine import Engine
    from colorize_cli.core.model_file import Model
    from colorize_cli.core.photo_scores import JudgedPhoto, RenderedPhoto
    from colorize_cli.core.photo_sets import PhotoSet, Selection
    from colorize_cli.core.scoreboard import Scoreboard

AT_ITS_SIZE: Final = "network: predicted ab at the model's size, joined with the true lightness"
WHOLE_WAY: Final = "pipeline: coloured at each photo's own size, as colorize run does"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the command line asks for: its own values, None where it is silent."""

    engine: "EngineChoice"
    data: Path
    selection: "Selection"
    per_photo: Path | None
    pictures: Path | None
    features: Path | None
    is_forced: bool


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """A scoreboard, with what it takes to read it: which model, on what, judged how."""

    board: "Scoreboard"
    model: Mapping[str, Any]
    engine: Mapping[str, Any]
    data: Mapping[str, Any]
    way: str
    features: str


@dataclass
class _Skips:
    """Tells of photos that cannot be judged, and counts them."""

    count: int = field(default=0)

    def __call__(self, path: Path, reason: str) -> None:
        console.print_warning(f"{quoted(path)}: skipped: {reason}")
        self.count += 1


def evaluate_model(request: Request) -> Evaluation:
    """Judge a model on photos; write what was asked for beside it.

    Raises ColorizeError for whatever the command line names that cannot be.
    """
    from colorize_cli.commands.run_engine import Engine
    from colorize_cli.core.feature_file import check_count, read_features
    from colorize_cli.core.photo_sets import PreparedSet, open_photos
    from colorize_cli.core.scoreboard import build_scoreboard

    _check_places(request)
    skips = _Skips()
    photos = open_photos(request.data, request.selection, on_skip=skips)
    features = None if request.features is None else read_features(request.features)
    if request.features is not None and features is not None and isinstance(photos, PreparedSet):
        # None of these will be skipped, so that nobody has to wait to hear of it.
        check_count(features, len(photos), request.features)
    engine = Engine(request.engine)
    _ = engine.colorizer  # what is wrong with it is told before the photos' turn
    _warn_of_known_photos(engine.model, photos)
    way, rendered = _rendered(engine, photos)
    judged = _judged(rendered, len(photos), request.pictures)
    if not judged:
        raise NoInputError("no photo here can be judged", path=request.data)
    if request.features is not None and features is not None:
        check_count(features, len(judged), request.features)
    if request.per_photo is not None:
        _write_table(request.per_photo, judged)
    return Evaluation(
        board=build_scoreboard(judged, seed=request.selection.seed, features=features),
        model={"name": engine.model_name, "sha256": engine.identity},
        engine=_engine_facts(engine),
        data=_data_facts(photos, request, judged=len(judged), skipped=skips.count),
        way=way,
        features="color_layout" if request.features is None else str(request.features),
    )


def _check_places(request: Request) -> None:
    """Refuse before the work what could not be written after it."""
    from colorize_cli.core.exported_files import check_place

    if request.per_photo is not None:
        check_place(request.per_photo, is_forced=request.is_forced)
    folder = request.pictures
    if folder is not None and (folder.is_file() or (folder.is_dir() and any(folder.iterdir()))):
        raise CannotCreateError("it exists already: name a new or empty folder", path=folder)


def _warn_of_known_photos(model: "Model", photos: "PhotoSet") -> None:
    """Say so if the model was trained on what it is judged on, as far as its file tells."""
    from colorize_cli.core.photo_sets import PreparedSet

    if not isinstance(photos, PreparedSet) or photos.side == "test":
        return
    if model.training.get("data_fingerprint") == photos.dataset.fingerprint:
        console.print_warning(
            "the model was trained on photos of this folder's train side: that flatters it"
        )


def _rendered(engine: "Engine", photos: "PhotoSet") -> "tuple[str, Iterator[RenderedPhoto]]":
    from colorize_cli.core.photo_sets import PreparedSet
    from colorize_trainers.evaluation import mean_color, render_pictures, render_prepared

    generator = engine.model.generator
    if not isinstance(photos, PreparedSet):
        return WHOLE_WAY, render_pictures(generator, engine.colorizer, photos)
    train = photos.dataset.train
    mean_ab = mean_color(train) if len(train) else None
    if photos.dataset.size != generator.size:
        rendered = render_pictures(generator, engine.colorizer, photos, mean_ab=mean_ab)
        return WHOLE_WAY, rendered
    return AT_ITS_SIZE, render_prepared(engine.colorizer, photos, mean_ab=mean_ab)


def _judged(
    rendered: "Iterable[RenderedPhoto]", total: int, folder: Path | None
) -> "list[JudgedPhoto]":
    from colorize_cli.core.photo_scores import judge

    judged = []
    with console.progress("Judging", total) as advance:
        for number, photo in enumerate(rendered, start=1):
            if folder is not None:
                _write_pictures(folder, number, photo)
            judged.append(judge(photo))
            advance()
    return judged


def _write_pictures(folder: Path, number: int, photo: "RenderedPhoto") -> None:
    from io import BytesIO

    from PIL import Image

    from colorize_cli.core.outputs import make_folder, write_bytes

    for maker, rendering in photo.renderings.items():
        make_folder(folder / maker)
        buffer = BytesIO()
        Image.fromarray(rendering.codes).save(buffer, "PNG")
        write_bytes(folder / maker / f"{number:05}.png", buffer.getvalue())


def _write_table(path: Path, judged: "list[JudgedPhoto]") -> None:
    """Write one line for each photo and maker, as CSV (RFC 4180 but for plain line feeds)."""
    import csv
    from io import StringIO

    from colorize_cli.core.outputs import write_bytes
    from colorize_cli.core.photo_scores import PHOTO_METRICS
    from colorize_cli.core.scoreboard import photo_values

    names = [metric.name for metric in PHOTO_METRICS]
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["number", "photo", "maker", *names])
    values = photo_values(judged)
    for place, photo in enumerate(judged):
        for maker, columns in values.items():
            scores = (f"{columns[name][place]:.6g}" for name in names)
            writer.writerow([place + 1, photo.label, maker, *scores])
    # Names of files that are not UTF-8 are written as the bytes they are.
    write_bytes(path, text.getvalue().encode("utf-8", "surrogateescape"))


def _engine_facts(engine: "Engine") -> dict[str, str]:
    return {
        "backend": engine.backend.name,
        "device": engine.colorizer.device,
        "precision": engine.precision,
    }


def _data_facts(
    photos: "PhotoSet", request: Request, *, judged: int, skipped: int
) -> dict[str, Any]:
    from colorize_cli.core.photo_sets import PreparedSet

    asked = {"only": request.selection.only, "limit": request.selection.limit}
    facts = {"path": str(request.data), "photos": judged, "skipped": skipped, **asked}
    if not isinstance(photos, PreparedSet):
        return {"kind": "photos", **facts}
    return {
        "kind": "prepared",
        **facts,
        "side": photos.side,
        "size": photos.dataset.size,
        "fingerprint": photos.dataset.fingerprint,
    }
