"""Grad-CAM++: gradients weighted place by place (Chattopadhay et al., WACV 2018, arXiv:1710.11063)."""

import numpy as np

from core.explain.formulas import package_formula
from core.explain.registry import ATTRIBUTION_METHODS, AttributionMethod


def grad_cam_plus_plus(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Evidence (N, h, w), signed, from activations and gradients (N, C, h, w)."""
    return package_formula("GradCAMPlusPlus", activations, gradients)


ATTRIBUTION_METHODS.add(
    AttributionMethod(
        name="grad-cam++",
        order=1,
        title="Grad-CAM++",
        shows="Like Grad-CAM, but small areas, and areas that look alike, count as much as one large area.",
        from_maps=grad_cam_plus_plus,
    )
)
