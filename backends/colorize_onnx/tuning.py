"""How ONNX Runtime is set for this machine and this network."""

import os
from math import prod
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from colorize_cli.core.layers import Network


MOST_FUSED_WEIGHTS: Final = 10_000_000
"""In larger models operators are left as they are, for fusing them copies all weights: the paper's
(42 million) are ready 1.5 times as late and gain a twentieth at most. An efficientnet-unet (4
million) is ready as soon, and then takes 6 ms rather than 11 for 128x128 pixels, 88 rather than 150
for 512x512 (onnxruntime 1.32, one thread of an EPYC)."""


def is_worth_fusing(network: "Network") -> bool:
    """Whether operators are merged, and weights laid out for the processor, before the first run.

    It is the same for one picture and for many, so that both have the same colours.
    """
    from colorize_cli.core.layers import parameters

    return sum(prod(entry.shape) for entry in parameters(network)) <= MOST_FUSED_WEIGHTS


def threads(*, is_shared: bool = False) -> int:
    """Return how many threads compute: OMP_NUM_THREADS, else one for each processor.

    Callers that share a network bring their own threads. Further ones would take the processors
    from them while they wait for work: that cost half as much time again.
    """
    if is_shared:
        return 1
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    # Not everywhere, and counts the processors that this process may use.
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
