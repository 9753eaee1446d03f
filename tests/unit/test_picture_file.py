import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from animated_pngs import Part, animated_png, control, png_chunk
from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.errors import CannotCreateError, NotAnImageError, TemporaryError
from colorize_cli.core.frames import read_frames
from colorize_cli.core.image_encoding import FORMATS
from colorize_cli.core.image_io import decode
from colorize_cli.core.picture import Picture
from colorize_cli.core.picture_file import FileChoices, Recolored, recolored
from colorize_cli.core.pipeline import colorize
from colorize_cli.core.provenance import Provenance, read_provenance
from pictures import SmoothColorizer, encoded, gray_picture, gray_profile, lightness_error, saved

GRAY = gray_picture()
random = np.random.default_rng(2)
PROVENANCE = Provenance(
    program="colorize 1.2",
    model="x",
    model_sha256="ab" * 32,
    source_sha256="cd" * 32,
    options="strength=1",
)


def red(picture: Picture) -> Picture:
    """Paint a picture so that it is coloured: red is a little more."""
    codes = picture.codes[..., None].repeat(3, 2) if picture.is_gray else picture.codes.copy()
    codes[..., 0] |= 1
    return replace(picture, codes=codes)


def painter() -> Callable[[Picture], Picture]:
    spec = GeneratorSpec(output="ab", base_width=2, size=16)
    return lambda picture: colorize(picture, spec, SmoothColorizer(), workers=1)


def done(data: bytes, form: str | None = None, **options: object) -> Recolored:
    provenance = options.pop("provenance", None)
    choices = FileChoices(form=FORMATS[form] if form else None, **options)
    return recolored(data, red, choices, path="it", provenance=provenance)


def gif(count: int = 3, **options: object) -> bytes:
    images = [Image.fromarray(np.roll(GRAY, 3 * index)) for index in range(count)]
    return saved(images[0], "GIF", save_all=True, append_images=images[1:], **options)


def tiff_pages(*pages: np.ndarray) -> bytes:
    buffer = BytesIO()
    with tifffile.TiffWriter(buffer) as file:
        for page in pages:
            file.write(page, photometric="rgb" if page.ndim == 3 else "minisblack")
    return buffer.getvalue()


def deep(*shape: int) -> np.ndarray:
    return random.integers(0, 65536, shape).astype(np.uint16)


@pytest.mark.parametrize(
    ("form", "expected"), [("PNG", "png"), ("JPEG", "png"), ("TIFF", "tiff"), ("WEBP", "png")]
)
def test_tiff_stays_tiff_and_everything_else_becomes_png(form, expected):
    result = done(encoded(GRAY, form))
    assert (result.form.name, result.size, result.frames) == (expected, (32, 24), 1)
    with Image.open(BytesIO(result.data)) as image:
        assert image.format == expected.upper()


def test_a_gif_becomes_an_animated_png_of_all_its_frames():
    result = done(gif(duration=[0, 70, 120], loop=2))
    assert (result.form.name, result.frames, result.warnings) == ("png", 3, ())
    before, after = read_frames(gif(duration=[0, 70, 120], loop=2)), read_frames(result.data)
    assert after.plays == before.plays == 3
    for old, new in zip(before.frames, after.frames, strict=True):
        assert new.duration == old.duration
        np.testing.assert_array_equal(new.picture.codes, red(old.picture).codes)


def test_all_pages_of_a_tiff_come_back_each_with_its_size_and_depth():
    pages = [GRAY, deep(9, 5, 3), deep(4, 8)]
    result = done(tiff_pages(*pages))
    assert (result.form.name, result.frames, result.warnings) == ("tiff", 3, ())
    with tifffile.TiffFile(BytesIO(result.data)) as file:
        for stored, page in zip(file.pages, pages, strict=True):
            expected = red(Picture(codes=page)).codes
            np.testing.assert_array_equal(stored.asarray(), expected)


