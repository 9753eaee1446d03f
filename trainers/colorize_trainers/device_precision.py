"""The precision of a run: that of its recipe, where the device has it."""

from collections.abc import Callable
from dataclasses import replace

from colorize_cli.core.backend import TrainingBackend
from colorize_cli.core.precision import is_imitated
from colorize_trainers.run_directory import RunConfig


def fitted_to_device(config: RunConfig, backend: TrainingBackend, *, device: str) -> RunConfig:
    """Return a new run's settings, in float32 where the recipe's precision would cost time.

    A recipe asks for bfloat16 because it saves time. Who asks for it by an option has it.
    Raises UnavailableError if the device is not there.
    """
    is_asked = "precision" in config.origins
    if is_asked or not is_imitated(backend, config.recipe.precision, device=device):
        return config
    recipe = replace(config.recipe, precision="float32")
    return replace(config, recipe=recipe, origins={**config.origins, "precision": "device"})


def warn_of_imitation(
    config: RunConfig, backend: TrainingBackend, warn: Callable[[str], None], *, device: str
) -> None:
    """Say that a run is going to take far longer than it would in float32, if it is."""
    precision, place = config.recipe.precision, config.environment["device"]
    if is_imitated(backend, precision, device=device):
        warn(
            f"{place} is not known to have {precision}; where it is imitated, "
            "a run with --precision float32 is many times as fast"
        )
