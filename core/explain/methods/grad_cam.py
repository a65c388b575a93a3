"""Grad-CAM: channels of the last map, weighted by their mean gradients (Selvaraju et al., ICCV 2017)."""

import numpy as np

from core.explain.formulas import package_formula
from core.explain.registry import ATTRIBUTION_METHODS, AttributionMethod


def grad_cam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Evidence (N, h, w), signed, from activations and gradients (N, C, h, w)."""
    return package_formula("GradCAM", activations, gradients)


ATTRIBUTION_METHODS.add(
    AttributionMethod(
        name="grad-cam",
        order=0,
        title="Grad-CAM",
        shows="Shows the coarse areas of the picture that raised the score of this class.",
        from_maps=grad_cam,
    )
)
