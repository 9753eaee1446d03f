"""The compiled loops measure a photo as Pillow and NumPy do, to the bit."""

import ctypes
import ctypes.util
import shutil
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from build_hook import hatch_build
from built_distributions import ROOT
from colorize_cli.core import compiled_library, photo_hashes, photo_loops
from colorize_cli.core.near_photo_loops import CompiledNearPhotos
from colorize_cli.core.near_photos import PlainNearPhotos
from colorize_cli.core.own_color import is_colorful
from colorize_cli.core.photo_checks import check_photo
from colorize_cli.core.photo_hashes import Hashes
from colorize_cli.core.photo_loops import PhotoLoops
from colorize_cli.core.photo_measures import measured
from colorize_cli.core.pillow_memory import pixels_lent
from photos import make_photo, make_sepia

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no compiler")
many = settings(deadline=None, max_examples=200)
sides = st.integers(1, 400)
seeds = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the loops of this very tree, elsewhere."""
    tree = tmp_path_factory.mktemp("tree")
    shutil.copytree(
        ROOT / hatch_build.FOLDER, tree / hatch_build.FOLDER, ignore=shutil.ignore_patterns("*.so")
    )
    assert hatch_build.reason_not_compiled(tree) is None
    return tree / hatch_build.RESULT


@pytest.fixture(scope="session")
def loops(library: Path) -> PhotoLoops:
    return PhotoLoops(ctypes.CDLL(str(library)))


def noise(seed: int, width: int, height: int) -> Image.Image:
    codes = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(codes)


@many
@given(seed=seeds, width=sides, height=sides, size=st.sampled_from([16, 32, 64, 128, 256]))
def test_a_photo_of_any_shape_is_measured_as_pillow_and_numpy_do(
    loops: PhotoLoops, seed: int, width: int, height: int, size: int
) -> None:
    photo = noise(seed, width, height)
    assert loops.measured(photo, size) == measured(photo, size)


# Pillow averages rows before columns from the second of each pair on.
@pytest.mark.parametrize("shape", [(200, 336), (200, 337), (200, 272), (200, 273)])
def test_the_order_of_averaging_is_pillows(loops: PhotoLoops, shape: tuple[int, int]) -> None:
    photo = noise(1, *shape)
    assert loops.measured(photo, 128) == measured(photo, 128)


@many
@given(seed=st.integers(0, 50), spread=st.floats(0, 3), tint=st.booleans())
def test_colour_of_ones_own_is_found_where_numpy_finds_it(
    loops: PhotoLoops, seed: int, spread: float, tint: bool
) -> None:
    photo = make_photo(seed, 64, 64)
    gray = make_sepia(photo) if tint else photo.convert("L").convert("RGB")
    faint = Image.blend(gray, photo, spread / 20)
    assert loops.measured(faint, 16).is_colorful == is_colorful(faint)


def test_every_colour_counts_as_it_does_in_pillows_ycbcr(loops: PhotoLoops) -> None:
    # All colours of every fifth code: 64 x 64 at a time, next to a copy that is shifted by a few.
    codes = np.array(list(product(range(0, 256, 5), repeat=3)), np.uint8)
    codes = np.resize(codes, (len(codes) // 4096 + 1, 64, 64, 3))
    for probe in map(Image.fromarray, codes):
        assert loops.measured(probe, 64) == measured(probe, 64)


@pytest.mark.parametrize("shape", [(300, 4000), (2500, 60), (3000, 1700)])
def test_a_photo_of_many_strips_or_pieces_of_memory_is_whole(
    loops: PhotoLoops, shape: tuple[int, int]
) -> None:
    photo = noise(2, *shape)
    assert loops.measured(photo, 16) == measured(photo, 16)


def test_a_photo_in_several_pieces_of_memory_is_read_in_strips(loops: PhotoLoops) -> None:
    photo = noise(3, 2600, 1800)
    with pixels_lent(photo) as pixels:
        assert pixels is None
    assert loops.measured(photo, 64) == measured(photo, 64)


def test_pixels_are_lent_where_they_lie() -> None:
    photo = noise(4, 5, 3)
    with pixels_lent(photo) as pixels:
        assert pixels is not None
        codes = np.frombuffer(ctypes.string_at(pixels, 5 * 3 * 4), np.uint8).reshape(3, 5, 4)
    np.testing.assert_array_equal(codes[..., :3], np.asarray(photo))


def test_a_large_photo_after_a_small_one_and_before_another(loops: PhotoLoops) -> None:
    photos = [noise(number, side, side) for number, side in enumerate((20, 500, 30))]
    assert [loops.measured(photo, 16) for photo in photos] == [
        measured(photo, 16) for photo in photos
    ]


def test_a_photo_is_checked_alike_with_and_without_the_loops(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_photo(1, 200, 150).save(tmp_path / "1.jpg")
    checked = []
    for place in (library, library.with_name("nothing")):
        monkeypatch.setattr(compiled_library, "PLACE", place)
        assert (photo_loops.photo_loops() is None) == (place != library)
        checked.append(check_photo(tmp_path / "1.jpg", 128))
    assert checked[0] == checked[1]
    assert checked[0].small is not None


def test_a_library_of_another_version_is_not_used(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = library.parent / ".." / library.parent.name / library.name
    monkeypatch.setattr(compiled_library, "PLACE", elsewhere)
    monkeypatch.setattr(photo_loops, "VERSION", photo_loops.VERSION + 1)
    assert photo_loops.photo_loops() is None


def test_a_library_of_an_earlier_build_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One without these loops.
    monkeypatch.setattr(compiled_library, "PLACE", Path(ctypes.util.find_library("c") or "libc"))
    assert photo_loops.photo_loops() is None


def test_strips_are_of_a_row_at_least() -> None:
    assert photo_hashes.strip_rows(10**6) == 1


@st.composite
def hashes(draw: st.DrawFn) -> Hashes:
    """Hashes of which many are near each other."""
    bits, color = draw(st.integers(0, 12)), draw(st.integers(0, 9))
    fine = draw(st.integers(0, 40))
    return Hashes(
        pixels="",
        coarse=((1 << bits) - 1).to_bytes(8, "big"),
        fine=((1 << fine) - 1).to_bytes(32, "little"),
        colors=bytes([100 + color] * 191 + [100 + draw(st.integers(0, 9))]),
        area=1,
    )


@many
@given(photos=st.lists(hashes(), max_size=30), wanted=hashes())
def test_the_nearest_photo_is_numpys(
    loops: PhotoLoops, photos: list[Hashes], wanted: Hashes
) -> None:
    plain, compiled = PlainNearPhotos(30), CompiledNearPhotos(loops, 30)
    for number, photo in enumerate(photos):
        plain.add(100 + number, photo)
        compiled.add(100 + number, photo)
    assert compiled.find(wanted) == plain.find(wanted)
