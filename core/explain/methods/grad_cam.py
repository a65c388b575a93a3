"""Grad-CAM: channels of the last map, weighted by their mean gradients (Selvaraju et al., ICCV 2017)."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor, nn

from core.explain.package import by_package
from core.explain.registry import ATTRIBUTION_METHODS, AttributionMethod


def grad_cam(model: nn.Module, layer: str, images: Tensor, targets: Sequence[int]) -> np.ndarray:
    """Evidence (N, h, w), signed; see `core.explain.package`."""
    return by_package("GradCAM", model, layer, images, targets)


ATTRIBUTION_METHODS.add(
    AttributionMethod(
        name="grad-cam",
        order=0,
        title="Grad-CAM",
        shows="Shows the coarse areas of the picture that raised the score of this class.",
        from_layer=grad_cam,
    )
)
