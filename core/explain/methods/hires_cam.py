"""HiResCAM: gradients times activations (Draelos and Carin 2020, arXiv:2011.08891)."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor, nn

from core.explain.package import by_package
from core.explain.registry import ATTRIBUTION_METHODS, AttributionMethod


def hires_cam(model: nn.Module, layer: str, images: Tensor, targets: Sequence[int]) -> np.ndarray:
    """Evidence (N, h, w), signed; see `core.explain.package`."""
    return by_package("HiResCAM", model, layer, images, targets)


ATTRIBUTION_METHODS.add(
    AttributionMethod(
        name="hires-cam",
        order=3,
        title="HiResCAM",
        shows="Like Grad-CAM, but each square counts with its own weights, so that it shows only what the model used.",
        from_layer=hires_cam,
    )
)
