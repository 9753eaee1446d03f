"""Which devices PyTorch can use: by a look at the file system, and by asking PyTorch."""

import platform
import re
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import TYPE_CHECKING

from colorize_cli.core.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    import torch


def probable_devices(spec: ModuleSpec) -> tuple[str, ...]:
    """Return the devices to expect, best first, without importing PyTorch.

    CUDA needs both a build with it and a driver that has made its device files.
    """
    folders = [Path(folder) / "lib" for folder in spec.submodule_search_locations or []]
    has_cuda_build = any(any(folder.glob("*torch_cuda.*")) for folder in folders)
    if has_cuda_build and Path("/dev/nvidiactl").exists():
        return ("cuda", "cpu")
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return ("mps", "cpu")
    return ("cpu",)


def resolve_device(name: str) -> "torch.device":
    """Return PyTorch's device for a `--device`. Raises UnavailableError rather than fall back."""
    import torch

    # TensorFloat-32 has ten bits of mantissa: too few for equal results on every device.
    torch.backends.cudnn.allow_tf32 = False
    if name == "auto":
        return torch.device(_best())
    if name == "cpu":
        return torch.device("cpu")
    if name == "mps" and torch.backends.mps.is_available():
        return torch.device("mps")
    if re.fullmatch(r"cuda(:\d+)?", name):
        return _cuda_device(name)
    known = "auto, cpu, cuda, cuda:N or mps"
    raise UnavailableError(f"torch has no device {name!r} here (it takes {known})")


def device_of_worker(name: str, local_rank: int) -> "torch.device":
    """Return the device of the so-many-th worker on this machine: a GPU for each, or the processor.

    Raises UsageError if one GPU is named for all, and UnavailableError if there are too few.
    """
    import torch

    if ":" in name:
        raise UsageError(f"--device {name} is one device for all workers; say --device cuda")
    device = resolve_device(name)
    if device.type == "cpu":
        return device
    if device.type != "cuda":
        raise UnavailableError(f"several workers train on cpu or cuda, not on {device.type}")
    device = _cuda_device(f"cuda:{local_rank}")
    torch.cuda.set_device(device)
    return device


def _best() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _cuda_device(name: str) -> "torch.device":
    import torch

    number = int(name.partition(":")[2] or 0)
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if number >= count:
        raise UnavailableError(
            f"device {name!r} is not there: torch {torch.__version__} sees {count} CUDA devices; "
            "use --device cpu, or install a CUDA build and its driver"
        )
    return torch.device("cuda", number)
