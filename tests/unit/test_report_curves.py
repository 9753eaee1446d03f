import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest
from PIL import Image

from colorize_cli.core.errors import ExitStatus, UnavailableError
from colorize_trainers.report.curves import (
    Chart,
    Line,
    check_matplotlib,
    color_of,
    loss_charts,
    score_charts,
    svg_of,
    write_curves,
)
from colorize_trainers.report.run import Epoch, RunRecord
from colorize_trainers.run_directory import RunDirectory


def run_named(name: str, *losses: float) -> RunRecord:
    epochs = [
        Epoch(number=place, losses={"discriminator": loss}, test={"ab_error": 10 + loss})
        for place, loss in enumerate(losses, start=1)
    ]
    return RunRecord(directory=RunDirectory(Path(name)), name=name, settings={}, epochs=epochs)


def chart_of(*values: float, reference: float | None = None) -> Chart:
    curve = (list(range(1, len(values) + 1)), list(values))
    lines = [Line(label="run", curve=curve, reference=reference)]
    return Chart(key="test", title="Title", lines=lines, reference="gray")


def texts_of(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def test_the_same_numbers_give_the_same_drawing(tmp_path: Path) -> None:
    assert svg_of(chart_of(1, 2, 3)) == svg_of(chart_of(1, 2, 3))
    for name in ("a.png", "b.png"):
        write_curves(tmp_path / name, [chart_of(1, 2, 3)])
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_drawing_leaves_matplotlib_as_it_was() -> None:
    names = ("font.size", "svg.hashsalt", "svg.fonttype", "axes.grid")
    before = [matplotlib.rcParams[name] for name in names]
    svg_of(chart_of(1, 2))
    assert [matplotlib.rcParams[name] for name in names] == before


def test_drawing_does_without_pyplot_whose_figures_are_global() -> None:
    code = (
        "import sys\n"
        "from colorize_trainers.report.curves import Chart, Line, svg_of\n"
        "line = Line(label='a', curve=([1], [2.0]))\n"
        "svg_of(Chart(key='a', title='b', lines=[line]))\n"
        "sys.exit('matplotlib.pyplot' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-P", "-c", code], timeout=60).returncode == 0


def test_the_level_to_compare_with_is_drawn_and_named() -> None:
    assert "gray 17.59" in texts_of(svg_of(chart_of(20, 16, reference=17.594)))
    assert not [text for text in texts_of(svg_of(chart_of(20, 16))) if "gray" in text]


def test_epochs_are_whole_numbers() -> None:
    labels = [text for text in texts_of(svg_of(chart_of(5, 6))) if text.startswith(("1", "2"))]
    assert set(labels) <= {"1", "2"}


def test_a_single_epoch_is_a_dot_and_none_is_an_empty_panel(tmp_path: Path) -> None:
    assert "<use" in svg_of(chart_of(1)).partition("line2d")[2]
    write_curves(tmp_path / "none.png", [chart_of()])
    assert size_of(tmp_path / "none.png")[0] > 100


def test_runs_stand_side_by_side_and_losses_below_each_other(tmp_path: Path) -> None:
    sizes = []
    for runs in ([run_named("a", 1, 2)], [run_named("a", 1, 2), run_named("b", 3, 4)]):
        write_curves(tmp_path / "losses.png", loss_charts(runs, [None] * len(runs)))
        sizes.append(size_of(tmp_path / "losses.png"))
    (width, height), (two_wide, three_high) = sizes
    assert (two_wide, three_high) == (width * 2 // 3, height * 3)


@pytest.mark.parametrize("name", ["$x", "<&>", "\u9e1f", "x" * 300])
def test_any_name_can_stand_above_a_panel(tmp_path: Path, name: str) -> None:
    runs = [run_named(name, 1, 2), run_named("b", 1)]
    write_curves(tmp_path / "losses.png", loss_charts(runs, [1.39, None]))


def test_scores_are_drawn_beside_those_of_gray_where_they_are_known() -> None:
    charts = score_charts([run_named("a", 1), run_named("b", 2)], [{"ab_error": 17.0}, {}])
    errors = charts[0]
    assert [line.reference for line in errors.lines] == [17.0, None]
    assert [line.curve for line in errors.lines] == [([1], [11.0]), ([1], [12.0])]


def test_no_two_of_many_runs_look_alike() -> None:
    assert len({color_of(place) for place in range(18)}) == 18


def test_without_matplotlib_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    check_matplotlib()
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UnavailableError, match=r"pip install 'colorize-gan\[report\]'") as caught:
        check_matplotlib()
    assert caught.value.status is ExitStatus.UNAVAILABLE
