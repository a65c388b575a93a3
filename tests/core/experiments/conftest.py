"""A tiny generator and a tiny data set, as their own tests make them."""

from tests.core.synthetic.generator.conftest import cells, drawn, generator, generator_root, own_generator
from tests.core.training.conftest import data, source, without_test_images

__all__ = ["cells", "data", "drawn", "generator", "generator_root", "own_generator", "source", "without_test_images"]