@settings(deadline=None, max_examples=12)
@given(
    is_deep=st.booleans(),
    channels=st.sampled_from([1, 2]),
    size=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    seed=st.integers(0, 9),
)
def test_every_frame_keeps_its_lightness_size_and_alpha(is_deep, channels, size, seed):
    kind = np.uint16 if is_deep else np.uint8
    source = np.random.default_rng(seed)
    stored = [
        source.integers(0, np.iinfo(kind).max + 1, (*size, channels)).astype(kind) for _ in range(3)
    ]
    data = animated_png([Part(codes) for codes in stored])
    result = recolored(data, painter(), FileChoices())
    again = recolored(data, painter(), FileChoices())
    assert result.data == again.data
    for frame, codes in zip(read_frames(result.data).frames, stored, strict=True):
        picture = frame.picture
        colors = picture.codes[..., None].repeat(3, 2) if picture.is_gray else picture.codes
        assert lightness_error(colors, codes[..., 0]) <= 1
        full = np.full(codes.shape[:2], np.iinfo(kind).max, kind)
        expected = codes[..., 1] if channels == 2 else full
        np.testing.assert_array_equal(full if picture.alpha is None else picture.alpha, expected)


def test_one_frame_is_decoded_at_a_time():
    data = animated_png([Part(deep(6, 6, 3)) for _ in range(2)])
    end = png_chunk(b"IEND", b"")
    bad = png_chunk(b"fcTL", struct.pack(">I", 3) + control(Part(deep(6, 6, 3))))
    # Only when the frame is decoded does it show that its data is no stream.
    data = data.removesuffix(end) + bad + png_chunk(b"fdAT", b"\0\0\0\4nonsense") + end
    painted: list[Picture] = []

    def paint(picture: Picture) -> Picture:
        painted.append(picture)
        return red(picture)

    with pytest.raises(NotAnImageError):
        recolored(data, paint, FileChoices())
    assert len(painted) == 2


@pytest.mark.parametrize("data", [gif(), tiff_pages(GRAY, GRAY)], ids=["gif", "tiff"])
def test_several_frames_as_jpeg_are_refused_with_the_remedy(data):
    with pytest.raises(CannotCreateError, match=r"'it': jpeg holds a single .* --format tiff"):
        done(data, "jpeg")


def test_pages_of_several_sizes_as_an_animation_are_refused_with_the_remedy():
    with pytest.raises(CannotCreateError, match=r"'it': frame 2 .* use --format tiff"):
        done(tiff_pages(GRAY, GRAY[:5]), "png")


def test_pages_as_an_animation_are_said_to_be_no_pages_any_more():
    result = done(tiff_pages(GRAY, GRAY), "webp")
    assert result.warnings == ("webp holds no pages: they become frames of a second each",)


def test_an_animation_as_tiff_loses_its_durations_and_says_so():
    result = done(gif(), "tiff")
    assert result.warnings == ("tiff holds no durations: the frames become pages",)
    with Image.open(BytesIO(result.data)) as image:
        assert image.n_frames == 3


@pytest.mark.parametrize("form", ["webp", "gif", "tiff"])
def test_a_hidden_still_that_is_left_out_is_said_to_be(form):
    parts = [Part(random.integers(0, 256, (4, 4, 3)).astype(np.uint8)) for _ in range(2)]
    result = done(animated_png(parts, still=parts[0].codes), form)
    assert "its still picture, which is no frame, is left out" in result.warnings
    assert read_frames(result.data).count == 2


def still_and_one_frame() -> bytes:
    part = Part(random.integers(0, 256, (5, 6, 4), np.uint8))
    return animated_png([part], still=random.integers(0, 256, (5, 6, 4), np.uint8))


def test_an_animation_of_one_frame_keeps_its_hidden_still_as_png():
    result = done(still_and_one_frame())
    assert result.frames == 1
    with Image.open(BytesIO(result.data)) as image:
        assert (image.n_frames, image.default_image) == (2, True)


@pytest.mark.parametrize("form", ["tiff", "webp", "gif", "jpeg"])
def test_an_animation_of_one_frame_is_a_picture_elsewhere_and_says_what_is_left_out(form):
    result = done(still_and_one_frame(), form)
    assert "its still picture, which is no frame, is left out" in result.warnings
    with Image.open(BytesIO(result.data)) as image:
        assert getattr(image, "n_frames", 1) == 1


def test_a_png_that_claims_frames_and_has_none_is_its_still_picture():
    data = animated_png([], still=random.integers(0, 256, (5, 6, 4), np.uint8), claimed=3)
    result = done(data)
    assert result.frames == 1
    with Image.open(BytesIO(result.data)) as image:
        assert image.info.get("default_image") is None
        assert getattr(image, "n_frames", 1) == 1


def test_damaged_xmp_is_told_once_and_what_becomes_of_it():
    data = saved(Image.fromarray(GRAY), "JPEG", xmp=b"<damaged>")
    assert done(data, provenance=PROVENANCE).warnings == (
        "its XMP packet is damaged: it is kept as base64 within a new one",
    )
    assert done(data).warnings == ()


