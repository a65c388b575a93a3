"""Grad-CAM++: gradients weighted place by place (Chattopadhay et al., WACV 2018, arXiv:1710.11063)."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor, nn

from core.explain.package import by_package
from core.explain.registry import ATTRIBUTION_METHODS, AttributionMethod


def grad_cam_plus_plus(model: nn.Module, layer: str, images: Tensor, targets: Sequence[int]) -> np.ndarray:
    """Evidence (N, h, w), signed; see `core.explain.package`."""
    return by_package("GradCAMPlusPlus", model, layer, images, targets)


ATTRIBUTION_METHODS.add(
    AttributionMethod(
        name="grad-cam++",
        order=1,
        title="Grad-CAM++",
        shows="Like Grad-CAM, but small areas, and areas that look alike, count as much as one large area.",
        from_layer=grad_cam_plus_plus,
    )
)
