"""LayerCAM: positive gradients times activations, on a finer map (Jiang et al., IEEE TIP 2021)."""

import numpy as np

from core.explain.formulas import package_formula
from core.explain.registry import ATTRIBUTION_METHODS, AttributionMethod


def layer_cam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Evidence (N, h, w), signed, from activations and gradients (N, C, h, w)."""
    return package_formula("LayerCAM", activations, gradients)


ATTRIBUTION_METHODS.add(
    AttributionMethod(
        name="layer-cam",
        order=2,
        title="LayerCAM (finer)",
        shows=(
            "Looks one stage earlier in the model, where the squares are about half as wide: "
            "finer detail, but also more speckle."
        ),
        from_maps=layer_cam,
        finer=True,
    )
)
