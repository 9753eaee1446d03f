"""The compiled loops give what NumPy gives, to the bit; every test here has both do the same."""

import gc
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from skimage.color import lab2rgb

from build_hook import hatch_build
from colorize_cli.core import compiled, compiled_library
from colorize_cli.core.chroma import guide
from colorize_cli.core.gamut import code_tables, realize
from colorize_cli.core.image_encoding import color_codes
from colorize_cli.core.image_io import decode
from colorize_cli.core.metadata import Metadata
from colorize_cli.core.png_encoding import encode_png
from colorize_cli.core.small_picture import small_picture
from compiled_libraries import needs_compiler

seeds = st.integers(0, 2**32 - 1)
sides = st.integers(1, 700)
depths = st.sampled_from([8, 16])
many = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def codes_of(seed: int, shape: tuple[int, ...], depth: int) -> np.ndarray:
    codes = np.random.default_rng(seed).integers(0, 2**depth, shape)
    return codes.astype(np.uint8 if depth == 8 else np.uint16)


@pytest.mark.parametrize("depth", [8, 16])
def test_the_tables_that_the_loops_read_live_as_long_as_they_are_pointed_at(depth):
    # Of two threads that ask for tables at once, each makes some, and only one's are kept.
    tables = code_tables.__wrapped__(depth)
    space = tables.space
    red, _, blue = tables.luminances
    watched = [weakref.ref(table) for table in (tables.code_of_root, red, blue)]
    del tables, red, blue
    gc.collect()
    assert all(table() is not None for table in watched)
    del space
    gc.collect()
    assert not any(table() is not None for table in watched)


@needs_compiler
@many
@given(
    seed=seeds, count=st.integers(0, 3000), spread=st.sampled_from([2.0, 30.0, 128.0]), depth=depths
)
def test_codes_of_any_colours_are_the_same(in_both_ways, seed, count, spread, depth):
    random = np.random.default_rng(seed)
    # A little outside as well: rounding leads there.
    lightness = random.uniform(-0.01, 100.01, count).astype(np.float32)
    ab = random.uniform(-spread, spread, (2, count)).astype(np.float32)
    with_loops, without = in_both_ways(lambda: realize(lightness, ab, bit_depth=depth))
    np.testing.assert_array_equal(with_loops, without)


@needs_compiler
@many
@given(
    seed=seeds,
    width=sides,
    height=sides,
    small=st.tuples(*[st.integers(1, 12)] * 2),
    channels=st.integers(1, 3),
)
def test_enlarged_colour_is_the_same_to_the_bit(in_both_ways, seed, width, height, small, channels):
    random = np.random.default_rng(seed)
    ab = random.uniform(-90, 90, (channels, *small)).astype(np.float32)
    mean, variance = random.uniform(0, 100, (2, *small)).astype(np.float32)
    start = int(random.integers(0, height))
    rows = random.uniform(0, 100, (min(9, height - start), width)).astype(np.float32)

    def enlarged():
        return guide(ab, mean, variance, size=(width, height)).rows(start, rows)

    with_loops, without = in_both_ways(enlarged)
    np.testing.assert_array_equal(with_loops.view(np.uint32), without.view(np.uint32))


@needs_compiler
@many
@given(seed=seeds, width=sides, height=sides, side=st.integers(1, 150), depth=depths)
def test_small_pictures_of_grays_are_the_same_to_the_bit(
    in_both_ways, seed, width, height, side, depth
):
    picture = SimpleNamespace(codes=codes_of(seed, (height, width), depth))
    with_loops, without = in_both_ways(lambda: small_picture(picture, side))
    for name in ("lightness", "variance", "seen"):
        np.testing.assert_array_equal(getattr(with_loops, name), getattr(without, name))


@needs_compiler
@pytest.mark.parametrize("codes", [np.s_[:, 3:70], np.s_[::-1], np.s_[:, ::2], np.s_[::3, 1:]])
def test_a_part_of_a_picture_is_read_where_it_lies(in_both_ways, codes):
    part = codes_of(1, (90, 80), 8)[codes]
    with_loops, without = in_both_ways(lambda: small_picture(SimpleNamespace(codes=part), 16))
    np.testing.assert_array_equal(with_loops.lightness, without.lightness)
    np.testing.assert_array_equal(with_loops.seen, without.seen)


@needs_compiler
def test_a_coloured_picture_is_the_same_to_the_bit(in_both_ways):
    picture = SimpleNamespace(codes=codes_of(1, (60, 50, 3), 8))
    with_loops, without = in_both_ways(lambda: small_picture(picture, 16))
    np.testing.assert_array_equal(with_loops.seen, without.seen)


def test_a_library_that_does_not_load_is_not_used(tmp_path, monkeypatch):
    broken = tmp_path / "color_kernels.so"
    broken.write_bytes(b"\x7fELF of another machine")
    monkeypatch.setattr(compiled_library, "PLACE", broken)
    assert compiled.kernels() is None


@needs_compiler
def test_a_library_of_another_version_is_not_used(library, monkeypatch):
    monkeypatch.setattr(
        compiled_library, "PLACE", library.parent / ".." / library.parent.name / library.name
    )
    monkeypatch.setattr(compiled_library, "VERSION", compiled_library.VERSION + 1)
    assert compiled.kernels() is None


@needs_compiler
def test_both_ways_agree_with_scikit_image(in_both_ways):
    lab = np.float32([[50, 20, -30], [80, -10, 30], [20, 5, 5]])
    for codes in in_both_ways(lambda: realize(lab[:, 0], lab[:, 1:].T, bit_depth=8)):
        # Its white point differs by a ten-thousandth, and our green makes up for rounding.
        assert np.abs(codes - lab2rgb(lab) * 255).max() < 1.1


def test_a_compiler_that_is_not_there_is_a_reason_and_no_failure(tmp_path, monkeypatch):
    monkeypatch.setenv("CC", str(tmp_path / "no-such-compiler"))
    assert "no-such-compiler" in (hatch_build.reason_not_compiled(tmp_path) or "")


@needs_compiler
def test_what_the_compiler_complains_of_is_told_and_nothing_is_left_behind(tmp_path):
    source = tmp_path / hatch_build.FOLDER / "broken.c"
    source.parent.mkdir(parents=True)
    source.write_text("this is no C", "utf-8")
    assert "error" in (hatch_build.reason_not_compiled(tmp_path) or "")
    assert list(source.parent.iterdir()) == [source]


@needs_compiler
@many
@given(
    seed=seeds,
    shape=st.tuples(st.integers(1, 60), st.integers(1, 60), st.sampled_from([3, 4])),
    depth=depths,
    is_smooth=st.booleans(),
)
def test_png_files_are_the_same_and_hold_the_codes(in_both_ways, seed, shape, depth, is_smooth):
    codes = codes_of(seed, shape, depth)
    if is_smooth:
        codes = np.sort(codes, axis=1) // 2
    files = in_both_ways(lambda: encode_png(codes, Metadata()))
    assert files[0] == files[1]
    read = decode(files[0])
    np.testing.assert_array_equal(color_codes(read, has_alpha=shape[2] == 4), codes)
