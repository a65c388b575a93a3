"""A map as arrays and back, so that it can be kept.

Apart from `attribution`, since what was measured of maps counts for the code of that module as it was then.
"""

from collections.abc import Mapping
from dataclasses import fields

import numpy as np

from core.explain.attribution import SaliencyMap


def arrays_of(saliency: SaliencyMap) -> dict[str, np.ndarray]:
    """All of it as arrays by name."""
    return {each.name: np.asarray(getattr(saliency, each.name)) for each in fields(saliency)}


def map_from(arrays: Mapping[str, np.ndarray]) -> SaliencyMap:
    """The inverse."""
    values, *others = (arrays[each.name] for each in fields(SaliencyMap))
    scale, flat, method, target = (each.item() for each in others)
    return SaliencyMap(values, scale, flat, method, target)
