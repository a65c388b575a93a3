"""A tiny generator, as its own tests make it."""

from tests.core.synthetic.generator.conftest import cells, drawn, generator, generator_root, own_generator

__all__ = ["cells", "drawn", "generator", "generator_root", "own_generator"]
