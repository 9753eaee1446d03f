"""The data of a run: what its settings and a dataset make of each other."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from colorize_cli.core.architecture import LEAST_SIZE, GeneratorSpec
from colorize_cli.core.batches import BatchPlan, Photos
from colorize_cli.core.dataset import Dataset, open_dataset
from colorize_cli.core.errors import UsageError
from colorize_trainers.recipes import Recipe
from colorize_trainers.run_directory import RunConfig

LIMIT_STREAM: Final = 2
"""The seed's stream that chooses photos; 0 and 1 draw the networks (`core.cgan_state`)."""


def prepared(config: RunConfig) -> tuple[Dataset, RunConfig, BatchPlan]:
    """Open the data of a new run, fit its settings to it, and plan its batches."""
    dataset = open_dataset(Path(config.data))
    config = fitted_to(dataset, config)
    return dataset, config, plan_batches(config, dataset)


def fitted_to(dataset: Dataset, config: RunConfig) -> RunConfig:
    """Return the settings with what only the data can tell: its size, place and fingerprint.

    A recipe that shows pictures at sizes of its own keeps that of its networks.
    """
    origins, recipe = dict(config.origins), config.recipe
    if not recipe.sizes and dataset.size != recipe.size:
        origins["size"] = "data"
        recipe = replace(recipe, size=dataset.size)
    return replace(
        config,
        recipe=recipe,
        data=str(dataset.path.resolve()),
        fingerprint=dataset.fingerprint,
        origins=origins,
    )


def plan_batches(config: RunConfig, dataset: Dataset) -> BatchPlan:
    """Return the batches of a run.

    Raises UsageError if the limit leaves no photo, if the networks do not take the pictures' sizes,
    or if a step would leave batch norm a single value.
    """
    recipe = config.recipe
    if recipe.sizes:
        _check_sizes(recipe, dataset)
    _check_parts(recipe)
    return BatchPlan(
        photos=_limited(dataset.train, config),
        variants=recipe.variants,
        batch_size=recipe.batch_size,
        output=recipe.output,
        seed=config.seed,
        augmentation=recipe.augmentation,
        sizes=recipe.sizes,
    )


def _check_sizes(recipe: Recipe, dataset: Dataset) -> None:
    """Raise UsageError unless the networks take all sizes at which pictures are shown or scored."""
    stride = recipe.cgan_config().generator.stride
    odd = next((size for size in recipe.sizes if size < 1 or size % stride), None)
    if odd is not None:
        raise UsageError(
            f"this generator takes sizes that are multiples of {stride}; pictures cannot be shown "
            f"to it at {odd} pixels"
        )
    if dataset.size % stride:
        raise UsageError(
            f"its photos of {dataset.size} pixels are scored at that size, and this generator "
            f"takes multiples of {stride}; run colorize prep with another --size",
            path=dataset.path,
        )
    if recipe.discriminator == "whole" and set(recipe.sizes) != {recipe.size}:
        raise UsageError(
            f"the discriminator of whole pictures takes {recipe.size} pixels alone; pictures of "
            "several sizes need a discriminator of patches"
        )


def _check_parts(recipe: Recipe) -> None:
    """Raise UsageError if a part of a batch leaves batch norm one picture with a map of 1x1."""
    least = min(recipe.sizes or (recipe.size,))
    if least > _size_of_one_value(recipe.cgan_config().generator):
        return
    if recipe.batch_size < 2:
        raise UsageError(f"pictures of {least} pixels need a --batch-size of at least 2")
    # Three pictures in parts of at most two leave a part with one.
    if recipe.micro_batch in (1, 2):
        raise UsageError(f"pictures of {least} pixels need a --micro-batch of at least 3")


def _size_of_one_value(generator: GeneratorSpec) -> int:
    """Return the size at which a batch norm sees a 1x1 map: the encoder's last or, beside a U-Net,
    whose bottleneck has no norm, that of the discriminator of whole pictures.
    """
    return generator.stride if generator.family == "efficientnet-unet" else LEAST_SIZE


def _limited(photos: Photos, config: RunConfig) -> Photos:
    if config.limit is None or config.limit >= len(photos):
        return photos
    if config.limit < 1:
        raise UsageError(f"--limit {config.limit} leaves no photo to train on")
    order = np.random.default_rng([config.seed, LIMIT_STREAM]).permutation(len(photos))
    return np.asarray(photos[np.sort(order[: config.limit])])
