"""Grad-CAM one stage before the last map, where the squares are about half as wide (Selvaraju et al., ICCV 2017)."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor, nn

from core.explain.package import by_package
from core.explain.registry import ATTRIBUTION_METHODS, AttributionMethod


def grad_cam_finer(model: nn.Module, layer: str, images: Tensor, targets: Sequence[int]) -> np.ndarray:
    """Evidence (N, h, w), signed; see `core.explain.package`."""
    return by_package("GradCAM", model, layer, images, targets)


ATTRIBUTION_METHODS.add(
    AttributionMethod(
        name="grad-cam-finer",
        order=9,
        title="Grad-CAM (finer)",
        shows="Grad-CAM one stage earlier in the model, where the squares are about half as wide.",
        from_layer=grad_cam_finer,
        finer=True,
    )
)
