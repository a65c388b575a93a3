"""Recipes: the shipped ones are sound, and a wrong one is refused in a sentence."""

import pytest

from core.datasets import SOURCES
from core.errors import RecipeError
from core.models.registry import ARCHITECTURES
from core.training.augment import POLICIES
from core.training.recipe import load_recipe, make_recipe, recipe_names


@pytest.mark.parametrize("name", recipe_names())
def test_shipped_recipes_name_what_exists(name):
    recipe = load_recipe(name)
    assert recipe.architecture in ARCHITECTURES
    assert recipe.source in SOURCES
    assert recipe.augment in POLICIES
    assert recipe.size_at(recipe.epochs) == recipe.input_size


def test_settings_can_be_changed_as_text():
    assert load_recipe("linear", epochs="3").epochs == 3


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"epochs": "many"}, "epochs"),
        ({"epochs": 0}, "epochs"),
        ({"magic": 1}, "magic"),
        ({"balance": "scales"}, "balance"),
        ({"sizes": [[5, 64], [2, 32]]}, "rising"),
    ],
)
def test_a_wrong_setting_is_named(change, named):
    with pytest.raises(RecipeError, match=named):
        load_recipe("linear", **change)


def test_an_unknown_recipe_names_the_known_ones():
    with pytest.raises(RecipeError, match="simple_cnn"):
        load_recipe("alchemy")


def test_sizes_hold_from_their_epoch_on():
    recipe = make_recipe(
        {
            "name": "x",
            "architecture": "linear",
            "input_size": 64,
            "epochs": 9,
            "learning_rate": 1,
            "sizes": [[1, 32], [4, 48]],
        }
    )
    assert [recipe.size_at(epoch) for epoch in (1, 3, 4, 9)] == [32, 32, 48, 48]
