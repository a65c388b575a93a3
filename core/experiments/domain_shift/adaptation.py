"""Batch normalisation with the statistics of a laboratory's own pictures, which need no labels."""

import copy

import numpy as np
import torch
from torch import Tensor, nn

from core.models.normalization import Triple, scaled
from core.training.data import Images

BATCH = 64


def adapted(net: nn.Module, images: Images, mean: Triple, std: Triple, share: float = 1.0) -> nn.Module:
    """A copy of a network, its batch normalisation's statistics drawn to those of these pictures by `share` (0 to 1).

    After Schneider et al., "Improving robustness against common corruptions by covariate shift adaptation", NeurIPS
    2020 (arXiv:2006.16971). Statistics are means over batches; a network without batch normalisation stays as it is.
    """
    changed = copy.deepcopy(net).eval()
    norms = [module for module in changed.modules() if isinstance(module, nn.BatchNorm2d)]
    kept = [statistics(norm) for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over all batches
        norm.train()
    order = np.random.default_rng(0).permutation(len(images))  # files are in order of their class
    with torch.inference_mode():
        for rows in np.array_split(order, max(1, len(order) // BATCH)) if norms else ():
            changed(scaled(images.batch(rows)[0], mean, std))
    for norm, old in zip(norms, kept, strict=True):
        norm.running_mean, norm.running_var = (
            share * theirs + (1 - share) * ours for theirs, ours in zip(statistics(norm), old, strict=True)
        )
    return changed.eval()


def statistics(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Copies of the running mean and variance of a layer that keeps them."""
    mean, variance = norm.running_mean, norm.running_var
    if mean is None or variance is None:
        raise ValueError("this batch normalisation keeps no statistics")
    return mean.clone(), variance.clone()
