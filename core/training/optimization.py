"""Optimizer and learning-rate schedule of a recipe, and those of networks that no recipe of cells trains."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel

from core.training.recipe import Recipe

WARM_UP = 0.03
"""Share of the steps in which `warmup_cosine` raises the learning rate."""

Tensors = tuple[Tensor, ...] | list[Tensor]


def optimizer_for(net: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Weight decay on matrices and kernels only: shrinking biases and norms has no use."""
    groups = [
        {"params": [p for p in net.parameters() if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in net.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=0.9, nesterov=True)
    return torch.optim.AdamW(groups, lr=recipe.learning_rate)


def schedule_for(
    optimizer: torch.optim.Optimizer, recipe: Recipe, steps_per_epoch: int
) -> torch.optim.lr_scheduler.LRScheduler:
    """To be stepped after every batch."""
    total = steps_per_epoch * recipe.epochs
    match recipe.schedule:
        case "one-cycle":
            peak = recipe.learning_rate
            return torch.optim.lr_scheduler.OneCycleLR(optimizer, peak, total_steps=total + 1, pct_start=0.2)
        case "cosine":
            return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, total)
    return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)


def moving_average(net: nn.Module, decay: float) -> AveragedModel:
    """A running average of a network's weights, which forgets its random beginning soon: a short memory at first."""

    @torch.no_grad()
    def update(average: Tensors, weights: Tensors, count: Tensor | int) -> None:
        present_decay = min(decay, (1 + int(count)) / (10 + int(count)))
        torch._foreach_lerp_(average, weights, 1 - present_decay)

    return AveragedModel(net, multi_avg_fn=update)


def warmup_cosine(optimizer: torch.optim.Optimizer, steps: int) -> LambdaLR:
    """A short rise, then half a cosine to nearly nothing; to be stepped after every batch."""
    warmup = max(1, round(WARM_UP * steps))

    def factor(step: int) -> float:
        if step < warmup:
            return (step + 1) / warmup
        return float(0.5 * (1 + np.cos(np.pi * (step - warmup) / max(1, steps - warmup)))) + 1e-3

    return LambdaLR(optimizer, factor)
