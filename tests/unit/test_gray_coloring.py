"""A whole gray picture, coloured by the compiled loops and by NumPy's: equal to the bit."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from colorize_cli.core import compiled_library
from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.compiled import address_of
from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.gamut import code_tables, lightness_of_grays
from colorize_cli.core.gray_coloring import tables_of_8_bits
from colorize_cli.core.picture import Picture
from colorize_cli.core.pipeline import colorize
from compiled_libraries import needs_compiler
from pictures import lightness_error

pytestmark = needs_compiler

SPEC = GeneratorSpec(output="ab", base_width=2, size=64)


class Painter:
    """Predicts colours drawn from a seed, around a tint, whatever it sees."""

    device = "cpu"

    def __init__(self, seed: int, spread: float, tint: float, channels: int = 2) -> None:
        self._seed, self._spread, self._tint, self._channels = seed, spread, tint, channels

    def __call__(self, gray: np.ndarray) -> np.ndarray:
        random = np.random.default_rng(self._seed)
        batch, _, height, width = gray.shape
        noise = random.normal(0, self._spread, (batch, self._channels, height, width))
        color = noise + self._tint + 0.2 * np.sin(5 * gray)
        return np.clip(color, -1, 1).astype(np.float32)


def picture_of(seed: int, size: tuple[int, int], depth: int) -> Picture:
    """Draw shapes and grain, with the ends of the range."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[: size[0], : size[1]] / max(size)
    gray = 0.5 + 0.6 * np.sin(9 * columns + seed) * np.cos(7 * rows)
    gray += random.normal(0, 0.05, size)
    codes = np.clip(gray, 0, 1) * (2**depth - 1)
    return Picture(codes=codes.astype(np.uint8 if depth == 8 else np.uint16))


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    depth=st.sampled_from([8, 16]),
    spread=st.sampled_from([0.0, 0.05, 0.4]),
    tint=st.sampled_from([0.0, 0.1, 0.5]),
    strength=st.sampled_from([0.0, 0.7, 1.0, 2.0]),
    long_side=st.sampled_from([16, 64, 100]),
    channels=st.sampled_from([2, 3]),
)
def test_colours_are_the_same_to_the_bit(
    in_both_ways, seed, size, depth, spread, tint, strength, long_side, channels
):
    picture, painter = picture_of(seed, size, depth), Painter(seed, spread, tint, channels)

    def colored():
        return colorize(picture, SPEC, painter, strength=strength, size=long_side, workers=1).codes

    with_loops, without = in_both_ways(colored)
    np.testing.assert_array_equal(with_loops, without)
    assert lightness_error(with_loops, picture.codes) <= 1


def test_several_threads_colour_as_one_does(in_both_ways):
    picture, painter = picture_of(1, (900, 700), 8), Painter(1, 0.3, 0.0)
    results = [
        in_both_ways(lambda count=count: colorize(picture, SPEC, painter, workers=count).codes)[0]
        for count in (1, 3)
    ]
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("part", [np.s_[5:60], np.s_[::-1], np.s_[:, 7:40], np.s_[:, ::2]])
def test_a_part_of_a_picture_is_coloured_where_it_lies(in_both_ways, part):
    picture = Picture(codes=picture_of(3, (80, 90), 8).codes[part])
    with_loops, without = in_both_ways(
        lambda: colorize(picture, SPEC, Painter(3, 0.2, 0.0), workers=1).codes
    )
    np.testing.assert_array_equal(with_loops, without)


@pytest.mark.parametrize("channels", [2, 3])
@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_what_is_no_number_is_refused_either_way(in_both_ways, odd, channels):
    def painter(gray):
        return np.full((1, channels, *gray.shape[2:]), odd, np.float32)

    def refused():
        with pytest.raises(BadConfigError, match="what is no number") as raised:
            colorize(picture_of(1, (9, 9), 8), SPEC, painter, workers=1)
        return str(raised.value)

    assert len(set(in_both_ways(refused))) == 1


def test_the_tables_are_those_of_numpy(library, monkeypatch):
    monkeypatch.setattr(compiled_library, "PLACE", library)
    tables = tables_of_8_bits(compiled_library.compiled_loops())
    values = np.ctypeslib.as_array(tables.holder).reshape(256, 4)
    np.testing.assert_array_equal(values[:, 0], lightness_of_grays(8))
    ours, theirs = tables.space, code_tables(8).space
    for name, _ in ours._fields_[:11]:
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name), err_msg=name)
    roots = np.frombuffer(tables.space._holders[0], np.uint8)
    np.testing.assert_array_equal(roots, code_tables(8).code_of_root)
    red, _, blue = code_tables(8).luminances
    for mine, expected in zip(tables.space._holders[1:], (red, blue), strict=True):
        np.testing.assert_array_equal(np.frombuffer(mine, np.float32), expected)
    assert address_of(values) == tables.values
