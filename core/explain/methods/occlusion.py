"""Occlusion (Zeiler and Fergus, ECCV 2014, arXiv:1311.2901), with the blurred picture in place of grey."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from core.explain.baseline import blurred
from core.explain.passes import target_scores
from core.explain.registry import ATTRIBUTION_METHODS, AttributionMethod
from core.models.symmetries import positions

COVERED = 8
"""Squares a side of the map; each is the middle of a patch twice as wide, that is covered."""

BATCH = 32
"""Covered pictures that the network reads at once."""


def occlusion(model: nn.Module, images: Tensor, targets: Sequence[int], symmetries: int) -> np.ndarray:
    """(N, 8, 8) signed: how far the score falls where a patch around each square is blurred.

    Where the answer is averaged over symmetries, neighbouring squares take turns at them.
    """
    covers = _patches(images.shape[-1], images.device)
    squares = torch.arange(COVERED)
    turns = (squares[:, None] + 3 * squares).flatten() % symmetries
    evidence = []
    with torch.no_grad():
        for image, target in zip(images, targets, strict=True):
            whole = target_scores(model(torch.cat(positions(image[None], symmetries))), [target] * symmetries)
            covered = torch.where(covers[:, None], blurred(image[None]), image[None])
            turned = torch.stack(positions(covered, symmetries))[turns, torch.arange(len(covers))]
            scores = torch.cat([target_scores(model(part), [target] * len(part)) for part in turned.split(BATCH)])
            evidence.append((whole[turns] - scores).view(COVERED, COVERED))
    return torch.stack(evidence).float().cpu().numpy()


def _patches(size: int, device: torch.device) -> Tensor:
    """(64, S, S) bool: the patch around each square of the grid, row by row."""
    middles = (torch.arange(COVERED, device=device) + 0.5) * size / COVERED
    pixels = torch.arange(size, device=device) + 0.5
    near = (pixels[None] - middles[:, None]).abs() <= size / COVERED
    return (near[:, None, :, None] & near[None, :, None, :]).reshape(COVERED**2, size, size)


ATTRIBUTION_METHODS.add(
    AttributionMethod(
        name="occlusion",
        order=7,
        title="Occlusion",
        shows=(
            "Covers one part after the other with a blur, and shows where that costs the score of this class most. "
            "Takes a few seconds."
        ),
        from_pixels=occlusion,
        quick=False,
    )
)
