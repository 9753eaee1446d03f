"""The data of a run: what its settings and a dataset make of each other."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from colorize_cli.core.architecture import LEAST_SIZE
from colorize_cli.core.batches import BatchPlan, Photos
from colorize_cli.core.dataset import Dataset, open_dataset
from colorize_cli.core.errors import UsageError
from colorize_trainers.run_directory import RunConfig

LIMIT_STREAM: Final = 2
"""The seed's stream that chooses photos; 0 and 1 draw the networks (`core.cgan_state`)."""


def prepared(config: RunConfig) -> tuple[Dataset, RunConfig, BatchPlan]:
    """Open the data of a new run, fit its settings to it, and plan its batches."""
    dataset = open_dataset(Path(config.data))
    config = fitted_to(dataset, config)
    return dataset, config, plan_batches(config, dataset)


def fitted_to(dataset: Dataset, config: RunConfig) -> RunConfig:
    """Return the settings with what only the data can tell: its size, place and fingerprint."""
    origins = dict(config.origins)
    if dataset.size != config.recipe.size:
        origins["size"] = "data"
    return replace(
        config,
        recipe=replace(config.recipe, size=dataset.size),
        data=str(dataset.path.resolve()),
        fingerprint=dataset.fingerprint,
        origins=origins,
    )


def plan_batches(config: RunConfig, dataset: Dataset) -> BatchPlan:
    """Return the batches of a run.

    Raises UsageError if the limit leaves no photo, or if a step would leave batch norm a single
    value: the discriminator's last map of the smallest pictures is 1x1.
    """
    recipe = config.recipe
    if recipe.size == LEAST_SIZE and recipe.batch_size < 2:
        raise UsageError(f"pictures of {LEAST_SIZE} pixels need a --batch-size of at least 2")
    # Three pictures in parts of at most two leave a part with one.
    if recipe.size == LEAST_SIZE and recipe.micro_batch in (1, 2):
        raise UsageError(f"pictures of {LEAST_SIZE} pixels need a --micro-batch of at least 3")
    return BatchPlan(
        photos=_limited(dataset.train, config),
        variants=recipe.variants,
        batch_size=recipe.batch_size,
        output=recipe.output,
        seed=config.seed,
        augmentation=recipe.augmentation,
    )


def _limited(photos: Photos, config: RunConfig) -> Photos:
    if config.limit is None or config.limit >= len(photos):
        return photos
    if config.limit < 1:
        raise UsageError(f"--limit {config.limit} leaves no photo to train on")
    order = np.random.default_rng([config.seed, LIMIT_STREAM]).permutation(len(photos))
    return np.asarray(photos[np.sort(order[: config.limit])])
