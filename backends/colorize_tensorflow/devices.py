"""Which devices TensorFlow can use, and TensorFlow itself, brought in without its banners.

Devices have the names that every backend gives them: `cpu`, `cuda`, `cuda:1`.
"""

import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any, Final

from colorize_cli.core.errors import UnavailableError

CUDA_DRIVER: Final = Path("/dev/nvidiactl")
"""The file that the driver makes when it has found a GPU."""
BUILD_FACTS: Final = Path("python", "platform", "build_info.py")
"""Where TensorFlow says what it was built with."""
STDERR: Final = 2


def probable_devices(spec: ModuleSpec) -> tuple[str, ...]:
    """Return the devices to expect, best first, without importing TensorFlow.

    CUDA needs both a build with it and a driver that has made its device files.
    """
    folders = [Path(folder) for folder in spec.submodule_search_locations or []]
    if any(_has_cuda(folder / BUILD_FACTS) for folder in folders) and CUDA_DRIVER.exists():
        return ("cuda", "cpu")
    return ("cpu",)


def resolve_device(name: str) -> str:
    """Return a `--device` that is there. Raises UnavailableError rather than fall back."""
    count = len(load_tensorflow().config.list_physical_devices("GPU"))
    if name == "auto":
        return "cuda" if count else "cpu"
    if name == "cpu":
        return name
    if re.fullmatch(r"cuda(:\d+)?", name):
        return _cuda_device(name, count)
    known = "auto, cpu, cuda or cuda:N"
    raise UnavailableError(f"tensorflow has no device {name!r} here (it takes {known})")


def only_device(name: str) -> str:
    """Return a `--device` that is there, as the only one that this process then sees.

    MultiWorkerMirroredStrategy would have a replica on each that it saw.
    """
    device = resolve_device(name)
    config = load_tensorflow().config
    gpus = config.list_physical_devices("GPU")
    number = int(device.partition(":")[2] or 0)
    config.set_visible_devices([] if device == "cpu" else [gpus[number]], "GPU")
    return "cpu" if device == "cpu" else "cuda"


def placement(device: str) -> str:
    """Return TensorFlow's own name of a device, as `tf.device` takes it."""
    return "/CPU:0" if device == "cpu" else f"/GPU:{device.partition(':')[2] or 0}"


def load_tensorflow() -> Any:
    """Import TensorFlow, silently, and set what holds for the whole process."""
    if "tensorflow" not in sys.modules:
        _set_environment()
        with stderr_held_back():
            import tensorflow as tf
        # Told to logging already when it is imported, and by saving a model.
        tf.get_logger().setLevel(logging.ERROR)
        _set_up_gpus(tf)
    return sys.modules["tensorflow"]


@contextmanager
def stderr_held_back() -> Iterator[None]:
    """Keep what is written to stderr, by C libraries too, and pass it on if the block fails.

    TensorFlow 2.21 writes banners while it is imported that no setting of its own turns off.
    """
    with tempfile.TemporaryFile() as kept:
        try:
            saved = os.dup(STDERR)
        except OSError:  # stderr is closed: nobody would see anything
            yield
            return
        os.dup2(kept.fileno(), STDERR)
        try:
            yield
        except BaseException:
            kept.seek(0)
            os.write(saved, kept.read())
            raise
        finally:
            os.dup2(saved, STDERR)
            os.close(saved)


def _cuda_device(name: str, count: int) -> str:
    if int(name.partition(":")[2] or 0) < count:
        return name
    version = load_tensorflow().__version__
    raise UnavailableError(
        f"device {name!r} is not there: tensorflow {version} sees {count} CUDA devices; "
        "use --device cpu, or pip install 'tensorflow[and-cuda]' and the driver"
    )


def _has_cuda(facts: Path) -> bool:
    try:
        return re.search(r"""["']is_cuda_build["']\W+True""", facts.read_text()) is not None
    except OSError:
        return False


def _set_environment() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    threads = os.environ.get("OMP_NUM_THREADS", "")
    if threads.isdecimal() and int(threads):
        # What the other engines heed; TensorFlow has a name of its own for it.
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", threads)


def _set_up_gpus(tf: Any) -> None:
    # TensorFloat-32 has ten bits of mantissa: too few for equal results on every device.
    tf.config.experimental.enable_tensor_float_32_execution(False)
    for gpu in tf.config.list_physical_devices("GPU"):
        # By default the first process takes all memory of all GPUs.
        with suppress(RuntimeError):  # TensorFlow was begun before, by whoever embeds us
            tf.config.experimental.set_memory_growth(gpu, True)
