import struct
from fractions import Fraction
from io import BytesIO

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from animated_pngs import Part, animated_png, png_chunk
from colorize_cli.core.errors import NotAnImageError
from colorize_cli.core.frames import FrameSequence, read_frames
from colorize_cli.core.picture import Picture
from pictures import encoded, gray_picture, gray_profile, saved

random = np.random.default_rng(5)


def frames_of(data: bytes) -> list[Picture]:
    return [frame.picture for frame in read_frames(data).frames]


def quads_of(picture: Picture) -> np.ndarray:
    """Return a picture as RGBA, with the full alpha of pictures that have none."""
    codes = picture.codes if picture.codes.ndim == 3 else picture.codes[..., None].repeat(3, 2)
    full = np.full(codes.shape[:2], np.iinfo(codes.dtype).max, codes.dtype)
    return np.dstack([codes, full if picture.alpha is None else picture.alpha])


def durations_of(sequence: FrameSequence) -> list[Fraction | None]:
    return [frame.duration for frame in sequence.frames]


def refusal(data: bytes, **options: int) -> str:
    with pytest.raises(NotAnImageError) as caught:
        list(read_frames(data, path="it", **options).frames)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def quads(height: int, width: int, kind: type = np.uint8) -> np.ndarray:
    return random.integers(0, np.iinfo(kind).max + 1, (height, width, 4)).astype(kind)


def gif(frames: list[Image.Image], **options: object) -> bytes:
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:], **options)


def palette_frames(count: int = 3) -> list[Image.Image]:
    return [Image.fromarray(np.full((6, 8), 60 * k, np.uint8)) for k in range(count)]


def test_a_single_picture_is_a_sequence_of_one():
    sequence = read_frames(encoded(gray_picture()))
    assert (sequence.count, sequence.is_animated, sequence.format) == (1, False, "PNG")
    (frame,) = sequence.frames
    np.testing.assert_array_equal(frame.picture.codes, gray_picture())


def test_a_gif_gives_whole_frames_durations_and_loops():
    sequence = read_frames(gif(palette_frames(), duration=[0, 70, 120], loop=0))
    assert (sequence.count, sequence.is_animated, sequence.plays) == (3, True, 0)
    frames = list(sequence.frames)
    assert [frame.picture.srgb8()[0, 0, 0] for frame in frames] == [0, 60, 120]
    assert [frame.duration for frame in frames] == [0, Fraction(7, 100), Fraction(12, 100)]


@pytest.mark.parametrize(("written", "plays"), [({}, 1), ({"loop": 0}, 0), ({"loop": 2}, 3)])
def test_a_gif_that_repeats_n_times_is_played_once_more(written, plays):
    assert read_frames(gif(palette_frames(), **written)).plays == plays


def test_a_webp_animation_gives_its_durations_and_plays():
    images = [Image.fromarray(quads(6, 8)) for _ in range(3)]
    options = {"save_all": True, "append_images": images[1:], "lossless": True}
    data = saved(images[0], "WEBP", duration=[40, 0, 250], loop=4, **options)
    sequence = read_frames(data)
    assert (sequence.count, sequence.plays, sequence.is_animated) == (3, 4, True)
    assert durations_of(sequence) == [Fraction(40, 1000), 0, Fraction(1, 4)]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_frames_of_an_animated_png_come_at_their_own_depth(kind, channels):
    stored = [quads(5, 7, kind)[..., :channels] for _ in range(3)]
    pictures = frames_of(animated_png([Part(codes) for codes in stored]))
    for codes, picture in zip(stored, pictures, strict=True):
        colors = codes[..., : 1 if channels < 3 else 3]
        np.testing.assert_array_equal(np.squeeze(picture.codes), np.squeeze(colors))
        assert (picture.alpha is None) == (channels in {1, 3})
        if picture.alpha is not None:
            np.testing.assert_array_equal(picture.alpha, codes[..., -1])


def test_durations_of_an_animated_png_are_exact_and_a_denominator_of_zero_is_100():
    delays = [(1, 30), (0, 10), (7, 0), (65535, 1)]
    data = animated_png([Part(quads(2, 2), delay=delay) for delay in delays], plays=9)
    sequence = read_frames(data)
    assert durations_of(sequence) == [Fraction(1, 30), 0, Fraction(7, 100), 65535]
    assert read_frames(data).plays == 9


