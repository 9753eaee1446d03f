"""Pictures from strangers: from bytes to sniffing, decoding, colouring and writing each format."""

from pathlib import Path
from random import Random
from typing import Final

import numpy as np
from blocks import odd_exif, odd_iptc, odd_profile, odd_xmp, still
from mutation import damaged
from numpy.typing import NDArray
from oracle import FaultError, attempt, check_message
from picture_files import odd_picture

from colorize_cli.core import iptc, xmp
from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.errors import ExitStatus
from colorize_cli.core.existing_outputs import sha256_of
from colorize_cli.core.frames import read_frames
from colorize_cli.core.hints import read_hints
from colorize_cli.core.image_encoding import FORMATS
from colorize_cli.core.input_files import looks_like_a_picture
from colorize_cli.core.matrix_profiles import gray_codes, matrix_profile
from colorize_cli.core.palette import read_palette
from colorize_cli.core.picture import Picture
from colorize_cli.core.picture_file import FileChoices, Recolored, recolored
from colorize_cli.core.pipeline import colorize
from colorize_cli.core.provenance import Provenance, read_provenance
from colorize_cli.core.xmp_search import packet_in

SPEC: Final = GeneratorSpec(output="ab", base_width=1, size=16)
MARK: Final = Provenance(
    program="colorize 0", model="fake", model_sha256="0" * 64, source_sha256="1" * 64, options="{}"
)
GREATEST: Final = 2_000_000
"""Pixels of a frame: much larger ones take no other way, and time."""


class FakeNetwork:
    """Says of each gray one colour."""

    device = "cpu"

    def __call__(self, gray: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.concatenate([gray / 4, -gray / 4], axis=1)


def paint(picture: Picture) -> Picture:
    """Colour a picture as the program does, by a network that takes no time."""
    return colorize(picture, SPEC, FakeNetwork(), workers=1)


def color_pictures(random: Random, folder: Path) -> None:
    """Colour a file, and read the result again."""
    data = odd_picture(random)
    form = random.choice((None, *FORMATS.values()))
    choices = FileChoices(form=form, max_pixels=GREATEST, is_stripped=random.random() < 0.15)
    mark = MARK if random.random() < 0.7 else None
    result = attempt(
        lambda: recolored(data, paint, choices, path="x", provenance=mark),
        statuses=(ExitStatus.NOT_AN_IMAGE, ExitStatus.CANNOT_CREATE),
        path="x",
    )
    if result is not None:
        _check_result(result, folder / "result", is_marked=mark is not None)


def _check_result(result: Recolored, path: Path, *, is_marked: bool) -> None:
    for warning in result.warnings:
        check_message(warning)
    again = read_frames(result.data, path="result", max_pixels=8 * GREATEST)
    pictures = [frame.picture for frame in again.frames if not frame.is_hidden]
    # Equal frames that follow each other are one in WebP.
    if not 0 < len(pictures) <= result.frames or pictures[0].size != result.size:
        raise FaultError(f"{len(pictures)} of {result.frames} frames of {pictures[0].size} pixels")
    path.write_bytes(result.data)
    if is_marked and read_provenance(path) != MARK:
        raise FaultError("the mark is not found again")


def sniff_files(random: Random, folder: Path) -> None:
    """Ask of a file what is asked before it is decoded: these questions never fail."""
    path = folder / "x"
    path.write_bytes(odd_picture(random))
    looks_like_a_picture(path)
    read_provenance(path)
    sha256_of(path)
    with path.open("rb") as file:
        packet_in(file)


def read_blocks(random: Random, folder: Path) -> None:
    """Read what is damaged of metadata and profiles, with what is promised of each function."""
    packet = odd_xmp(random)
    try:
        found = xmp.parse(packet)
    except xmp.DamagedXmpError:
        pass
    else:
        names = sorted(xmp.NAMESPACES.keys() - {"rdf"})
        drop = [f"{random.choice(names)}:title", "tiff:Orientation", "dc:creator"]
        changed = xmp.changed(found, drop=drop, add={"dc:title": xmp.alternative("x")})
        if xmp.parse(changed).value_of("dc:title") is None:
            raise FaultError("what is added to a packet is not in it")
    block = odd_iptc(random)
    for markup in iptc.in_xmp(block).values():
        xmp.parse(xmp.changed(xmp.parse(xmp.EMPTY_PACKET), add={"dc:title": markup}))
    iptc.only_in_iptc(block)
    iptc.app13(block)
    profile = odd_profile(random)
    matrix_profile(profile)
    gray_codes(profile)


def read_side_pictures(random: Random, folder: Path) -> None:
    """Read strokes and palettes from strangers."""
    path = folder / "x"
    data = still("RGBA") if random.random() < 0.3 else odd_picture(random)
    path.write_bytes(damaged(random, data) if random.random() < 0.3 else data)
    statuses = (ExitStatus.NOT_AN_IMAGE, ExitStatus.NO_INPUT)
    attempt(lambda: read_hints(path, max_pixels=GREATEST), statuses=statuses, path=path)
    attempt(lambda: read_palette(path, max_pixels=GREATEST), statuses=statuses, path=path)


def attach_blocks(random: Random, folder: Path) -> None:
    """Colour sound pictures with damaged blocks, all of which Pillow itself has written."""
    form = random.choice(("PNG", "JPEG", "WEBP", "TIFF"))
    told = {"exif": b"Exif\0\0" + odd_exif(random), "icc_profile": odd_profile(random)}
    told |= {} if form == "PNG" else {"xmp": odd_xmp(random)}
    kept = {name: told[name][:60000] for name in random.sample(sorted(told), random.randrange(3))}
    modes = {"PNG": ("L", "RGB", "I;16"), "TIFF": ("L", "RGB", "CMYK", "LAB", "I;16")}
    mode = random.choice(modes.get(form, ("L", "RGB")))
    if form == "TIFF":
        kept.pop("exif", None)
    data = still(mode, form=form, **kept)
    choices = FileChoices(form=random.choice((None, *FORMATS.values())), max_pixels=GREATEST)
    result = attempt(
        lambda: recolored(data, paint, choices, path="x", provenance=MARK),
        statuses=(ExitStatus.CANNOT_CREATE, ExitStatus.NOT_AN_IMAGE),
    )
    # Pillow itself refuses some JPEG files for their EXIF.
    if result is None and form != "JPEG":
        raise FaultError("a picture that is whole was refused for its metadata")
    if result is not None:
        _check_result(result, folder / "result", is_marked=True)
