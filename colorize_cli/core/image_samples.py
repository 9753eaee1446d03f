"""The samples of an opened image file, as deep as the file has them."""

from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from colorize_cli.core.deep_samples import (
    DEEP_COLOR_MODES,
    deep_codes,
    divided_by_alpha,
    load_as,
)
from colorize_cli.core.errors import NotAnImageError
from colorize_cli.core.stored_depth import depth_remarks, low_range_remarks

Codes: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]

ALL_BITS_16: Final = 65535
SIGNED: Final = 2
"""TIFF's SampleFormat of two's complement."""

PNG_GRAY_SCALES: Final = {"1": 255, "L;2": 85, "L;4": 17}
"""What Pillow multiplies short gray samples by; it leaves their transparent value as it is."""


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Samples of a picture in some colour space.

    `codes` is `(H, W)` for gray or `(H, W, channels)`, uint8 or uint16; `mode` is Pillow's name
    of the colour space: L, RGB, CMYK or LAB. `alpha` is `(H, W)` of the same type, or None.
    `profile` is the ICC profile for these codes as RGB, None for sRGB's.
    """

    codes: Codes
    mode: str
    alpha: Codes | None = None
    profile: bytes | None = None
    warnings: tuple[str, ...] = ()


def read_samples(image: Image.Image, data: bytes) -> Samples:
    """Read the samples of an image that was opened from `data`.

    Raises NotAnImageError for samples whose white is unknown, and whatever Pillow's readers do.
    """
    if image.width == 0 or image.height == 0:
        raise NotAnImageError("the picture has no pixels")
    remarks = depth_remarks(image, data)
    samples = _read(image, data)
    return replace(samples, warnings=(*samples.warnings, *remarks))


def _read(image: Image.Image, data: bytes) -> Samples:
    raw_mode = _raw_mode(image)
    if raw_mode in DEEP_COLOR_MODES:
        return _deep_color(image, data, raw_mode)
    if _is_scaled_ppm(image):
        return _scaled_ppm(image, data)
    if raw_mode == "LA;16B":
        return _deep_gray_with_alpha(image)
    if image.mode.startswith("I") or image.mode == "F":
        return _deep_gray(image, raw_mode)
    _refuse_misread_planes(image)
    return _shallow(image, raw_mode)


def _raw_mode(image: Image.Image) -> str:
    """Return Pillow's name of the sample layout, for 16-bit colour without its byte order."""
    tiles = getattr(image, "tile", [])
    if not tiles:
        return image.mode
    arguments = tiles[0].args
    name = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    name = name if isinstance(name, str) else image.mode
    return name[:-1] if name[:-1] in DEEP_COLOR_MODES else name


def _deep_color(image: Image.Image, data: bytes, raw_mode: str) -> Samples:
    codes = deep_codes(image, data, raw_mode)
    if raw_mode == "CMYK;16":
        remark = "16-bit CMYK is reduced to 8 bits to convert it"
        return Samples(codes=to_8_bits(codes), mode="CMYK", warnings=(remark,))
    alpha = np.ascontiguousarray(codes[..., 3]) if codes.shape[2] == 4 else None
    codes = codes[..., :3]
    if raw_mode == "RGBa;16" and alpha is not None:
        codes = divided_by_alpha(codes, alpha)
    key = image.info.get("transparency")
    if alpha is None and isinstance(key, tuple):
        is_clear = np.all(codes == np.array(key, np.uint16), axis=-1)
        alpha = np.where(is_clear, 0, ALL_BITS_16).astype(np.uint16)
    return Samples(codes=np.ascontiguousarray(codes), mode="RGB", alpha=alpha)


def _is_scaled_ppm(image: Image.Image) -> bool:
    tiles = getattr(image, "tile", [])
    return bool(tiles) and tiles[0].codec_name == "ppm"


def _scaled_ppm(image: Image.Image, data: bytes) -> Samples:
    """Read binary PGM and PPM whose white is neither 255 nor 65535.

    Pillow does so pixel by pixel, which takes minutes for a photograph, and with 8 bits.
    """
    tile = image.tile[0]  # type: ignore[attr-defined]
    white = tile.args[1]
    channels = 3 if image.mode == "RGB" else 1
    count = image.width * image.height * channels
    stored = np.dtype(">u2") if white > 255 else np.dtype(np.uint8)
    if len(data) < tile.offset + count * stored.itemsize:
        raise NotAnImageError("truncated image: fewer samples than its header says")
    values = np.frombuffer(data, stored, count, tile.offset)
    last = 255 if white <= 255 else ALL_BITS_16
    table = np.rint(np.minimum(np.arange(np.iinfo(stored).max + 1) / white, 1) * last)
    codes = table.astype(np.uint8 if last == 255 else np.uint16)[values]
    shape = (image.height, image.width, 3) if channels == 3 else (image.height, image.width)
    return Samples(codes=codes.reshape(shape), mode="RGB" if channels == 3 else "L")


def _deep_gray_with_alpha(image: Image.Image) -> Samples:
    # Four bytes a pixel, gray and alpha of two each, read as if they were RGBA of 8 bits.
    load_as(image, "RGBA")
    quads = np.asarray(image)
    pairs = np.ascontiguousarray(quads).view(">u2").astype(np.uint16)
    gray, alpha = np.ascontiguousarray(pairs[..., 0]), np.ascontiguousarray(pairs[..., 1])
    return Samples(codes=gray, mode="L", alpha=alpha)


