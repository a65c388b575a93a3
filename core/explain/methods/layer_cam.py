"""LayerCAM: positive gradients times activations, on a finer map (Jiang et al., IEEE TIP 2021)."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor, nn

from core.explain.package import by_package
from core.explain.registry import ATTRIBUTION_METHODS, AttributionMethod


def layer_cam(model: nn.Module, layer: str, images: Tensor, targets: Sequence[int]) -> np.ndarray:
    """Evidence (N, h, w), signed; see `core.explain.package`."""
    return by_package("LayerCAM", model, layer, images, targets)


ATTRIBUTION_METHODS.add(
    AttributionMethod(
        name="layer-cam",
        order=2,
        title="LayerCAM (finer)",
        shows=(
            "Looks one stage earlier in the model, where the squares are about half as wide: "
            "finer detail, but also more speckle."
        ),
        from_layer=layer_cam,
        finer=True,
    )
)
