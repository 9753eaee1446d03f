"""From a picture's file to its coloured file, bytes to bytes, all its frames or pages."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from colorize_cli.core.errors import CannotCreateError, TemporaryError
from colorize_cli.core.frames import Frame, FrameSequence, read_file
from colorize_cli.core.image_encoding import (
    FORMATS,
    Format,
    Kind,
    check_side,
    color_codes,
    encode_as_it_is,
    losses,
    with_mark,
)
from colorize_cli.core.metadata import stripped
from colorize_cli.core.picture import Picture, PlainPicture
from colorize_cli.core.provenance import Provenance
from colorize_cli.core.records import record, replace

if TYPE_CHECKING:
    from mmap import mmap

    from colorize_cli.core.tiff_encoding import Page

Paint: TypeAlias = Callable[[Picture], Picture]
PaintPlain: TypeAlias = Callable[[PlainPicture, int], "mmap"]
"""A plain picture to its colours in so many bytes a pixel: see `core.plain_coloring`."""

Tell: TypeAlias = Callable[[], Provenance]
"""Says how a result was made, when that is asked for: it may have to be worked out."""

PLAIN_FORMATS: Final = {"png": 3, "jpeg": 4}
"""Formats that plain pictures are written in without NumPy, and the bytes of a pixel for each."""

PAGED: Final = "tiff"


@record
class FileChoices:
    """How a file is read and written.

    `form` None leaves TIFF files TIFF and makes all others PNG. `max_pixels` is the most of one
    frame, None for the usual limit. `is_stripped` leaves out what the pixels do not need. `threads`
    are those that encode, None for one for each processor.
    """

    form: Format | None = None
    max_pixels: int | None = None
    is_stripped: bool = False
    threads: int | None = None


@record
class Recolored:
    """A coloured file: its bytes, its format, the size of its first frame, remarks.

    `frames` are those of an animation or the pages, 1 for a single picture.
    """

    data: bytes
    form: Format
    size: tuple[int, int]
    frames: int
    warnings: tuple[str, ...]


def recolored(
    data: bytes,
    paint: Paint,
    choices: FileChoices,
    *,
    path: object = None,
    provenance: Provenance | Tell | None = None,
    paint_plain: PaintPlain | None = None,
) -> Recolored:
    """Decode a file, paint each of its frames and write it anew; one frame is held at a time.

    `paint_plain` paints a single plain picture, if there is such a painter, the same to the byte.
    Raises NotAnImageError for what cannot be decoded, CannotCreateError for a format that cannot
    hold it, TemporaryError if memory is short, and whatever `paint` raises.
    """
    may_be_plain = paint_plain is not None and _is_for_plain(choices.form)
    found = read_file(data, path=path, max_pixels=choices.max_pixels, may_be_plain=may_be_plain)
    form = choices.form or FORMATS[PAGED if found.format == "TIFF" else "png"]
    work = _Work(form, provenance, choices)
    try:
        if isinstance(found, FrameSequence):
            result = _encoded(found, paint, work)
        elif paint_plain is not None:
            result = _encoded_plainly(found, paint_plain, work)
    except CannotCreateError as error:
        raise CannotCreateError(error.reason, path=path) from error
    except MemoryError as error:
        raise TemporaryError("not enough memory to colour it", path=path) from error
    return Recolored(
        data=result,
        form=work.form,
        size=work.size,
        frames=found.count if isinstance(found, FrameSequence) else 1,
        warnings=tuple(dict.fromkeys(work.remarks)),
    )


class _Work:
    """A file on its way, and what is learnt of it while its frames pass."""

    def __init__(
        self, form: Format, provenance: Provenance | Tell | None, choices: FileChoices
    ) -> None:
        self.form, self._provenance, self._choices = form, provenance, choices
        self.size = (0, 0)
        self.remarks: list[str] = []

    @property
    def threads(self) -> int | None:
        """Those that encode."""
        return self._choices.threads

    def admitted(self, picture: Kind) -> Kind:
        """Return a picture that was read as it is to be painted, if its format can hold that."""
        if self._choices.is_stripped:
            picture = replace(picture, metadata=stripped(picture.metadata))
        check_side(picture, self.form)
        self.size = self.size if any(self.size) else picture.size
        self.remarks += [*picture.warnings, *losses(picture, self.form)]
        return picture

    def marked(self, picture: Kind) -> Kind:
        """Return a picture that was painted with the metadata of the result."""
        provenance = self._provenance() if callable(self._provenance) else self._provenance
        told = with_mark(picture, self.form, provenance)
        # What marking says, it adds to what reading said.
        self.remarks += told.metadata.warnings
        return told


def _is_for_plain(form: Format | None) -> bool:
    return form is None or form.name in PLAIN_FORMATS


def _encoded_plainly(found: PlainPicture, paint: PaintPlain, work: _Work) -> bytes:
    from colorize_cli.core.plain_coloring import encode_plain

    picture = work.admitted(found)
    colors = paint(picture, PLAIN_FORMATS[work.form.name])
    return encode_plain(colors, work.marked(picture), work.form, threads=work.threads)


def _painted(sequence: FrameSequence, paint: Paint, work: _Work) -> Iterator[Frame]:
    """Yield the painted frames one by one, with the metadata of the result."""
    for frame in sequence.frames:
        if frame.is_hidden and work.form.name != "png":
            work.remarks.append("its still picture, which is no frame, is left out")
        else:
            picture = paint(work.admitted(frame.picture))
            yield replace(frame, picture=work.marked(picture))


def _encoded(sequence: FrameSequence, paint: Paint, work: _Work) -> bytes:
    frames = _painted(sequence, paint, work)
    if sequence.count == 1:
        # A hidden still may stand before the only frame.
        first, *rest = frames
        if not rest:
            return encode_as_it_is(first.picture, work.form, threads=work.threads)
        frames = iter([first, *rest])
    return _encoded_frames(frames, sequence, work)


def _encoded_frames(frames: Iterator[Frame], sequence: FrameSequence, work: _Work) -> bytes:
    form = work.form
    if not form.has_frames:
        raise CannotCreateError(
            f"{form.name} holds a single picture, not {sequence.count}: use --format tiff"
            + (", png or webp" if sequence.is_animated else "")
        )
    if form.name == PAGED:
        from colorize_cli.core.tiff_encoding import encode_tiff

        return encode_tiff(_pages(frames, sequence, work), threads=work.threads)
    if not sequence.is_animated:
        work.remarks.append(f"{form.name} holds no pages: they become frames of a second each")
    from colorize_cli.core.animation_encoding import encode_animation

    return encode_animation(
        frames,
        form.name,
        count=sequence.count,
        plays=sequence.plays,
        options=dict(form.options),
    )


def _pages(frames: Iterator[Frame], sequence: FrameSequence, work: _Work) -> Iterator["Page"]:
    from colorize_cli.core.tiff_encoding import Page

    if sequence.is_animated:
        work.remarks.append("tiff holds no durations: the frames become pages")
    for frame in frames:
        picture = frame.picture
        codes = color_codes(picture, has_alpha=True)
        yield Page(codes=codes, metadata=picture.metadata, profile=picture.profile)
