"""Evidence by pixels, for any network: integrated gradients, and what covering a part of the picture costs."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

STEPS = 16
"""Points on the way from the blurred picture to the picture at which gradients are taken."""

SUMMED = 14
"""Squares a side over which integrated gradients are summed: single pixels are speckle."""

COVERED = 8
"""Squares a side of an occlusion map; each is the middle of a patch twice as wide, that is covered."""

COARSE = 4
"""Squares a side that are left of a blurred picture."""

AT_ONCE = 32


def blurred(images: Tensor) -> Tensor:
    """(N, C, S, S) with nothing left but the colours of 4 x 4 parts, blended: the picture without its evidence."""
    coarse = nn.functional.adaptive_avg_pool2d(images, COARSE)
    return nn.functional.interpolate(coarse, images.shape[2:], mode="bilinear", align_corners=False)


def target_score(logits: Tensor, targets: Sequence[int]) -> Tensor:
    """Sum over the batch of each picture's logit for its target; pictures do not mix in evaluation mode."""
    return target_scores(logits, targets).sum()


def target_scores(logits: Tensor, targets: Sequence[int]) -> Tensor:
    """(N, K) logits -> (N,) of the targets; ValueError where one is no column."""
    if not all(0 <= target < logits.shape[1] for target in targets):
        raise ValueError(f"targets {list(targets)} are not all columns of {logits.shape[1]} classes")
    return logits.gather(1, torch.tensor(targets, device=logits.device)[:, None])[:, 0]


def integrated_gradients(model: nn.Module, images: Tensor, targets: Sequence[int]) -> np.ndarray:
    """(N, h, w) signed, which sums to the score of the picture less that of the blurred one, nearly.

    Sundararajan, Taly and Yan, ICML 2017 (arXiv:1703.01365), from the blurred picture, midpoints of STEPS parts.
    """
    found = []
    for image, target in zip(images, targets, strict=True):
        base = blurred(image[None])
        way = (torch.arange(STEPS, device=images.device) + 0.5).view(-1, 1, 1, 1) / STEPS
        points = (base + way * (image - base)).requires_grad_()
        with torch.enable_grad():
            score = target_score(model(points), [target] * STEPS)
        (gradient,) = torch.autograd.grad(score, points)
        found.append(((image - base[0]) * gradient.mean(0)).sum(0))
    return _summed(torch.stack(found)).float().cpu().numpy()


def _summed(pixels: Tensor) -> Tensor:
    """(N, S, S) -> (N, h, w), the sums over squares; nearly, where their number does not divide the side."""
    side = min(SUMMED, pixels.shape[-1])
    squares = nn.functional.adaptive_avg_pool2d(pixels[:, None], side)[:, 0]
    return squares * (pixels.shape[-2] * pixels.shape[-1] / side**2)


def occlusion(model: nn.Module, images: Tensor, targets: Sequence[int]) -> np.ndarray:
    """(N, 8, 8) signed: how far the score falls where a patch around each square is blurred.

    Zeiler and Fergus, ECCV 2014 (arXiv:1311.2901), with the blurred picture in place of grey.
    """
    covers = _patches(images.shape[-1], images.device)
    found = []
    with torch.no_grad():
        for image, target in zip(images, targets, strict=True):
            base = blurred(image[None])
            whole = target_scores(model(image[None]), [target])
            parts = [
                target_scores(model(torch.where(cover[:, None], base, image[None])), [target] * len(cover))
                for cover in covers.split(AT_ONCE)
            ]
            found.append((whole - torch.cat(parts)).view(COVERED, COVERED))
    return torch.stack(found).float().cpu().numpy()


def _patches(size: int, device: torch.device) -> Tensor:
    """(64, S, S) bool: the patch around each square of the grid, row by row."""
    middles = (torch.arange(COVERED, device=device) + 0.5) * size / COVERED
    pixels = torch.arange(size, device=device) + 0.5
    near = (pixels[None] - middles[:, None]).abs() <= size / COVERED
    return (near[:, None, :, None] & near[None, :, None, :]).reshape(COVERED**2, size, size)
