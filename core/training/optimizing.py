"""Optimizer and learning-rate schedule of a recipe."""

import torch
from torch import nn

from core.training.recipe import Recipe


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
