"""Eigen-CAM: the first principal component of the activations (Muhammad and Yeasin, IJCNN 2020, arXiv:2008.00299)."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor, nn

from core.explain.package import activations_of
from core.explain.registry import ATTRIBUTION_METHODS, AttributionMethod


def eigen_cam(model: nn.Module, layer: str, images: Tensor, _targets: Sequence[int]) -> np.ndarray:
    """(N, h, w); classes play no part."""
    return np.stack([first_component(maps) for maps in activations_of(model, layer, images)])


def first_component(activations: np.ndarray) -> np.ndarray:
    """(channels, h, w) -> (h, w): the first principal component over the squares, as the package projects on it, but
    with the sign that makes it rise with what is active (the package leaves it to chance)."""
    squares = activations.reshape(len(activations), -1).T
    centred = squares - squares.mean(axis=0)
    projected = centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
    rising = projected if projected @ squares.sum(axis=1) >= 0 else -projected
    shaped: np.ndarray = rising.reshape(activations.shape[1:])
    return shaped


ATTRIBUTION_METHODS.add(
    AttributionMethod(
        name="eigen-cam",
        order=4,
        title="Eigen-CAM",
        shows="Shows what stands out to the model most, whatever the class: the map is the same for all of them.",
        from_layer=eigen_cam,
        of_class=False,
    )
)
