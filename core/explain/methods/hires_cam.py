"""HiResCAM: gradients times activations (Draelos and Carin 2020, arXiv:2011.08891)."""

import numpy as np

from core.explain.formulas import package_formula
from core.explain.registry import ATTRIBUTION_METHODS, AttributionMethod


def hires_cam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Evidence (N, h, w), signed, from activations and gradients (N, C, h, w)."""
    return package_formula("HiResCAM", activations, gradients)


ATTRIBUTION_METHODS.add(
    AttributionMethod(
        name="hires-cam",
        order=3,
        title="HiResCAM",
        shows="Like Grad-CAM, but each square counts with its own weights, so that it shows only what the model used.",
        from_maps=hires_cam,
    )
)
