"""Element-wise Grad-CAM: positive products of gradients and activations, on a finer map (`grad-cam` package)."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor, nn

from core.explain.package import by_package
from core.explain.registry import ATTRIBUTION_METHODS, AttributionMethod


def grad_cam_elementwise(model: nn.Module, layer: str, images: Tensor, targets: Sequence[int]) -> np.ndarray:
    """Evidence (N, h, w), signed: above what the edge of the map has in the middle of its range.

    Positive products alone are above zero everywhere, on bare glass too.
    """
    evidence = by_package("GradCAMElementWise", model, layer, images, targets)
    count = len(evidence)
    rows, columns = evidence[:, [0, -1]].reshape(count, -1), evidence[:, 1:-1, [0, -1]].reshape(count, -1)
    edge = np.concatenate([rows, columns], axis=1)
    return np.asarray(evidence - np.median(edge, axis=1)[:, None, None])


ATTRIBUTION_METHODS.add(
    AttributionMethod(
        name="grad-cam-elementwise",
        order=8,
        title="Grad-CAM, square by square (finer)",
        shows=(
            "Like Grad-CAM, one stage earlier in the model, each square by its own weights: "
            "where there is more evidence for this class than along the edge of the picture."
        ),
        from_layer=grad_cam_elementwise,
        finer=True,
    )
)