def test_a_hidden_still_comes_first_and_is_not_counted():
    still, stored = quads(4, 4), [quads(4, 4), quads(4, 4)]
    sequence = read_frames(animated_png([Part(codes) for codes in stored], still=still))
    assert sequence.count == 2
    frames = list(sequence.frames)
    assert [frame.is_hidden for frame in frames] == [True, False, False]
    for frame, codes in zip(frames, [still, *stored], strict=True):
        np.testing.assert_array_equal(quads_of(frame.picture), codes)


# The table of the specification (11.3.6): what the third frame stands on.
@pytest.mark.parametrize(("disposal", "below"), [(0, "second"), (1, "nothing"), (2, "first")])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_what_was_drawn_is_disposed_of_as_the_file_says(disposal, below, kind):
    full = np.iinfo(kind).max
    first, second = quads(4, 4, kind), quads(2, 2, kind)
    third = np.array([[[9, 8, 7, full]]], kind)
    data = animated_png([Part(first), Part(second, left=1, top=1, disposal=disposal), Part(third)])
    expected = first.copy()
    if below == "second":
        expected[1:3, 1:3] = second
    elif below == "nothing":
        expected[1:3, 1:3] = 0
    expected[0, 0] = third[0, 0]
    np.testing.assert_array_equal(quads_of(frames_of(data)[2]), expected)


def test_the_first_frame_is_disposed_of_to_nothing():
    data = animated_png([Part(quads(3, 3), disposal=2), Part(quads(1, 1), left=2, top=2)])
    assert not quads_of(frames_of(data)[1])[:2].any()


