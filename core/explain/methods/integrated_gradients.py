"""Integrated gradients (Sundararajan, Taly and Yan, ICML 2017, arXiv:1703.01365), from the blurred picture."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from core.explain.baseline import blurred
from core.explain.passes import target_score
from core.explain.registry import ATTRIBUTION_METHODS, AttributionMethod
from core.models.symmetries import positions, turned_back

STEPS = 16
"""Points on the way from the blurred picture to the picture at which gradients are taken."""

SUMMED = 14
"""Squares a side over which integrated gradients are summed: single pixels are speckle."""


def integrated_gradients(model: nn.Module, images: Tensor, targets: Sequence[int], symmetries: int) -> np.ndarray:
    """(N, h, w) signed, which sums to the score of the picture less that of the blurred one, nearly.

    By the midpoint rule over STEPS parts of the way. Where the answer is averaged over symmetries, they share the
    points among them, each a little further along than the one before.
    """
    evidence = []
    for image, target in zip(images, targets, strict=True):
        views = torch.cat(positions(image[None], symmetries))
        base = blurred(views)
        share = STEPS // len(views)
        way = (torch.arange(STEPS, device=images.device) + 0.5).view(share, len(views), 1, 1, 1) / STEPS
        points = (base + way * (views - base)).flatten(0, 1).requires_grad_()
        with torch.enable_grad():
            score = target_score(model(points), [target] * STEPS)
        (gradient,) = torch.autograd.grad(score, points)
        slope = gradient.unflatten(0, (share, len(views))).mean(0)
        summed = _summed(((views - base) * slope).sum(1)).float().cpu().numpy()
        evidence.append(turned_back(summed[:, None]).mean(0)[0])
    return np.stack(evidence)


def _summed(pixels: Tensor) -> Tensor:
    """(N, S, S) -> (N, h, w), the sums over squares; nearly, where their number does not divide the side."""
    side = min(SUMMED, pixels.shape[-1])
    squares = nn.functional.adaptive_avg_pool2d(pixels[:, None], side)[:, 0]
    return squares * (pixels.shape[-2] * pixels.shape[-1] / side**2)


ATTRIBUTION_METHODS.add(
    AttributionMethod(
        name="integrated-gradients",
        order=6,
        title="Integrated gradients",
        shows=(
            "Shares out among the parts of the picture what they add to the score of this class, "
            "beginning from a blurred picture. Takes about a second."
        ),
        from_pixels=integrated_gradients,
        quick=False,
    )
)
