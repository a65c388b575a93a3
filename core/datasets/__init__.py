"""Data sets: one registry, one file a source, fixed splits, decoded once."""

from core.datasets.cache import cached_pixels, framed
from core.datasets.registry import (
    SOURCES,
    Source,
    SourceSpec,
    fetch_source,
    find_source,
    identify,
    open_source,
    source_spec,
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
    "source_spec",
]
