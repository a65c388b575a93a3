"""The network of the flow: at a point between noise and a latent, which way the latent lies.

A U-Net over latent maps with attention on its small maps, given the time and the condition in every block.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.synthetic.generator.autoencoder import groups_of

HEAD_CHANNELS = 32
"""Channels of an attention head."""


class ConditionedBlock(nn.Module):
    """Two convolutions on normed maps, scaled and shifted by a context, added to what came in."""

    def __init__(self, inner: int, outer: int, context: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.GroupNorm(groups_of(inner), inner), nn.SiLU(), nn.Conv2d(inner, outer, 3, 1, 1))
        self.norm = nn.GroupNorm(groups_of(outer), outer, affine=False)
        self.second = nn.Conv2d(outer, outer, 3, padding=1)
        self.tell = nn.Linear(context, 2 * outer)
        self.skip = nn.Identity() if inner == outer else nn.Conv2d(inner, outer, 1)
        _silent(self.second)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        scale, shift = self.tell(context)[:, :, None, None].chunk(2, dim=1)
        inner = self.norm(self.first(x)) * (1 + scale) + shift
        return self.skip(x) + self.second(F.silu(inner))


class Attention(nn.Module):
    """Every place of a map looks at all others."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(groups_of(channels), channels)
        self.three = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)
        self.heads = max(1, channels // HEAD_CHANNELS)
        _silent(self.out)

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, high, wide = x.shape
        parts = self.three(self.norm(x)).view(batch, 3, self.heads, channels // self.heads, high * wide)
        query, key, value = parts.transpose(-1, -2).unbind(1)
        attended = F.scaled_dot_product_attention(query, key, value)
        return x + self.out(attended.transpose(-1, -2).reshape(batch, channels, high, wide))


def _silent(layer: nn.Conv2d) -> None:
    """Begin as nothing, so that a block begins as the identity."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


class Velocity(nn.Module):
    """v(x, t, condition): latents (N, C, h, w), times (N,) in 0..1 and conditions (N,) int64 to velocities
    (N, C, h, w).

    channels: C. widths: channels of the maps at full, half and a quarter of the latent's side. condition_count: how
    many conditions there are; that number itself stands for any of them (guidance without a classifier,
    Ho and Salimans 2022, arXiv:2207.12598).
    """

    def __init__(self, channels: int, widths: Sequence[int], condition_count: int) -> None:
        super().__init__()
        large, middle, small = widths
        context = 2 * middle
        self.condition_count = condition_count
        self.times = nn.Sequential(nn.Linear(middle, context), nn.SiLU(), nn.Linear(context, context))
        self.names = nn.Embedding(condition_count + 1, context)
        self.frequencies = middle // 2
        self.begin = nn.Conv2d(channels, large, 3, padding=1)
        self.down = nn.ModuleList([ConditionedBlock(large, large, context), ConditionedBlock(large, large, context)])
        self.to_middle = nn.Conv2d(large, middle, 3, stride=2, padding=1)
        self.down_middle = nn.ModuleList(
            [ConditionedBlock(middle, middle, context), ConditionedBlock(middle, middle, context)]
        )
        self.look_down = Attention(middle)
        self.to_small = nn.Conv2d(middle, small, 3, stride=2, padding=1)
        self.bottom = nn.ModuleList([ConditionedBlock(small, small, context), ConditionedBlock(small, small, context)])
        self.look = Attention(small)
        self.from_small = nn.Conv2d(small, middle, 3, padding=1)
        self.up_middle = nn.ModuleList(
            [ConditionedBlock(2 * middle, middle, context), ConditionedBlock(middle, middle, context)]
        )
        self.look_up = Attention(middle)
        self.from_middle = nn.Conv2d(middle, large, 3, padding=1)
        self.up = nn.ModuleList([ConditionedBlock(2 * large, large, context), ConditionedBlock(large, large, context)])
        self.end = nn.Sequential(nn.GroupNorm(groups_of(large), large), nn.SiLU(), nn.Conv2d(large, channels, 3, 1, 1))

    def forward(self, x: Tensor, t: Tensor, condition: Tensor) -> Tensor:
        context = F.silu(self.times(waves(t, self.frequencies)) + self.names(condition))
        x = self.begin(x)
        for block in self.down:
            x = block(x, context)
        large, x = x, self.to_middle(x)
        for block in self.down_middle:
            x = block(x, context)
        middle = self.look_down(x)
        x = self.to_small(middle)
        x = self.bottom[1](self.look(self.bottom[0](x, context)), context)
        x = torch.cat([self.from_small(F.interpolate(x, scale_factor=2.0)), middle], dim=1)
        for block in self.up_middle:
            x = block(x, context)
        x = torch.cat([self.from_middle(F.interpolate(self.look_up(x), scale_factor=2.0)), large], dim=1)
        for block in self.up:
            x = block(x, context)
        return self.end(x)


def waves(t: Tensor, frequencies: int) -> Tensor:
    """Times (N,) in 0..1 as sines and cosines (N, 2 * frequencies), from slow ones to fast ones."""
    rates = torch.exp(torch.linspace(0.0, math.log(1000.0), frequencies, device=t.device))
    angles = t[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1)