def test_what_all_frames_have_in_common_is_said_once():
    data = animated_png([Part(deep(4, 4, 3)) for _ in range(3)])
    assert done(data, "webp").warnings == (
        "webp is written with 8 bits: of 16, png and tiff keep all",
    )


@pytest.mark.parametrize("form", list(FORMATS))
def test_the_next_run_reads_how_a_result_was_made(form, tmp_path):
    place = tmp_path / "result"
    place.write_bytes(done(encoded(GRAY), form, provenance=PROVENANCE).data)
    assert read_provenance(place) == PROVENANCE


@pytest.mark.parametrize("form", ["png", "webp", "gif", "tiff"])
def test_animations_say_how_they_were_made(form, tmp_path):
    place = tmp_path / "result"
    place.write_bytes(done(gif(), form, provenance=PROVENANCE).data)
    assert read_provenance(place) == PROVENANCE


def test_a_result_without_a_mark_says_nothing(tmp_path):
    place = tmp_path / "result"
    place.write_bytes(done(encoded(GRAY)).data)
    assert read_provenance(place) is None
    assert b"Software" not in place.read_bytes()


def test_stripped_results_keep_the_profile_that_the_pixels_need():
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Dorothea"
    options = {"exif": exif, "dpi": (300, 300), "icc_profile": gray_profile(2.2)}
    whole, bare = (
        done(encoded(GRAY, **options), is_stripped=is_stripped) for is_stripped in (False, True)
    )
    with Image.open(BytesIO(whole.data)) as image:
        assert image.getexif()[ExifTags.Base.Artist] == "Dorothea"
        assert "dpi" in image.info
    with Image.open(BytesIO(bare.data)) as image:
        assert not image.getexif()
        assert "dpi" not in image.info
        assert "icc_profile" in image.info
        np.testing.assert_array_equal(np.asarray(image), red(decode(encoded(GRAY))).codes)


def test_more_pixels_than_allowed_are_refused_with_the_flag():
    data = encoded(np.zeros((1500, 1000), np.uint8))
    words = "claims 2 megapixels; run or watch --max-pixels 2 allows it"
    with pytest.raises(NotAnImageError, match=words):
        done(data, max_pixels=1_000_000)
    assert done(data, max_pixels=2_000_000).size == (1000, 1500)


def test_a_mistake_of_ours_in_painting_is_no_fault_of_the_file():
    def paint(picture: Picture) -> Picture:
        raise ValueError("ours")

    for data in (encoded(GRAY), gif()):
        with pytest.raises(ValueError, match="ours"):
            recolored(data, paint, FileChoices())


def test_short_memory_is_temporary():
    def paint(picture: Picture) -> Picture:
        raise MemoryError

    with pytest.raises(TemporaryError, match="'it': not enough memory"):
        recolored(encoded(GRAY), paint, FileChoices(), path="it")


def test_a_side_longer_than_the_format_holds_is_refused_before_painting():
    def paint(picture: Picture) -> Picture:
        raise AssertionError

    with pytest.raises(CannotCreateError, match="webp holds at most 16383 pixels a side"):
        recolored(encoded(np.zeros((1, 16384), np.uint8)), paint, FileChoices(form=FORMATS["webp"]))


def animations() -> dict[str, bytes]:
    parts = [Part(random.integers(0, 256, (9, 11, 4)).astype(np.uint8)) for _ in range(3)]
    png = animated_png([parts[0], Part(parts[1].codes[:3], top=2, disposal=2, blend=1), parts[2]])
    with Image.open(BytesIO(png)) as image:
        webp = saved(image, "WEBP", save_all=True, lossless=True)
    return {"png": png, "webp": webp, "gif": gif(), "tiff": tiff_pages(GRAY, deep(5, 6, 3))}


ANIMATIONS = animations()


@settings(deadline=None, max_examples=80)
@given(
    name=st.sampled_from(list(ANIMATIONS)),
    place=st.integers(0, 10**6),
    value=st.integers(0, 255),
    form=st.sampled_from([None, *FORMATS]),
)
def test_any_damaged_byte_gives_all_frames_or_one_line(name, place, value, form):
    data = bytearray(ANIMATIONS[name])
    data[place % len(data)] = value
    # Any other exception fails the test.
    with suppress(NotAnImageError, CannotCreateError):
        result = done(bytes(data), form)
        assert read_frames(result.data).count >= 1
