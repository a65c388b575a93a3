"""Input gradient: how the score changes with each pixel (Simonyan et al. 2014, arXiv:1312.6034)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from core.explain.passes import target_score
from core.explain.registry import ATTRIBUTION_METHODS, AttributionMethod
from core.models.symmetries import mean_logits


def input_gradient(model: nn.Module, images: Tensor, targets: Sequence[int], symmetries: int) -> np.ndarray:
    """(N, S, S): largest absolute gradient over the colours of a pixel."""
    images.requires_grad_()
    with torch.enable_grad():
        score = target_score(mean_logits(model, images, symmetries), targets)
    (gradient,) = torch.autograd.grad(score, images)
    return np.asarray(gradient.abs().amax(dim=1).float().cpu().numpy())


ATTRIBUTION_METHODS.add(
    AttributionMethod(
        name="input-gradient",
        order=5,
        title="Input gradient",
        shows=(
            "Shows the pixels whose change would change the score of this class most; "
            "for a model of one layer it is the same in every picture."
        ),
        from_pixels=input_gradient,
        without_convolutions=True,
    )
)
