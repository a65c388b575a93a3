"""Data sets: one registry, one file a source, fixed splits, decoded once."""

# Imported for what they register; the order is that of lists people see.
from core.datasets import pbc, bloodmnist, kaggle, bccd, jtsc, chula, folder  # noqa: F401, I001
from core.datasets.cache import cached_pixels, framed
from core.datasets.registry import (
    SOURCES,
    Source,
    SourceSpec,
    fetch_source,
    find_source,
    identify,
    open_source,
    register,
    spec_of,
)

__all__ = [
    "SOURCES",
    "Source",
    "SourceSpec",
    "cached_pixels",
    "fetch_source",
    "find_source",
    "framed",
    "identify",
    "open_source",
    "register",
    "spec_of",
]
