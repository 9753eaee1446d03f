import hashlib
import tracemalloc
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage.color import rgb2lab

from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.errors import NoInputError, NotAnImageError
from colorize_cli.core.hints import Hints, read_hints
from colorize_cli.core.picture import Picture
from colorize_cli.core.pipeline import colorize
from pictures import ConstantColorizer, SmoothColorizer, gray_picture, lightness_error, saved
from strokes import SidesColorizer, ab_of, strokes_png, two_regions

SPEC = GeneratorSpec(output="ab", base_width=2, size=16)
BLUE, BROWN, GRAY = (90, 110, 180), (150, 110, 80), (128, 128, 128)


@pytest.fixture
def read(tmp_path):
    """Read hints from the bytes of a file."""

    def read_bytes(data: bytes) -> Hints:
        path = tmp_path / "strokes.png"
        path.write_bytes(data)
        return read_hints(path)

    return read_bytes


def hinted(gray, hints, colorizer=None, **settings):
    colorizer = colorizer or SidesColorizer((0.2, 0.2), (-0.2, -0.1))
    return colorize(Picture(codes=gray), SPEC, colorizer, hints=hints, **settings).codes


def ab(codes):
    return rgb2lab(codes)[..., 1:]


@pytest.mark.parametrize(("height", "width"), [(60, 80), (300, 400), (900, 1200)])
def test_each_flat_region_takes_the_colour_of_its_stroke_up_to_the_edge(read, height, width):
    gray = two_regions(height, width)
    rows, some = slice(height // 2, height // 2 + 5), width // 8
    hints = read(
        strokes_png(
            height,
            width,
            (rows, slice(some, some + 5), BLUE),
            (rows, slice(width - some, width - some + 5), BROWN),
        )
    )
    found = ab(hinted(gray, hints))
    middle = width // 2
    # Within rounding; beside the edge there are a few pixels of the grid's size to mix.
    near = max(2, 2 * width // 512)
    np.testing.assert_allclose(found[:, : middle - near] - ab_of(BLUE), 0, atol=1.5)
    np.testing.assert_allclose(found[:, middle + near :] - ab_of(BROWN), 0, atol=1.5)


def test_a_region_without_a_stroke_keeps_every_byte(read):
    gray = two_regions(200, 300)
    hints = read(strokes_png(200, 300, (slice(90, 95), slice(40, 60), BLUE)))
    result, before = hinted(gray, hints), hinted(gray, None)
    np.testing.assert_array_equal(result[:, 155:], before[:, 155:])
    assert np.abs(result[:, :145].astype(int) - before[:, :145]).max() > 20


def test_a_gray_stroke_takes_the_colour_away(read):
    gray = two_regions(64, 96)
    hints = read(strokes_png(64, 96, (slice(30, 34), slice(10, 30), GRAY)))
    result = hinted(gray, hints)
    assert np.ptp(result[:, :44].astype(int), axis=-1).max() <= 1
    assert np.ptp(result[:, 60:].astype(int), axis=-1).min() > 10


def test_a_stroke_in_the_colour_that_is_there_changes_nothing(read):
    gray = two_regions(64, 96)
    before = hinted(gray, None)
    color = tuple(int(code) for code in before[32, 20])
    hints = read(strokes_png(64, 96, (slice(30, 34), slice(10, 30), color)))
    assert np.abs(hinted(gray, hints).astype(int) - before).max() <= 2


def test_strokes_count_whole_at_any_strength(read):
    gray = two_regions(64, 96)
    hints = read(strokes_png(64, 96, (slice(30, 34), slice(10, 30), BLUE)))
    result = hinted(gray, hints, strength=0)
    np.testing.assert_allclose(ab(result)[:, :44] - ab_of(BLUE), 0, atol=1.5)
    np.testing.assert_array_equal(result[:, 52:, 0], result[:, 52:, 2])


def test_two_strokes_in_one_region_pass_into_each_other_smoothly(read):
    gray = np.full((100, 200), 120, np.uint8)
    whole = slice(0, 100)
    hints = read(
        strokes_png(100, 200, (whole, slice(60, 65), BLUE), (whole, slice(135, 140), BROWN))
    )
    found = ab(hinted(gray, hints))[50]
    # Of smoothest chroma: a straight line between the two.
    places = np.arange(66, 134)
    for channel in range(2):
        line = np.interp(places, [64, 135], [ab_of(BLUE)[channel], ab_of(BROWN)[channel]])
        np.testing.assert_allclose(found[66:134, channel], line, atol=6)
    assert np.abs(np.diff(found, axis=0)).max() < 4


def test_a_stroke_ends_at_a_line_that_surrounds_it(read):
    gray = np.full((120, 120), 150, np.uint8)
    gray[40:80, 40:80] = 40
    gray[44:76, 44:76] = 150
    hints = read(strokes_png(120, 120, (slice(55, 60), slice(55, 60), BLUE)))
    result, before = hinted(gray, hints), hinted(gray, None)
    np.testing.assert_allclose(ab(result)[48:72, 48:72] - ab_of(BLUE), 0, atol=1.5)
    is_outside = np.ones(gray.shape, bool)
    is_outside[36:84, 36:84] = False
    np.testing.assert_array_equal(result[is_outside], before[is_outside])


def test_specks_go_with_what_they_lie_in_but_larger_things_do_not(read):
    gray = np.full((256, 256), 110, np.uint8)
    gray[100:102, 100:102] = 220
    gray[150:170, 150:170] = 220
    hints = read(strokes_png(256, 256, (slice(10, 15), slice(10, 200), BROWN)))
    result, before = hinted(gray, hints), hinted(gray, None)
    np.testing.assert_allclose(ab(result)[99:103, 99:103] - ab_of(BROWN), 0, atol=2.5)
    np.testing.assert_array_equal(result[153:167, 153:167], before[153:167, 153:167])


def test_slow_shading_is_no_edge(read):
    gray = np.tile(np.linspace(60, 200, 300).astype(np.uint8), (80, 1))
    hints = read(strokes_png(80, 300, (slice(35, 45), slice(5, 15), (120, 130, 140))))
    found = ab(hinted(gray, hints))
    np.testing.assert_allclose(found - ab_of((120, 130, 140)), 0, atol=1.5)


def test_a_line_of_one_pixel_and_a_dot_count(read):
    gray = two_regions(1000, 1200)
    dot = read(strokes_png(1000, 1200, (slice(500, 501), slice(200, 201), BLUE)))
    np.testing.assert_allclose(ab(hinted(gray, dot))[:, :590] - ab_of(BLUE), 0, atol=1.5)


def test_hints_of_another_scale_count_for_the_same_places(read):
    gray = two_regions(240, 320)
    same = read(strokes_png(240, 320, (slice(100, 120), slice(40, 80), BLUE)))
    half = read(strokes_png(120, 160, (slice(50, 60), slice(20, 40), BLUE)))
    double = read(strokes_png(480, 640, (slice(200, 240), slice(80, 160), BLUE)))
    expected = hinted(gray, same)
    for other in (half, double):
        assert np.abs(hinted(gray, other).astype(int) - expected).max() <= 1


def test_a_mirrored_picture_with_mirrored_hints_gives_the_mirrored_result(read):
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (8, 12), dtype=np.uint8)
    gray = np.asarray(Image.fromarray(coarse).resize((192, 128), Image.Resampling.BICUBIC))
    strokes = strokes_png(
        128, 192, (slice(20, 30), slice(20, 60), BLUE), (slice(90, 95), slice(50, 150), BROWN)
    )
    codes = np.asarray(Image.open(BytesIO(strokes)))
    network = ConstantColorizer(0.05, 0.1)
    result = hinted(gray, read(strokes), network)
    mirrored = hinted(gray[:, ::-1].copy(), read(saved(Image.fromarray(codes[:, ::-1]))), network)
    difference = np.abs(mirrored[:, ::-1].astype(int) - result)
    assert difference.max() <= 3
    assert (difference <= 1).mean() > 0.999


def test_the_same_hints_give_the_same_bytes(read):
    strokes = strokes_png(
        24, 32, (slice(3, 6), slice(2, 9), BLUE), (slice(20, 22), slice(25, 30), BROWN)
    )
    first, second = (
        hinted(gray_picture(), read(strokes), SmoothColorizer(), workers=workers)
        for workers in (1, 3)
    )
    np.testing.assert_array_equal(first, second)


@settings(deadline=None, max_examples=25)
@given(
    size=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    seed=st.integers(0, 2**32),
    is_deep=st.booleans(),
)
def test_the_lightness_is_kept_whatever_is_wanted(size, seed, is_deep):
    random = np.random.default_rng(seed)
    dtype = np.uint16 if is_deep else np.uint8
    gray = random.integers(0, np.iinfo(dtype).max, size, dtype=dtype, endpoint=True)
    share = random.integers(0, 2, (*size, 1))
    strokes = np.concatenate([random.uniform(-120, 120, (*size, 2)) * share, share], axis=-1)
    hints = Hints(strokes=strokes.astype(np.float32), size=size[::-1])
    assert lightness_error(hinted(gray, hints, SmoothColorizer()), gray) <= 1 + 1e-6


def test_working_memory_does_not_grow_with_the_picture(read):
    gray = two_regions(4000, 5000)
    hints = read(strokes_png(400, 500, (slice(100, 120), slice(40, 80), BLUE)))
    tracemalloc.start()
    result = hinted(gray, hints, workers=2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Two pictures of 20 megapixels as codes, beside the result.
    assert peak - result.nbytes < 60e6


def test_hints_know_their_file(read):
    data = strokes_png(10, 20, (slice(0, 2), slice(0, 2), BLUE))
    hints = read(data)
    assert hints.sha256 == hashlib.sha256(data).hexdigest()
    assert hints.size == (20, 10)


def test_soft_rims_of_a_brush_say_nothing(read):
    codes = np.zeros((20, 20, 4), np.uint8)
    codes[5:15, 5:15] = (255, 0, 0, 100)
    codes[8:12, 8:12] = (*BLUE, 200)
    hints = read(saved(Image.fromarray(codes)))
    found, is_stroke = hints.on_grid((20, 20))
    assert is_stroke.sum() == 16
    np.testing.assert_allclose(found[:, 10, 10], ab_of(BLUE), atol=0.1)


def frames(*codes):
    first, *others = (Image.fromarray(frame) for frame in codes)
    return saved(first, save_all=True, append_images=others)


CLEAR = np.zeros((8, 8, 4), np.uint8)
DOT = CLEAR.copy()
DOT[2, 2] = (*BLUE, 255)

UNFIT = {
    "has no transparency": saved(Image.new("RGB", (8, 8))),
    "has no strokes": saved(Image.fromarray(CLEAR)),
    "2 frames": frames(DOT, CLEAR),
    "not an image": b"blue",
    "empty file": b"",
}


@pytest.mark.parametrize("reason", UNFIT)
def test_what_holds_no_strokes_is_refused_by_its_name(read, reason):
    with pytest.raises(NotAnImageError, match=reason) as refusal:
        read(UNFIT[reason])
    assert str(refusal.value.path).endswith("strokes.png")


def test_a_file_that_is_not_there_is_no_input(tmp_path):
    with pytest.raises(NoInputError):
        read_hints(tmp_path / "gone.png")


@pytest.mark.parametrize(
    ("size", "fits"),
    [
        ((400, 301), True),
        ((200, 150), True),
        ((101, 76), True),
        ((300, 400), False),
        ((100, 100), False),
        ((400, 320), False),
    ],
)
def test_hints_fit_pictures_of_their_shape(size, fits):
    hints = Hints(strokes=np.zeros((300, 400, 3), np.float32), size=(400, 300))
    if fits:
        hints.check_size(size)
        return
    with pytest.raises(NotAnImageError, match="400 x 300 pixels do not fit a picture of"):
        hints.check_size(size)
