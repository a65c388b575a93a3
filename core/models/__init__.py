"""Architectures behind one registry. Importing the package fills the registry and touches no network."""

# A new module goes last: a model's look on charts is by the place of its architecture among all.
from core.models import classic, dense, mobile, plain, residual, xception, grouped  # isort: skip

__all__ = ["classic", "dense", "grouped", "mobile", "plain", "residual", "xception"]
