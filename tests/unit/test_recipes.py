import pytest

from colorize_cli.core.architecture import build_generator
from colorize_cli.core.errors import UsageError
from colorize_cli.core.layers import Concatenate, Convolution, TransposedConvolution
from colorize_trainers.recipes import RECIPES, find_recipe, recipe_with


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


@pytest.mark.parametrize("name", ["epochs", "batch_size", "base_width"])
def test_nothing_can_be_trained_with_less_than_one(name: str) -> None:
    with pytest.raises(UsageError, match=r"must be at least 1"):
        recipe_with(RECIPES["compact"], {name: 0})