def _deep_gray(image: Image.Image, raw_mode: str) -> Samples:
    image.load()
    values = np.asarray(image)
    codes = _from_float(values) if image.mode == "F" else _from_integer(values)
    if raw_mode == "I;12":
        codes = ((codes << 4) | (codes >> 8)).astype(np.uint16)
    if _is_white_zero(image):
        codes = (ALL_BITS_16 - codes).astype(np.uint16)
    alpha = None
    key = image.info.get("transparency")
    if isinstance(key, int):
        alpha = np.where(codes == key, 0, ALL_BITS_16).astype(np.uint16)
    return Samples(codes=codes, mode="L", alpha=alpha, warnings=low_range_remarks(codes))


def _from_integer(values: NDArray[Any]) -> NDArray[np.uint16]:
    if values.dtype.itemsize > 2 and (values.min() < 0 or values.max() > ALL_BITS_16):
        raise NotAnImageError(
            "its integer samples exceed 16 bits, so that its white is unknown; "
            "convert it to 16 bits first"
        )
    return values.astype(np.uint16)


def _from_float(values: NDArray[Any]) -> NDArray[np.uint16]:
    """Quantize floating-point code values; black is 0 and white is 1 by common usage."""
    if not (values.min() >= 0 and values.max() <= 1):
        raise NotAnImageError(
            "its floating-point samples lie outside 0 to 1, so that its white is unknown; "
            "convert it to 16-bit integers first"
        )
    return np.rint(values * np.float32(ALL_BITS_16)).astype(np.uint16)


def _is_white_zero(image: Image.Image) -> bool:
    """Tell TIFF's WhiteIsZero, which Pillow inverts for 8 bits but not for 16."""
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
    return bool(tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == 0)


def _refuse_misread_planes(image: Image.Image) -> None:
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return
    if image.mode == "L" and SIGNED in image.tag_v2.get(TiffImagePlugin.SAMPLEFORMAT, ()):
        raise NotAnImageError(
            "its samples are signed, so that its black is unknown; convert it to unsigned ones"
        )
    depths = image.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, (8,))
    if max(depths) > 8:
        raise NotAnImageError(
            f"TIFF layout that cannot be read faithfully ({max(depths)} bits, {image.mode}); "
            "convert it to interleaved RGB first"
        )


def _shallow(image: Image.Image, raw_mode: str) -> Samples:
    image.load()
    key = image.info.get("transparency")
    if image.mode in {"1", "L"}:
        return _shallow_gray(image, key, PNG_GRAY_SCALES.get(raw_mode, 1))
    if image.mode in {"LA", "La"}:
        pairs = np.asarray(image.convert("LA"))
        return Samples(codes=pairs[..., 0].copy(), mode="L", alpha=pairs[..., 1].copy())
    if image.mode in {"CMYK", "LAB"}:
        return Samples(codes=np.asarray(image), mode=image.mode)
    if _has_alpha(image):
        quads = np.asarray(image.convert("RGBA"))
        codes = np.ascontiguousarray(quads[..., :3])
        return Samples(codes=codes, mode="RGB", alpha=quads[..., 3].copy())
    # Pillow would copy what is RGB already.
    colors = image if image.mode == "RGB" else image.convert("RGB")
    return Samples(codes=np.asarray(colors), mode="RGB")


def _has_alpha(image: Image.Image) -> bool:
    # Pillow's own property of this meaning fails for a palette that is missing, as in ICNS.
    palette = image.palette.mode if image.mode == "P" and image.palette else ""
    return image.mode[-1] in "Aa" or palette.endswith("A") or "transparency" in image.info


def _shallow_gray(image: Image.Image, key: object, scale: int) -> Samples:
    codes: NDArray[np.uint8] = np.asarray(image.convert("L"))
    alpha = None
    if isinstance(key, int):
        clear = key if image.mode == "1" else key * scale
        alpha = np.where(codes == clear, 0, 255).astype(np.uint8)
    return Samples(codes=codes, mode="L", alpha=alpha)


def to_8_bits(codes: Codes) -> NDArray[np.uint8]:
    """Round 16-bit codes to 8 bits, 65535 to 255; 8-bit codes stay."""
    if codes.dtype == np.uint8:
        return np.asarray(codes, np.uint8)
    return ((codes.astype(np.uint32) + 128) // 257).astype(np.uint8)


def collapse(samples: Samples) -> Samples:
    """Keep one channel where all three are equal: gray is gray however it is saved."""
    if samples.mode != "RGB" or samples.codes.ndim == 2:
        return samples
    codes = samples.codes
    # A few rows tell most coloured pictures, without reading them whole.
    if not _is_neutral(codes[:: max(1, len(codes) // 16)]) or not _is_neutral(codes):
        return samples
    gray: Codes = codes[..., 0].copy()
    return replace(samples, codes=gray, mode="L")


def _is_neutral(codes: Codes) -> bool:
    green = codes[..., 1]
    return np.array_equal(codes[..., 0], green) and np.array_equal(green, codes[..., 2])
