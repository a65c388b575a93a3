"""The formulas of the `grad-cam` package, on activations and gradients that we have taken ourselves.

Its forward pass and its scaling are not used: it stretches every map to 0..1 by its own minimum and maximum, so that
noise looks like evidence, clears the model's gradients, and writes new ones.
"""

import numpy as np
from torch import nn


def package_formula(name: str, activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Evidence (N, h, w), signed, by the class of that name, from activations and gradients (N, C, h, w)."""
    import pytorch_grad_cam  # takes seconds to import, and only explaining needs it

    # Every formula is unchanged when gradients grow and activations shrink by one factor. Grad-CAM++ adds
    # 1e-6 to squared gradients, which on fine grids are smaller than that: so the largest gradient is made 1.
    largest = np.abs(gradients).max(axis=(1, 2, 3), keepdims=True)
    factor = np.where(largest > 0, largest, 1)
    # It asks its model for a device and no more, and without target layers it adds no hooks.
    formula = getattr(pytorch_grad_cam, name)(model=nn.BatchNorm1d(1), target_layers=[])
    return np.asarray(
        formula.get_cam_image(None, None, None, activations * factor, gradients / factor, eigen_smooth=False)
    )
