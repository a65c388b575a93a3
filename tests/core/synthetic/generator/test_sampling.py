"""What a generator draws: the same for the same seed, whatever else was drawn."""

import numpy as np
import pytest

from core.errors import RecipeError
from core.synthetic.generator.conditions import Condition, commonest_condition, select_conditions
from core.synthetic.generator.recipe import load_generator_recipe
from core.synthetic.generator.sampling import Generator

CONDITIONS = (Condition("ig", "MY", 30), Condition("ig", "PMY", 10), Condition("basophil", "BA", 5))


def test_the_same_seed_makes_the_same_cells(generator):
    first, again = (generator.generator().draw([0, 1, 2], seed=4) for _ in range(2))
    assert first.shape == (3, 32, 32, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert not np.array_equal(first, generator.generator().draw([0, 1, 2], seed=5))


def test_a_cell_does_not_depend_on_those_before_it(generator):
    net = generator.generator()
    all_three, last = net.draw([0, 1, 2], seed=4), net.draw([2], seed=4, first=2)
    # Batches of other sizes may be summed in another order, which moves a value by one at most.
    assert np.abs(all_three[2].astype(int) - last[0]).max() <= 1


def test_kind_and_guidance_matter(generator):
    net = generator.generator()
    plain = net.draw([0], seed=1, guidance=1.0).astype(int)
    assert np.array_equal(plain, net.draw([0], seed=1, guidance=1.0))
    assert net.draw([], seed=1).shape == (0, 32, 32, 3)
    # Two epochs teach little, but a condition must reach the picture.
    assert np.abs(plain - net.draw([1], seed=1, guidance=1.0)).max() > 0
    assert np.abs(plain - net.draw([0], seed=1, guidance=9.0)).max() > 0


def test_the_shipped_recipe_stays_small():
    net = Generator(load_generator_recipe("generator"), 13)
    numbers = sum(value.numel() for value in net.state_dict().values())
    assert sum(value.numel() for value in net.velocity.parameters()) < 12_000_000
    assert 2 * numbers < 18_500_000  # bytes in 16 bits; the statistics take another million


def test_a_class_is_asked_for_by_the_shares_of_its_subtypes():
    numbers, shares = select_conditions(CONDITIONS, "ig")
    assert numbers.tolist() == [0, 1]
    assert shares.tolist() == [0.75, 0.25]
    assert select_conditions(CONDITIONS, "ig", "PMY")[0].tolist() == [1]
    assert commonest_condition(CONDITIONS, "ig") == 0


def test_what_it_does_not_know_is_refused_with_what_it_knows():
    with pytest.raises(RecipeError, match="ig, basophil"):
        select_conditions(CONDITIONS, "unicorn")
    with pytest.raises(RecipeError, match="MY, PMY"):
        select_conditions(CONDITIONS, "ig", "SNE")
