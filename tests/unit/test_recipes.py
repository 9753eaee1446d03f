import json
from dataclasses import asdict
from typing import Any

import pytest

from colorize_cli.core.architecture import build_generator
from colorize_cli.core.augmentation import Augmentation
from colorize_cli.core.errors import UsageError
from colorize_cli.core.layers import Concatenate, Convolution, TransposedConvolution
from colorize_trainers.recipes import RECIPES, Recipe, find_recipe, recipe_with


def test_the_papers_first_model_has_its_numbers() -> None:
    recipe = find_recipe("paper-plain")
    assert (recipe.epochs, recipe.batch_size, recipe.size) == (400, 32, 128)
    assert (recipe.loss, recipe.l1_weight) == ("minimax", 0.0)
    assert recipe.variants == ("original",)
    layers = build_generator(recipe.cgan_config().generator).layers
    assert not any(isinstance(layer, Concatenate) for layer in layers)


def test_the_papers_second_model_adds_skips_and_makes_6840_of_1710() -> None:
    recipe = find_recipe("paper-skip")
    assert (recipe.epochs, recipe.batch_size) == (50, 32)
    assert 1710 * len(recipe.variants) == 6840
    layers = build_generator(recipe.cgan_config().generator).layers
    assert sum(isinstance(layer, Concatenate) for layer in layers) == 6


@pytest.mark.parametrize("name", ["paper-plain", "paper-skip"])
def test_the_papers_filters_are_64_to_512_and_back_to_3(name: str) -> None:
    layers = build_generator(find_recipe(name).cgan_config().generator).layers
    down = [layer.out_channels for layer in layers if isinstance(layer, Convolution)]
    up = [layer.out_channels for layer in layers if isinstance(layer, TransposedConvolution)]
    assert down == [64, 128, 256, 512, 512, 512, 512]
    assert up == [512, 512, 512, 256, 128, 64, 3]
    kernels = [x for x in layers if isinstance(x, Convolution | TransposedConvolution)]
    assert {(layer.kernel, layer.stride) for layer in kernels} == {(4, 2)}


def test_options_change_a_recipe_and_are_remembered_as_its_origins() -> None:
    recipe, origins = recipe_with(RECIPES["paper-skip"], {"epochs": 1, "l1_weight": None})
    assert recipe.epochs == 1
    assert recipe.l1_weight == 0
    assert origins == {"epochs": "--epochs"}


def test_an_unknown_recipe_is_a_usage_error_that_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"no recipe 'papr'.*paper-plain, paper-skip, compact"):
        find_recipe("papr")


@pytest.mark.parametrize("name", ["epochs", "batch_size", "base_width", "micro_batch"])
def test_nothing_can_be_trained_with_less_than_one(name: str) -> None:
    with pytest.raises(UsageError, match=r"must be at least 1"):
        recipe_with(RECIPES["compact"], {name: 0})


@pytest.mark.parametrize("name", ["paper-plain", "paper-skip"])
def test_the_papers_recipes_have_nothing_that_the_paper_has_not(name: str) -> None:
    recipe = find_recipe(name)
    assert (recipe.schedule, recipe.warm_up_epochs, recipe.ema_decay) == ("constant", 0, 0.0)
    assert (recipe.micro_batch, recipe.augmentation) == (None, Augmentation())
    assert recipe.precision == "float32"


def test_a_recipe_comes_back_from_its_json_form() -> None:
    changes = {"augmentation": {"crop": 0.4}, "schedule": "cosine", "ema_decay": 0.99}
    recipe, origins = recipe_with(RECIPES["compact"], changes)
    assert recipe.augmentation == Augmentation(crop=0.4)
    assert origins["augmentation"] == "--augment"
    assert Recipe.from_dict(json.loads(json.dumps(asdict(recipe)))) == recipe


def test_what_decides_the_step_reaches_the_networks() -> None:
    recipe, _ = recipe_with(RECIPES["compact"], {"ema_decay": 0.99, "micro_batch": 8})
    config = recipe.cgan_config()
    assert (config.ema_decay, config.micro_batch) == (0.99, 8)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ema_decay": 1.0}, "--ema-decay must be at least 0 and below 1"),
        ({"augmentation": {"crap": 1.0}}, "no augmentation 'crap'.*crop, tone, grain, blur"),
        ({"augmentation": {"crop": 2.0}}, "crop 2.0 is not from 0 to"),
    ],
)
def test_amounts_out_of_range_are_usage_errors(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        recipe_with(RECIPES["compact"], changes)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("learning_rate", value) for value in (0.0, -1.0, float("nan"), float("inf"))),
        *(("l1_weight", value) for value in (-1.0, float("nan"), float("inf"))),
        ("ema_decay", float("nan")),
    ],
)
def test_numbers_that_cannot_be_learnt_with_are_refused(name: str, value: float) -> None:
    with pytest.raises(UsageError, match=f"--{name.replace('_', '-')} must be"):
        recipe_with(RECIPES["compact"], {name: value})
