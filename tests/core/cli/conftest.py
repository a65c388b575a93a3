"""A tiny generator and folders of laboratories, as their own tests make them."""

from tests.core.experiments.domain_shift.conftest import folders, labs
from tests.core.synthetic.generator.conftest import cells, drawn, generator, generator_root, own_generator

__all__ = ["cells", "drawn", "folders", "generator", "generator_root", "labs", "own_generator"]
