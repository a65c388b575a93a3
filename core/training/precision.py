"""In which arithmetic a run computes: what its recipe says, or the faster of two."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

TRIALS = 3


def autocast(device: torch.device, precision: str) -> AbstractContextManager[Any]:
    """bf16 where `precision` says so, else as the tensors are."""
    if precision != "bf16":
        return nullcontext()
    return torch.autocast(device.type, torch.bfloat16)


def chosen_precision(setting: str, device: torch.device, step: Callable[[str], None]) -> str:
    """fp32 or bf16 for a recipe's setting; auto takes, on a CPU, the one in which `step` is faster.

    step: computes a trial step in the precision named, and is run three times in each.
    """
    if setting != "auto":
        return setting
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    return min(("fp32", "bf16"), key=lambda precision: _fastest(step, precision))


def _fastest(step: Callable[[str], None], precision: str) -> float:
    """The fastest of a few."""
    seconds = []
    for _ in range(TRIALS):
        begin = time.perf_counter()
        step(precision)
        seconds.append(time.perf_counter() - begin)
    return min(seconds)
