"""Multiply-adds, against what can be worked out by hand or is well known."""

import pytest
import torch

from core.models.cost import multiply_adds
from core.models.registry import ARCHITECTURES


def test_of_one_layer_there_is_one_for_every_pixel_value_and_class():
    assert multiply_adds("linear", 8, 28) == 3 * 28 * 28 * 8
    assert multiply_adds("linear", 5, 32) == 3 * 32 * 32 * 5


def test_of_the_simple_cnn_they_are_those_of_its_four_layers():
    first = 27 * 27 * 64 * (3 * 2 * 2)
    second = 12 * 12 * 64 * (64 * 2 * 2)
    connections = (64 * 12 * 12) * 64 + 64 * 8
    assert multiply_adds("simple_cnn", 8, 28) == first + second + connections


def test_resnet18_at_224_has_the_well_known_number():
    assert multiply_adds("resnet18", 1000, 224) == pytest.approx(1.814e9, rel=1e-3)


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_every_architecture_can_be_counted_and_grows_with_its_input(name):
    spec = ARCHITECTURES[name]
    assert 0 < multiply_adds(name, 8, spec.input_size) < multiply_adds(name, 8, 2 * spec.input_size)


def test_counting_makes_no_weights_and_leaves_the_random_numbers_alone():
    before = torch.random.get_rng_state()
    multiply_adds.cache_clear()
    multiply_adds("vgg16", 8, 128)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_an_unknown_architecture_is_refused():
    with pytest.raises(ValueError, match="nothing_known"):
        multiply_adds("nothing_known", 8, 28)