@settings(deadline=None, max_examples=25)
@given(
    above=st.tuples(*[st.integers(0, 65535)] * 4),
    below=st.tuples(*[st.integers(0, 65535)] * 4),
    is_deep=st.booleans(),
)
def test_frames_are_blended_by_the_formula_of_porter_and_duff(above, below, is_deep):
    kind, last = (np.uint16, 65535) if is_deep else (np.uint8, 255)
    stored = [np.array([[[c * last // 65535 for c in pixel]]], kind) for pixel in (below, above)]
    data = animated_png([Part(stored[0]), Part(stored[1], blend=1)])
    found = quads_of(frames_of(data)[1])[0, 0]
    b, a = (codes[0, 0] / last for codes in stored)
    alpha = 1 - (1 - a[3]) * (1 - b[3])
    assert abs(int(found[3]) - alpha * last) <= 0.5 + 1e-6
    for c in range(3):
        # Premultiplied, as the operator was defined.
        color = a[c] * a[3] + b[c] * b[3] * (1 - a[3])
        expected = color / alpha * last if alpha else found[c]
        assert abs(int(found[c]) - expected) <= 0.5 + 1e-6


def test_a_clear_pixel_leaves_what_is_below_and_a_full_one_replaces_it():
    below, above = quads(4, 4), quads(4, 4)
    above[:2, :, 3], above[2:, :, 3] = 0, 255
    found = quads_of(frames_of(animated_png([Part(below), Part(above, blend=1)]))[1])
    np.testing.assert_array_equal(found, np.concatenate([below[:2], above[2:]]))


def test_frames_of_a_palette_with_transparency_are_read():
    images = [Image.fromarray(np.full((4, 4), k, np.uint8), "P") for k in (0, 1)]
    for image in images:
        image.putpalette([10, 20, 30, 200, 100, 50])
    data = saved(images[0], save_all=True, append_images=images[1:], transparency=1)
    last = frames_of(data)[-1]
    assert last.srgb8()[0, 0].tolist() == [200, 100, 50]
    assert last.alpha is not None
    assert not last.alpha.any()


def test_orientation_is_applied_to_every_frame():
    exif = Image.Exif()
    exif[274] = 6
    images = [Image.fromarray(quads(2, 3)[..., :3]) for _ in range(2)]
    data = saved(images[0], save_all=True, append_images=images[1:], exif=exif)
    assert [picture.size for picture in frames_of(data)] == [(2, 3), (2, 3)]


def test_a_claim_of_a_million_frames_is_not_believed():
    data = animated_png([Part(quads(4, 4)), Part(quads(4, 4))], claimed=1_000_000)
    assert read_frames(data).count == 2


@pytest.mark.parametrize("cut", [12, 60, 200])
def test_half_an_animation_is_truncated(cut):
    data = animated_png([Part(quads(20, 20)) for _ in range(3)])
    assert "truncated image" in refusal(data[:-cut])


def test_a_damaged_frame_is_said_to_be_damaged():
    data = bytearray(animated_png([Part(quads(20, 20)) for _ in range(2)]))
    data[data.index(b"fdAT") + 20] ^= 1
    assert "damaged image: wrong checksum" in refusal(bytes(data))


@pytest.mark.parametrize("part", [Part(quads(4, 4), left=1), Part(quads(9, 1))])
def test_a_frame_beside_the_canvas_is_refused(part):
    assert "not on its canvas" in refusal(animated_png([Part(quads(4, 4)), part]))


def test_many_frames_of_many_pixels_are_refused_before_any_is_decoded():
    # 45 frames of one pixel each on a canvas of 100 x 100.
    data = animated_png([Part(quads(100, 100)), *[Part(quads(1, 1)) for _ in range(44)]], extra=b"")
    message = refusal(data, max_pixels=50_000)
    assert "45 frames" in message
    assert "--max-pixels 1 allows it" in message
    assert read_frames(data, max_pixels=60_000).count == 45


def test_a_page_that_is_too_large_is_refused_with_its_number():
    pages = [Image.new("L", (10, 10)), Image.new("L", (2000, 2000))]
    data = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    message = refusal(data, max_pixels=1_000_000)
    assert "page 2 claims 4 megapixels; run or watch --max-pixels 4 allows it" in message


def test_pages_have_their_own_size_and_depth():
    buffer = BytesIO()
    deep = random.integers(0, 65536, (3, 5, 3)).astype(np.uint16)
    with tifffile.TiffWriter(buffer) as file:
        file.write(gray_picture())
        file.write(deep, photometric="rgb")
        file.write(deep[:, :2], photometric="rgb", compression="zlib")
    sequence = read_frames(buffer.getvalue())
    assert (sequence.count, sequence.is_animated, sequence.format) == (3, False, "TIFF")
    pictures = [frame.picture for frame in sequence.frames]
    np.testing.assert_array_equal(pictures[0].codes, gray_picture())
    np.testing.assert_array_equal(pictures[1].codes, deep)
    np.testing.assert_array_equal(pictures[2].codes, deep[:, :2])


def test_a_page_does_not_inherit_the_profile_or_resolution_of_the_one_before():
    first = saved(
        Image.fromarray(gray_picture()), "TIFF", icc_profile=gray_profile(1.0), dpi=(300, 300)
    )
    with Image.open(BytesIO(first)) as one:
        two = Image.fromarray(gray_picture())
        two.encoderinfo = {}
        data = saved(one, "TIFF", save_all=True, append_images=[two])
    pictures = frames_of(without_second_tags(data))
    assert not np.array_equal(pictures[0].codes, gray_picture())
    np.testing.assert_array_equal(pictures[1].codes, gray_picture())
    assert (pictures[0].metadata.dpi, pictures[1].metadata.dpi) == ((300, 300), None)


def without_second_tags(data: bytes) -> bytes:
    """Rename profile and resolution in the second directory to tags that nobody knows."""
    file = bytearray(data)
    (first,) = struct.unpack_from("<I", file, 4)
    (count,) = struct.unpack_from("<H", file, first)
    (second,) = struct.unpack_from("<I", file, first + 2 + 12 * count)
    (count,) = struct.unpack_from("<H", file, second)
    for place in range(second + 2, second + 2 + 12 * count, 12):
        (tag,) = struct.unpack_from("<H", file, place)
        if tag in {34675, 282, 283, 296}:
            struct.pack_into("<H", file, place, 65000 + tag % 100)
    return bytes(file)


def test_layers_of_photoshop_and_views_of_mpo_are_no_frames():
    images = [Image.fromarray(quads(16, 16)[..., :3]) for _ in range(2)]
    data = saved(images[0], "MPO", save_all=True, append_images=images[1:])
    assert read_frames(data).count == 1


def test_what_stands_before_the_frames_counts_for_all_of_them():
    data = animated_png(
        [Part(np.full((2, 2, 1), 128, np.uint8)) for _ in range(2)],
        extra=png_chunk(b"gAMA", struct.pack(">I", 100000)),
    )
    # Linear light of 128 / 255 is the sRGB code 188 (IEC 61966-2-1).
    assert [int(picture.codes[0, 0]) for picture in frames_of(data)] == [188, 188]
