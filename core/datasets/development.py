"""The part of a source that may be looked at while something is chosen: train and validation, never test."""

from dataclasses import replace

import pandas as pd

from core.datasets import Source
from core.errors import SourceError


def development(source: Source) -> Source:
    """The same source as if it had no test split: its images are neither listed, decoded nor read.

    SourceError where it has no images but test's.
    """
    learnable = source.index[source.index["split"] != "test"].reset_index(drop=True)
    if learnable.empty:
        raise SourceError(f"{source.spec.title} has a test split only, on which nothing may be chosen.")
    return with_index(source, learnable, source.split_note)


def with_index(source: Source, index: pd.DataFrame, split_note: str) -> Source:
    """The same source with another table of images, such as a part of it or other splits."""
    table = index.copy()
    table.attrs["splits"] = split_note
    return Source(replace(source.spec, scan=lambda root: table), source.root)
