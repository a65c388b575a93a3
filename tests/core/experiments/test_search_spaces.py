"""Declared searches: the shipped ones are sound, and a wrong one is refused in a sentence."""

import pytest

from core.errors import RecipeError
from core.experiments.search_spaces import declare, load_search, search_names
from core.training.augment import POLICIES

BASE = {
    "name": "x",
    "title": "X",
    "recipe": "linear",
    "sampler": "tpe",
    "trials": 3,
    "space": {"learning_rate": {"kind": "real", "low": 0.001, "high": 0.1, "log": True}},
}


@pytest.mark.parametrize("name", search_names())
def test_shipped_searches_fit_their_recipes(name):
    declared = load_search(name)
    policies = declared.space["augment"].ends if "augment" in declared.space else ["none"]
    assert set(policies) <= set(POLICIES)
    assert declared.recipe_of({}).source == "pbc"


def test_study_a_is_the_plain_network_of_the_study():
    recipe = load_search("study_a").recipe_of({})
    assert (recipe.architecture, recipe.input_size, recipe.patience) == ("simple_cnn", 28, 5)
    assert (recipe.augment, recipe.ema_decay, recipe.weight_decay, recipe.schedule) == ("none", 0.0, 0.0, "constant")


def test_the_number_of_trials_can_be_changed():
    assert load_search("simple_cnn", 3).trials == 3


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"trials": 0}, "trials"),
        ({"sampler": "luck"}, "sampler"),
        ({"space": {}}, "space"),
        ({"space": {"magic": {"kind": "choice", "values": [1]}}}, "magic"),
        ({"space": {"epochs": {"kind": "whole", "low": 0, "high": 3}}}, "epochs"),
        ({"space": {"epochs": {"kind": "whole", "low": 3, "high": 2}}}, "low must be below"),
        ({"space": {"weight_decay": {"kind": "real", "low": 0, "high": 1, "log": True}}}, "above 0"),
        ({"sampler": "grid"}, "made of choices"),
        ({"sampler": "grid", "space": {"epochs": {"kind": "choice", "values": [1, 2]}}}, "2 points"),
        ({"changes": {"balance": "scales"}}, "balance"),
    ],
)
def test_a_wrong_declaration_is_named(change, named):
    with pytest.raises(RecipeError, match=named):
        declare(BASE | change)


def test_an_unknown_search_names_the_known_ones():
    with pytest.raises(RecipeError, match="study_a"):
        load_search("alchemy")
