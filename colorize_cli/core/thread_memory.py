"""Where threads take their memory from, under glibc."""

import ctypes
import sys
from typing import Final

M_ARENA_MAX: Final = -8
"""glibc's number of this parameter (malloc.h, mallopt(3))."""


def share_one_arena() -> None:
    """Let all threads of this process allocate from one arena; elsewhere than in glibc, do nothing.

    Each thread that comes has an arena of its own otherwise, which gives the memory of a picture
    back to the system when it is freed and asks for it anew for the next: on photos of a megapixel
    that took a third of the processor time. To be called before there are threads.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)
