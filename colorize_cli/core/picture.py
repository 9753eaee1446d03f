"""Pictures between their files: what is known of them, and their code values."""

from abc import abstractmethod
from typing import TYPE_CHECKING, TypeAlias

from colorize_cli.core.metadata import Metadata
from colorize_cli.core.records import made_by, record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from colorize_cli.core.pillow_memory import GrayPixels

    Codes: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]


@record
class PictureFacts:
    """What is known of a decoded picture besides its colours: upright, in sRGB.

    `alpha` is `(H, W)`, as deep as the codes, or None. `format` is Pillow's name of the file's
    format; `warnings` say what could not be kept. `profile` is the ICC profile that shows the codes
    as the file's own did, where that was a gray one.
    """

    alpha: "Codes | None" = None
    profile: bytes | None = None
    metadata: Metadata = made_by(default_factory=Metadata)
    format: str = "PNG"
    warnings: tuple[str, ...] = ()

    @property
    @abstractmethod
    def bit_depth(self) -> int:
        """Bits per sample: 8 or 16."""

    @property
    @abstractmethod
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""


@record
class Picture(PictureFacts):
    """A picture as arrays.

    `codes` are sRGB code values, `(H, W)` where the picture is gray, else `(H, W, 3)`; uint8 or
    uint16, as deep as the file.
    """

    codes: "Codes"

    @property
    def bit_depth(self) -> int:
        """Bits per sample: 8 or 16."""
        return self.codes.dtype.itemsize * 8

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.codes.shape[1], self.codes.shape[0]

    @property
    def is_gray(self) -> bool:
        """Whether every pixel has R = G = B."""
        return self.codes.ndim == 2

    def srgb8(self) -> "NDArray[np.uint8]":
        """Return the colours with 8 bits, `(H, W, 3)`, without alpha; 16 bits are rounded."""
        import numpy as np

        from colorize_cli.core.image_samples import to_8_bits

        codes = to_8_bits(self.codes)
        if codes.ndim == 2:
            codes = np.broadcast_to(codes[..., None], (*codes.shape, 3))
        return np.ascontiguousarray(codes, dtype=np.uint8)


@record
class PlainPicture(PictureFacts):
    """A gray picture of 8 bits without transparency or profile, as nearly all are: its bytes.

    `codes` are `height` rows of `width`.
    """

    codes: "bytes | GrayPixels"
    width: int
    height: int

    @property
    def bit_depth(self) -> int:
        """Bits per sample: 8."""
        return 8

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width, self.height
