"""What an architecture costs: multiply-adds for one picture, counted and not measured."""

from functools import lru_cache

import torch
from torch.utils.flop_counter import FlopCounterMode

from core.models.registry import build


@lru_cache(maxsize=256)
def multiply_adds(architecture: str, classes: int, input_size: int) -> int:
    """Multiplications, each with its addition, in convolutions and full connections for one picture (3, S, S).

    Exact for the network that `build` gives; normalisation, activations and pooling are left out, as is
    usual. The network is laid out without memory for its weights, so this takes no more than a moment.
    ValueError as `build` raises it.
    """
    with torch.device("meta"):
        net = build(architecture, classes, input_size).eval()
        picture = torch.empty(1, 3, input_size, input_size)
    counter = FlopCounterMode(display=False)
    with torch.inference_mode(), counter:
        net(picture)
    return int(counter.get_total_flops()) // 2
